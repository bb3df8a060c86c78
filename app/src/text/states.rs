//! What each state is called, and what it means for the person who reads it.

use domain::actor::Role;
use domain::run::RunState;
use domain::sandbox::SandboxState;
use domain::task::{Priority, TaskFailure, TaskStage, TaskState};
use domain::validation::ValidationState;

/// A state in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its name.
    pub label: &'static str,
    /// What it means, in a short sentence without its full stop.
    pub meaning: &'static str,
}

const fn word(label: &'static str, meaning: &'static str) -> Word {
    Word { label, meaning }
}

/// A task's stage.
#[must_use]
pub const fn stage(stage: TaskStage) -> Word {
    match stage {
        TaskStage::Backlog => word("Backlog", "Not yet meant to be done"),
        TaskStage::Ready => word("Ready", "Can be started"),
        TaskStage::Running => word("Running", "An agent is working on it"),
        TaskStage::Validating => word("Validating", "The gate is judging what the run produced"),
        TaskStage::Review => word("Review", "Waits for a person's decision"),
        TaskStage::ChangesRequested => word("Changes requested", "Was sent back with a reason"),
        TaskStage::Failed => word("Failed", "The last run didn't get through"),
        TaskStage::Done => word("Done", "Accepted"),
        TaskStage::Cancelled => word("Cancelled", "Given up"),
    }
}

/// Why a task stands where it stands: what it waits for, or what happened.
#[must_use]
pub const fn task_reason(state: &TaskState) -> &'static str {
    match state {
        TaskState::Backlog { .. } => "Not yet meant to be done",
        TaskState::Ready { .. } => "Waits to be started",
        TaskState::Running { .. } => "Waits for its run to end",
        TaskState::Validating { .. } => "Waits for the gate's verdict",
        TaskState::Review { .. } => "Waits for a decision",
        TaskState::ChangesRequested { .. } => "Waits for a new attempt",
        TaskState::Failed { cause: TaskFailure::RunFailed, .. } => "The run didn't succeed",
        TaskState::Failed { cause: TaskFailure::GateNotPassed, .. } => "The gate isn't passed",
        TaskState::Done { .. } => "Accepted",
        TaskState::Cancelled { .. } => "Given up",
    }
}

/// A run's state.
#[must_use]
pub const fn run(state: &RunState) -> Word {
    match state {
        RunState::Queued { .. } => word("Queued", "Waits for a free place"),
        RunState::Provisioning { .. } => word("Preparing", "Its sandbox is being made"),
        RunState::Running { .. } => word("Running", "Its steps are being executed"),
        RunState::Succeeded { .. } => word("Succeeded", "Every step succeeded"),
        RunState::Failed { .. } => word("Failed", "It didn't get through"),
        RunState::Cancelled { .. } => word("Stopped", "A person stopped it"),
        RunState::TimedOut { .. } => word("Timed out", "It took longer than its limit"),
        RunState::Lost { .. } => word("Lost", "Its lease expired: nobody heard from it any more"),
    }
}

/// A sandbox's state.
#[must_use]
pub const fn sandbox(state: &SandboxState) -> Word {
    match state {
        SandboxState::Provisioning { .. } => word("Preparing", "Being made"),
        SandboxState::Ready { .. } => word("Ready", "Made; nothing runs in it yet"),
        SandboxState::Busy { .. } => word("Busy", "Its run or a command executes"),
        SandboxState::Stopping { .. } => word("Stopping", "Being taken down"),
        SandboxState::Stopped { .. } => word("Stopped", "Taken down"),
        SandboxState::Failed { .. } => word("Failed", "It never came to be, or its host lost it"),
    }
}

/// A validation's state.
#[must_use]
pub const fn validation(state: &ValidationState) -> Word {
    match state {
        ValidationState::Pending => word("Pending", "Not begun"),
        ValidationState::Running { .. } => word("Running", "Being judged"),
        ValidationState::Passed { .. } => word("Passed", "The requirement is met"),
        ValidationState::Failed { .. } => word("Failed", "The requirement isn't met"),
        ValidationState::AwaitingReview { .. } => word("Awaiting review", "A person must decide"),
        ValidationState::Approved { .. } => word("Approved", "A person approved it"),
        ValidationState::Rejected { .. } => word("Sent back", "A person sent it back"),
        ValidationState::Stale { .. } => word("Stale", "A newer run made it meaningless"),
    }
}

/// A priority.
#[must_use]
pub const fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::None => "No priority",
        Priority::Low => "Low",
        Priority::Medium => "Medium",
        Priority::High => "High",
        Priority::Urgent => "Urgent",
    }
}

/// A role.
#[must_use]
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Member => "Member",
        Role::Admin => "Admin",
        Role::Owner => "Owner",
    }
}
