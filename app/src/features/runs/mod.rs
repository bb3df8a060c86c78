//! Runs: their page, their log, and the parts that other pages show of them.

mod diff;
mod diff_view;
mod evidence_list;
mod forms;
mod log_panel;
mod page;
mod state_line;
mod steps;

use domain::ids::EvidenceId;

pub use diff_view::Changes;
pub use evidence_list::EvidenceList;
pub use forms::submit;
pub use log_panel::LogPanel;
pub use page::RunPage;
pub use state_line::{RunOutcomeNotes, RunStateLine, StopForm};

/// Where a kept file is downloaded; with `?view=1` it is shown.
#[must_use]
pub fn evidence_path(id: EvidenceId) -> String {
    format!("/evidence/{id}")
}
