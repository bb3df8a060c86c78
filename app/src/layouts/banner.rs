//! Why a form wasn't accepted, above the page that shows it again.

use std::sync::Arc;

use leptos::prelude::*;

use crate::page::Loaded;
use crate::ui::{Notice, Tone};

/// The message for everything that isn't one field's fault.
#[component]
pub fn FormBanner(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    let message = page.echo.as_ref().and_then(|echo| echo.banner());
    message.map(|message| {
        view! { <Notice tone=Tone::Bad title=message.title advice=message.advice/> }
    })
}
