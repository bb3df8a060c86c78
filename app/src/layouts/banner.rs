//! Why a form wasn't accepted, above the page that shows it again.

use std::sync::Arc;

use domain::Error;
use leptos::prelude::*;

use crate::document::Document;
use crate::page::Loaded;
use crate::text::frame;
use crate::ui::{Notice, Tone};

/// The message for everything that isn't one field's fault.
#[component]
pub fn FormBanner(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    let message = page.echo.as_ref().and_then(|echo| echo.banner());
    // Whoever reports a fault of ours needs something to name it by.
    let is_fault = page
        .echo
        .as_ref()
        .is_some_and(|echo| matches!(echo.error, Error::Internal | Error::Unavailable));
    let request_id = is_fault.then(|| Document::current().request_id);
    message.map(|message| {
        view! {
            <Notice tone=Tone::Bad title=message.title advice=message.advice>
                {request_id
                    .map(|id| {
                        view! {
                            <p class="failure-request">{frame::REQUEST} " " <code>{id}</code></p>
                        }
                    })}
            </Notice>
        }
    })
}
