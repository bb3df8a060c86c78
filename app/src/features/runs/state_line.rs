//! Where a run stands, what became of it, and how to stop it.

use domain::Timestamp;
use domain::actor::Member;
use domain::error::Refusal;
use domain::run::{Run, RunState, check_cancel};
use leptos::prelude::*;

use crate::features::moments::{Ago, Lasting};
use crate::features::people::People;
use crate::features::state_badges::RunBadge;
use crate::live::Say;
use crate::text::{self, runs as words};
use crate::ui::{Button, ButtonKind, Form, IconName, Notice, Tone};

/// A run's state with what it waits for and since when.
#[component]
pub fn RunStateLine(
    /// The run.
    run: Run,
    /// The moment of the request.
    now: Timestamp,
) -> impl IntoView {
    let state = run.state_at(now);
    let waiting = words::waiting(&state, run.cancel.as_ref());
    let at = state.since();
    let moment = if state.is_live() {
        view! { <Lasting now since=at/> }.into_any()
    } else {
        view! { <Ago now at/> }.into_any()
    };
    view! {
        <p class="state-line">
            <Say about=words::RUN>
                <RunBadge state/> " " <span class="muted">{waiting}</span>
            </Say>
            <span class="muted">{moment}</span>
        </p>
    }
}

/// Why a run ended as it did and what to do, who asked to stop it, what came too late.
#[component]
pub fn RunOutcomeNotes(
    /// The run.
    run: Run,
    /// The moment of the request.
    now: Timestamp,
    /// Names.
    people: People,
) -> impl IntoView {
    let state = run.state_at(now);
    let advice = text::outcome_advice(&state).map(|message| {
        let (tone, advice) = match &state {
            RunState::Cancelled { by, .. } => {
                (Tone::Neutral, words::stopped_by(&people.name_within(*by)))
            }
            _ => (Tone::Bad, message.advice),
        };
        view! { <Notice tone title=message.title advice=advice/> }.into_any()
    });
    let stopping = run.cancel.filter(|_| state.is_live()).map(|request| {
        let title = words::stop_asked(&people.name(request.by));
        view! { <Notice tone=Tone::Attention title=title advice=words::STOPPING_ADVICE/> }
            .into_any()
    });
    let late = run.late.as_ref().map(|outcome| {
        let told = words::late_report(outcome, &state);
        view! { <Notice tone=Tone::Neutral title=words::LATE_TITLE advice=told/> }.into_any()
    });
    view! { {advice} {stopping} {late} }
}

/// The button that stops a run; nothing once it has ended.
#[component]
pub fn StopForm(
    /// The run.
    run: Run,
    /// The moment of the request.
    now: Timestamp,
    /// Who would stop it.
    member: Option<Member>,
    /// The form's name on its page.
    action: &'static str,
) -> impl IntoView {
    let state = run.state_at(now);
    let member = member.filter(|_| state.is_live())?;
    let refusal = check_cancel(&run, &state, &member).err();
    let label = match refusal {
        Some(Refusal::AlreadyStopping) => words::STOPPING,
        _ => words::STOP,
    };
    let because = refusal.as_ref().map(text::refusal);
    let id = run.id.to_string();
    Some(view! {
        <Form action=action class="inline-form">
            <input type="hidden" name="run" value=id/>
            <Button
                label=label
                kind=ButtonKind::Danger
                icon=IconName::Stop
                disabled_because=because
            />
        </Form>
    })
}
