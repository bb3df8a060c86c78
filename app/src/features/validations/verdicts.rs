//! The verdicts on a revision, one a requirement.

use domain::Timestamp;
use domain::run::Evidence;
use domain::validation::{Validation, ValidationState};
use leptos::prelude::*;

use crate::features::moments::Ago;
use crate::features::people::People;
use crate::features::runs::evidence_path;
use crate::features::state_badges::ValidationBadge;
use crate::text::{self, validations as words};
use crate::ui::{Badge, IconName, Tone};

/// What verdicts are shown with.
#[derive(Clone, Debug)]
pub struct VerdictScene {
    /// The moment of the request.
    pub now: Timestamp,
    /// Names of those who decided.
    pub people: People,
    /// The kept files of the run.
    pub evidence: Vec<Evidence>,
    /// Whether the gate has changed since, so that they count no more.
    pub gate_changed: bool,
    /// Whether their task waits for a person's decision on them.
    pub is_waiting: bool,
}

/// A revision's verdicts, in the gate's order.
#[component]
pub fn Verdicts(
    /// The verdicts.
    validations: Vec<Validation>,
    /// What they are shown with.
    scene: VerdictScene,
) -> impl IntoView {
    let items: Vec<_> =
        validations.into_iter().map(|validation| item(validation, &scene)).collect();
    view! { <ul class="verdicts">{items}</ul> }
}

fn item(validation: Validation, scene: &VerdictScene) -> AnyView {
    let rule = &validation.requirement.rule;
    let subject = words::subject(rule).map(|subject| view! { <code>{subject.to_owned()}</code> });
    let files = files(&validation, &scene.evidence);
    let about = about(&validation.state, scene);
    let is_asked =
        scene.is_waiting || !matches!(validation.state, ValidationState::AwaitingReview { .. });
    let badge = if is_asked {
        verdict_badge(validation.state.clone(), scene.gate_changed)
    } else {
        view! {
            <Badge
                tone=Tone::Quiet
                icon=IconName::CircleBar
                label=words::NOT_ASKED
                title=words::NOT_ASKED_WHY
            />
        }
        .into_any()
    };
    view! {
        <li class="verdict">
            <span class="verdict-state">{badge}</span>
            <div class="verdict-words">
                <p>{words::requirement(rule)} " " {subject}</p>
                {about}
                {files}
            </div>
        </li>
    }
    .into_any()
}

/// A verdict's badge: one by an older gate counts no more, whatever it said.
pub(super) fn verdict_badge(state: ValidationState, gate_changed: bool) -> AnyView {
    if gate_changed {
        view! {
            <Badge tone=Tone::Quiet icon=IconName::Unknown label=words::STALE title=words::STALE_GATE/>
        }
        .into_any()
    } else {
        view! { <ValidationBadge state/> }.into_any()
    }
}

fn about(state: &ValidationState, scene: &VerdictScene) -> AnyView {
    let now = scene.now;
    match state {
        ValidationState::Failed { finding, .. } => {
            view! { <p class="verdict-finding">{text::finding(finding)}</p> }.into_any()
        }
        ValidationState::Approved { by, at } => {
            let who = scene.people.name_within(*by);
            let at = *at;
            view! { <p class="verdict-who">{words::BY} " " {who} ", " <Ago now at/></p> }.into_any()
        }
        ValidationState::Rejected { by, at, reason } => {
            let who = scene.people.name_within(*by);
            let at = *at;
            let reason = reason.clone();
            view! {
                <p class="verdict-who">{words::BY} " " {who} ", " <Ago now at/></p>
                <blockquote class="quote">{reason}</blockquote>
            }
            .into_any()
        }
        ValidationState::Stale { .. } => {
            view! { <p class="verdict-who">{words::STALE_BY}</p> }.into_any()
        }
        _ => ().into_any(),
    }
}

fn files(validation: &Validation, evidence: &[Evidence]) -> Option<AnyView> {
    let links: Vec<_> = evidence
        .iter()
        .filter(|kept| validation.evidence.contains(&kept.file.id))
        .map(|kept| {
            let href = format!("{}?view=1", evidence_path(kept.file.id));
            view! { " " <a href=href data-no-prefetch="">{kept.file.name.clone()}</a> }
        })
        .collect();
    (!links.is_empty())
        .then(|| view! { <p class="verdict-who">{words::RESTS_ON} {links}</p> }.into_any())
}
