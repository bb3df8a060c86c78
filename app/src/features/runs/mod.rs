//! Runs.

use std::sync::Arc;

use domain::Context;
use domain::error::Result;
use domain::ids::RunId;
use domain::run::{CancelRun, cancel};
use domain::views::RunDetail;
use leptos::prelude::*;

use crate::features::state_badges::RunBadge;
use crate::page::{Form, Loaded, Submitted};
use crate::routes::Route;
use crate::ui::PageHeader;

/// Stops a run.
///
/// # Errors
/// As [`cancel`].
pub async fn submit(ctx: &Context, run: RunId, form: &Form) -> Result<Submitted> {
    if form.action() != "cancel" {
        return Ok(Submitted::NotUnderstood);
    }
    cancel(ctx, CancelRun { run }).await?;
    Ok(Submitted::SeeOther(Route::Run { id: run }.path()))
}

/// A run's page.
#[component]
pub fn RunPage(
    /// The page.
    page: Arc<Loaded>,
    /// The run and everything around it.
    detail: RunDetail,
) -> impl IntoView {
    let state = detail.run.state_at(page.now);
    view! {
        <PageHeader title=page.title()>
            <RunBadge state/>
        </PageHeader>
    }
}
