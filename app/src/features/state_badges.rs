//! How each state looks: colour, shape and word, decided once for every page.

use domain::run::RunState;
use domain::sandbox::SandboxState;
use domain::task::{Priority, TaskStage};
use domain::validation::ValidationState;
use leptos::prelude::*;

use crate::text::states;
use crate::ui::{Badge, IconName, StatusGlyph, Tone};

/// A task's stage.
#[component]
pub fn StageBadge(
    /// The stage.
    stage: TaskStage,
) -> impl IntoView {
    let (tone, icon) = stage_look(stage);
    let word = states::stage(stage);
    view! { <Badge tone icon label=word.label title=word.meaning/> }
}

/// A task's stage as a bare shape.
#[component]
pub fn StageGlyph(
    /// The stage.
    stage: TaskStage,
) -> impl IntoView {
    let (tone, icon) = stage_look(stage);
    view! { <StatusGlyph tone icon label=states::stage(stage).label/> }
}

/// A run's state.
#[component]
pub fn RunBadge(
    /// The state, as a reader may see it now.
    state: RunState,
) -> impl IntoView {
    let (tone, icon) = run_look(&state);
    let word = states::run(&state);
    view! { <Badge tone icon label=word.label title=word.meaning/> }
}

/// A run's state as a bare shape.
#[component]
pub fn RunGlyph(
    /// The state, as a reader may see it now.
    state: RunState,
) -> impl IntoView {
    let (tone, icon) = run_look(&state);
    view! { <StatusGlyph tone icon label=states::run(&state).label/> }
}

/// A sandbox's state.
#[component]
pub fn SandboxBadge(
    /// The state.
    state: SandboxState,
) -> impl IntoView {
    let (tone, icon) = match &state {
        SandboxState::Provisioning { .. } => (Tone::Neutral, IconName::CircleDashed),
        SandboxState::Ready { .. } => (Tone::Active, IconName::Circle),
        SandboxState::Busy { .. } => (Tone::Active, IconName::CircleHalf),
        SandboxState::Stopping { .. } => (Tone::Attention, IconName::CircleMost),
        SandboxState::Stopped { .. } => (Tone::Quiet, IconName::CircleBar),
        SandboxState::Failed { .. } => (Tone::Bad, IconName::CircleCross),
    };
    let word = states::sandbox(&state);
    view! { <Badge tone icon label=word.label title=word.meaning/> }
}

/// A validation's state.
#[component]
pub fn ValidationBadge(
    /// The state.
    state: ValidationState,
) -> impl IntoView {
    let (tone, icon) = match &state {
        ValidationState::Pending => (Tone::Neutral, IconName::CircleDashed),
        ValidationState::Running { .. } => (Tone::Active, IconName::CircleHalf),
        ValidationState::Passed { .. } | ValidationState::Approved { .. } => {
            (Tone::Good, IconName::CircleCheck)
        }
        ValidationState::Failed { .. } => (Tone::Bad, IconName::CircleCross),
        ValidationState::AwaitingReview { .. } => (Tone::Attention, IconName::Eye),
        ValidationState::Rejected { .. } => (Tone::Attention, IconName::SendBack),
        ValidationState::Stale { .. } => (Tone::Quiet, IconName::Unknown),
    };
    let word = states::validation(&state);
    view! { <Badge tone icon label=word.label title=word.meaning/> }
}

/// A priority, in words; nothing for none.
#[component]
pub fn PriorityMark(
    /// The priority.
    priority: Priority,
) -> impl IntoView {
    let class = match priority {
        Priority::None => return None,
        Priority::Low => "priority priority-low",
        Priority::Medium => "priority priority-medium",
        Priority::High => "priority priority-high",
        Priority::Urgent => "priority priority-urgent",
    };
    Some(view! {
        <span class=class>
            <span class="priority-bars" aria-hidden="true">
                <i></i>
                <i></i>
                <i></i>
            </span>
            {states::priority(priority)}
        </span>
    })
}

const fn stage_look(stage: TaskStage) -> (Tone, IconName) {
    match stage {
        TaskStage::Backlog => (Tone::Quiet, IconName::CircleDashed),
        TaskStage::Ready => (Tone::Neutral, IconName::Circle),
        TaskStage::Running => (Tone::Active, IconName::CircleHalf),
        TaskStage::Validating => (Tone::Active, IconName::CircleMost),
        TaskStage::Review => (Tone::Attention, IconName::Eye),
        TaskStage::ChangesRequested => (Tone::Attention, IconName::SendBack),
        TaskStage::Failed => (Tone::Bad, IconName::CircleCross),
        TaskStage::Done => (Tone::Good, IconName::CircleCheck),
        TaskStage::Cancelled => (Tone::Quiet, IconName::CircleBar),
    }
}

const fn run_look(state: &RunState) -> (Tone, IconName) {
    match state {
        RunState::Queued { .. } => (Tone::Neutral, IconName::CircleDashed),
        RunState::Provisioning { .. } => (Tone::Active, IconName::Circle),
        RunState::Running { .. } => (Tone::Active, IconName::CircleHalf),
        RunState::Succeeded { .. } => (Tone::Good, IconName::CircleCheck),
        RunState::Failed { .. } => (Tone::Bad, IconName::CircleCross),
        RunState::Cancelled { .. } => (Tone::Quiet, IconName::CircleBar),
        RunState::TimedOut { .. } => (Tone::Bad, IconName::Clock),
        RunState::Lost { .. } => (Tone::Bad, IconName::Unknown),
    }
}
