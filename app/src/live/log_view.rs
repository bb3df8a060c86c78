//! A run's log as it is being written, and as it stays.

use leptos::prelude::*;

use super::log::{LogSource, LogStatus};
use super::protocol;
use crate::platform::log::LogPane;
use crate::text::log as words;

/// A run's log. Without script its place stays empty: what was served beside it shows the lines.
#[island]
pub fn LogView(
    /// The run's id.
    run: String,
    /// What each command is called, the task's steps first, then the gate's commands.
    steps: Vec<String>,
    /// The step that failed, from 1.
    failed_step: Option<u32>,
    /// Whether the run is under way.
    is_live: bool,
) -> impl IntoView {
    let status = RwSignal::new(LogStatus::default());
    let said = StoredValue::new(LogStatus::default());
    let spoken = RwSignal::new(String::new());
    let pane = StoredValue::new_local(None::<LogPane>);
    let place = NodeRef::<leptos::html::Div>::new();
    let text_path = protocol::log_text_path(&run);
    let source = StoredValue::new(LogSource { run: run.clone(), steps, failed_step, is_live });
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            let told = move |now: LogStatus| {
                if words::is_worth_saying(&said.get_value(), &now) {
                    said.set_value(now.clone());
                    spoken.set(words::spoken(&now));
                }
                if status.with_untracked(|before| *before != now) {
                    status.set(now);
                }
            };
            pane.set_value(Some(LogPane::mount(place, source.get_value(), told)));
        }
    });
    let with_pane = move |act: fn(&LogPane)| {
        pane.with_value(|pane| {
            if let Some(pane) = pane {
                act(pane);
            }
        });
    };
    view! {
        <div class="log-view" data-log-run=run>
            <div class="log-toolbar">
                <span class="log-summary">{move || words::summary(&status.get())}</span>
                <span class="log-tools">
                    <button
                        type="button"
                        class="button button-quiet"
                        hidden=move || status.with(|s| s.first_error.is_none())
                        on:click=move |_| with_pane(LogPane::go_to_first_error)
                    >
                        {words::FIRST_ERROR}
                    </button>
                    <button
                        type="button"
                        class="button button-quiet"
                        hidden=move || !status.with(LogStatus::can_follow)
                        aria-pressed=move || status.with(|s| s.is_following).to_string()
                        on:click=move |_| with_pane(LogPane::toggle_follow)
                    >
                        {words::FOLLOW}
                    </button>
                    <a class="button button-quiet" href=text_path data-no-prefetch="">
                        {words::WHOLE_TEXT}
                    </a>
                </span>
            </div>
            <div
                node_ref=place
                class="log-pane"
                tabindex="0"
                role="region"
                aria-label=words::OUTPUT
                aria-describedby="log-keys"
                data-state="empty"
            ></div>
            <p id="log-keys" class="log-keys">{words::KEYS}</p>
            <p class="visually-hidden" aria-live="polite">{move || spoken.get()}</p>
        </div>
    }
}
