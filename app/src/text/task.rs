//! One task's page.

use domain::task::{MoveTo, TaskFailure, TaskStage, TaskState};

/// Heading.
pub const DESCRIPTION: &str = "Description";
/// No description.
pub const NO_DESCRIPTION: &str = "No description. What is wrong or wanted, and how someone would \
                                  see that it's right, helps whoever decides.";
/// Heading.
pub const STEPS: &str = "Steps";
/// No steps.
pub const NO_STEPS: &str =
    "No steps yet. The script agent runs these commands one after the other.";
/// Heading.
pub const ARTIFACTS: &str = "Files kept as evidence";
/// Heading of the facts.
pub const ABOUT: &str = "About this task";
/// Fact.
pub const PROJECT: &str = "Project";
/// Fact.
pub const PRIORITY: &str = "Priority";
/// Fact.
pub const LABELS: &str = "Labels";
/// Fact.
pub const AGENT: &str = "Agent";
/// No agent.
pub const NO_AGENT: &str = "None";
/// Fact.
pub const STEPS_BY: &str = "Steps by";
/// Fact.
pub const WRITTEN_BY: &str = "Written by";
/// Fact.
pub const WRITTEN: &str = "Written";
/// Fact.
pub const CHANGED: &str = "Changed";
/// In front of a task's state when it is read out.
pub const TASK: &str = "Task";

/// Button.
pub const START: &str = "Start";
/// Button, once there was a run.
pub const START_AGAIN: &str = "Run again";
/// Button.
pub const EDIT: &str = "Edit";
/// The other actions.
pub const MORE: &str = "Move or give up";

/// Heading of the decision.
pub const DECISION: &str = "Your decision";
/// Heading, for somebody who can't decide.
pub const DECISION_OF_OTHERS: &str = "A decision is needed";
/// Button.
pub const APPROVE: &str = "Approve";
/// What approving does.
pub const APPROVE_MEANING: &str = "Approving accepts this revision, and the task is done. Sent back, it \
                                   waits for a new attempt.";
/// Button.
pub const SEND_BACK: &str = "Send back";
/// Field.
pub const REASON_LABEL: &str = "What has to change";
/// Hint.
pub const REASON_HINT: &str = "Whoever works on it next sees this first.";
/// A workspace of one approves its own.
pub const OWN_WORK_TITLE: &str = "This is your own work";
/// Why it is allowed all the same.
pub const OWN_WORK_ADVICE: &str = "You wrote the steps or started the run, and nobody else in this \
                                   workspace may decide. So you can, and the record says so.";
/// The gate changed after the judgement.
pub const GATE_CHANGED_TITLE: &str = "The gate has changed since this was judged";
/// What that means.
pub const GATE_CHANGED_ADVICE: &str = "These verdicts count no more. Send it back, then run it \
                                       again: the new gate judges what that makes.";
/// A reason that wasn't recorded, because the task had moved on.
pub const REASON_KEPT_TITLE: &str = "Your reason wasn't recorded";
/// What to do with it.
pub const REASON_KEPT_ADVICE: &str = "The task had moved on before it arrived. Here is what you \
                                      wrote, to be copied:";

/// The state in a sentence that names what is waited for; a moment follows it.
#[must_use]
pub fn waiting(state: &TaskState, second_member: bool) -> String {
    match state {
        TaskState::Backlog { .. } => "Not planned yet",
        TaskState::Ready { .. } => "Waiting to be started",
        TaskState::Running { .. } => "Waiting for its run to end",
        TaskState::Validating { .. } => "Waiting for the gate's verdict",
        TaskState::Review { .. } if second_member => "Waiting for approval by a second member",
        TaskState::Review { .. } => "Waiting for a decision",
        TaskState::ChangesRequested { .. } => "Waiting for a new attempt",
        TaskState::Failed { cause: TaskFailure::RunFailed, .. } => {
            "The run didn't succeed; waiting for somebody to look"
        }
        TaskState::Failed { cause: TaskFailure::GateNotPassed, .. } => {
            "The gate isn't passed; waiting for somebody to look"
        }
        TaskState::Done { .. } => "Accepted",
        TaskState::Cancelled { .. } => "Given up",
    }
    .to_owned()
}

/// Above the reason that somebody gave.
#[must_use]
pub fn sent_back(name: &str) -> String {
    format!("Sent back by {name}. What has to change:")
}

/// Whether the state goes on, so that its moment is how long it has lasted, not when it was.
#[must_use]
pub const fn is_wait(state: &TaskState) -> bool {
    !matches!(state, TaskState::Done { .. } | TaskState::Cancelled { .. })
}

/// A move by hand, as its button says it.
#[must_use]
pub const fn move_label(from: TaskStage, to: MoveTo) -> &'static str {
    match (from, to) {
        (TaskStage::Done, MoveTo::Ready) => "Reopen",
        (TaskStage::Cancelled, MoveTo::Backlog) => "Bring back",
        (_, MoveTo::Ready) => "Mark as ready",
        (_, MoveTo::Backlog) => "Move to the backlog",
        (_, MoveTo::Cancelled) => "Give up this task",
    }
}

/// A move's word in the form.
#[must_use]
pub const fn move_word(to: MoveTo) -> &'static str {
    match to {
        MoveTo::Backlog => "backlog",
        MoveTo::Ready => "ready",
        MoveTo::Cancelled => "cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moves_word_reads_back() {
        for to in [MoveTo::Backlog, MoveTo::Ready, MoveTo::Cancelled] {
            assert_eq!(MoveTo::parse(move_word(to)), Some(to));
        }
    }
}
