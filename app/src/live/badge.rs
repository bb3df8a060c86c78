//! The badge that says whether a page shows what is happening now, and keeps it so.

use domain::Timestamp;
use leptos::prelude::*;

use super::Report;
use super::connection::Status;
use crate::platform;
use crate::text::live;

/// Whether the page is live. Without script it says how old the page is.
#[island]
pub fn LiveBadge(
    /// The newest event that the page shows.
    seq: i64,
    /// The id of the workspace that it shows.
    workspace: String,
    /// When it was rendered, in milliseconds since 1970.
    rendered_at: i64,
) -> impl IntoView {
    let status = RwSignal::new(None);
    let spoken = RwSignal::new(String::new());
    Effect::new(move |_| {
        platform::live::follow(seq, move |report| match report {
            Report::Status(now) => {
                let before = status.get_untracked();
                if before != Some(now) {
                    if let Some(text) = live::spoken(before, now) {
                        spoken.set(text.to_owned());
                    }
                    status.set(Some(now));
                }
            }
            Report::Changed(text) => spoken.set(text),
        });
    });
    let as_of = format!("{} {}", live::AS_OF, live::clock(Timestamp(rendered_at)));
    let state = move || match status.get() {
        None => "page",
        Some(Status::Connecting) => "connecting",
        Some(Status::Live) => "live",
        Some(Status::CatchingUp) => "catching-up",
        Some(Status::Stale { .. }) => "stale",
        Some(Status::Gone | Status::Elsewhere) => "gone",
    };
    let word = move || match status.get() {
        None => as_of.clone(),
        Some(Status::Connecting) => live::CONNECTING.to_owned(),
        Some(Status::Live) => live::LIVE.to_owned(),
        Some(Status::CatchingUp) => live::CATCHING_UP.to_owned(),
        Some(Status::Stale { since }) => {
            format!("{} {}", live::STALE, platform::live::local_clock(since))
        }
        Some(Status::Gone) => live::GONE.to_owned(),
        Some(Status::Elsewhere) => live::ELSEWHERE.to_owned(),
    };
    let is_gone = move || matches!(status.get(), Some(Status::Gone | Status::Elsewhere));
    view! {
        <span class="live-badge" data-seq=seq data-workspace=workspace data-state=state title=live::MEANING>
            <span class="live-dot" aria-hidden="true"></span>
            <span>{word}</span>
            // An empty address is the page's own.
            <a class="live-reload" href="" hidden=move || !is_gone()>{live::RELOAD}</a>
            <span class="visually-hidden" aria-live="polite">{move || spoken.get()}</span>
        </span>
    }
}
