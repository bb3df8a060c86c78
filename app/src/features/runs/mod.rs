//! Runs: their page, their log, and the parts that other pages show of them.

mod diff;
mod diff_view;
mod evidence_list;
mod forms;
mod log_panel;
mod page;
mod served_log;
mod state_line;
mod steps;

use domain::ids::EvidenceId;
use domain::run::{FailureReason, RunState};

pub use diff_view::Changes;
pub use evidence_list::EvidenceList;
pub use forms::submit;
pub use log_panel::LogPanel;
pub use page::RunPage;
pub use served_log::ServedLog;
pub use state_line::{RunOutcomeNotes, RunStateLine, StopForm};

/// The step that a run failed at, from 1, if it failed at one.
#[must_use]
pub const fn failed_step(state: &RunState) -> Option<u32> {
    match state {
        RunState::Failed {
            reason:
                FailureReason::StepFailed { step, .. } | FailureReason::LimitExceeded { step, .. },
            ..
        } => Some(*step),
        _ => None,
    }
}

/// Where a kept file is downloaded; with `?view=1` it is shown.
#[must_use]
pub fn evidence_path(id: EvidenceId) -> String {
    format!("/evidence/{id}")
}
