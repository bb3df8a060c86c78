//! What happened to a task, in plain sentences.

use domain::Timestamp;
use domain::ids::{RunId, UserId, ValidationId};
use domain::run::RunState;
use leptos::prelude::*;

use super::detail_page::TaskScene;
use crate::features::moments::Ago;
use crate::text::timeline::{self as words, Entry, Names};
use crate::text::validations;
use crate::ui::Panel;

/// Most events that a page's read gives.
const MAX_EVENTS: usize = 100;

impl Names for TaskScene {
    fn person(&self, id: UserId) -> String {
        self.people.name(id)
    }

    fn run(&self, id: RunId) -> Option<(i64, &RunState)> {
        let run = self.detail.runs.iter().find(|run| run.id == id)?;
        Some((run.attempt, &run.state))
    }

    fn stopped(&self, by: UserId, at: Timestamp) -> Option<RunId> {
        // Both events are of one batch; a run in a sandbox ends later, by MonoTask.
        let is_it = |state: &RunState| {
            matches!(state, RunState::Cancelled { by: who, at: when }
                if *who == by && when.ms_since(at).abs() < 1_000)
        };
        self.detail.runs.iter().find(|run| is_it(&run.state)).map(|run| run.id)
    }

    fn requirement(&self, id: ValidationId) -> Option<String> {
        let validation = self.detail.validations.iter().find(|v| v.id == id)?;
        Some(validations::requirement(&validation.requirement.rule))
    }
}

/// The events, newest first.
#[component]
pub(super) fn Timeline(scene: TaskScene) -> impl IntoView {
    let now = scene.page.now;
    let events = &scene.detail.timeline;
    let more = (events.len() >= MAX_EVENTS)
        .then(|| view! { <p class="muted">{words::OLDER}</p> }.into_any());
    let items: Vec<_> = events
        .iter()
        .filter(|event| words::is_told(event))
        .map(|event| {
            let Entry { actor, text, quote } = words::entry(event, &scene);
            let at = event.at;
            view! {
                <li class="event">
                    <p><strong>{actor}</strong> " " {text} <span class="muted">", " <Ago now at/></span></p>
                    {quote.map(|quote| view! { <blockquote class="quote">{quote}</blockquote> })}
                </li>
            }
            .into_any()
        })
        .collect();
    view! {
        <Panel title=words::TITLE id="timeline">
            <ol class="timeline">{items}</ol>
            {more}
        </Panel>
    }
    .into_any()
}
