//! Why a task can't do something in the stage it is in.

use domain::task::TaskStage;

use super::states;

/// Why not, and what to do first.
pub(super) fn wrong_stage(stage: TaskStage) -> String {
    match stage {
        TaskStage::Running | TaskStage::Validating => {
            "A run is working on this task. Stop the run first, or wait until it ends.".to_owned()
        }
        TaskStage::Review => "The task waits for a decision. Decide on it first.".to_owned(),
        TaskStage::Backlog => "The task is in the backlog. Mark it as ready first.".to_owned(),
        TaskStage::Done => "The task is done. Reopen it first.".to_owned(),
        TaskStage::Cancelled => "The task was cancelled. Bring it back first.".to_owned(),
        TaskStage::Ready | TaskStage::ChangesRequested | TaskStage::Failed => format!(
            "A task that is {} can't be moved there.",
            states::stage(stage).label.to_lowercase()
        ),
    }
}
