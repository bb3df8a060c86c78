//! Sandboxes.

use std::sync::Arc;

use domain::Context;
use domain::error::{Error, Result};
use domain::ids::SandboxId;
use domain::run::{CancelRun, cancel};
use domain::views::SandboxSummary;
use leptos::prelude::*;

use crate::features::state_badges::SandboxBadge;
use crate::page::{Form, Loaded, Submitted};
use crate::routes::Route;
use crate::ui::PageHeader;

/// Stops a sandbox by stopping the run in it.
///
/// # Errors
/// As [`cancel`].
pub async fn submit(ctx: &Context, id: SandboxId, form: &Form) -> Result<Submitted> {
    if form.action() != "stop" {
        return Ok(Submitted::NotUnderstood);
    }
    let read = ctx.store.sandbox(&ctx.caller, id).await?;
    read.principal.member()?;
    let sandbox = read.data.ok_or(Error::NotFound)?;
    cancel(ctx, CancelRun { run: sandbox.request.run }).await?;
    Ok(Submitted::SeeOther(Route::Sandbox { id }.path()))
}

/// All sandboxes.
#[component]
pub fn SandboxListPage(
    /// The page.
    page: Arc<Loaded>,
    /// The newest sandboxes, those alive first.
    sandboxes: Vec<SandboxSummary>,
) -> impl IntoView {
    let rows: Vec<_> = sandboxes
        .into_iter()
        .map(|summary| view! { <li><SandboxBadge state=summary.sandbox.state/></li> })
        .collect();
    view! {
        <PageHeader title=page.title()/>
        <ul>{rows}</ul>
    }
}

/// A sandbox's page.
#[component]
pub fn SandboxPage(
    /// The page.
    page: Arc<Loaded>,
    /// The sandbox and its run.
    sandbox: SandboxSummary,
) -> impl IntoView {
    view! {
        <PageHeader title=page.title()>
            <SandboxBadge state=sandbox.sandbox.state/>
        </PageHeader>
    }
}
