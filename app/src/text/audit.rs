//! The audit log.

use domain::audit::{AuditLine, Outcome, Proof};

/// What the page is for.
pub const LEAD: &str =
    "Who did what, from where, and what was refused. Nothing here is ever changed.";
/// Panel.
pub const TITLE: &str = "Entries";
/// Panel.
pub const FILTER_TITLE: &str = "Filter";
/// Nothing found.
pub const NONE_TITLE: &str = "No entries";
/// What to do.
pub const NONE_ADVICE: &str = "Nothing was done that fits these filters.";
/// Field.
pub const PERSON_LABEL: &str = "Person";
/// Choice.
pub const ANYBODY: &str = "Anybody";
/// Field.
pub const ACTION_LABEL: &str = "Action";
/// Hint.
pub const ACTION_HINT: &str = "As an entry names it, such as task_created.";
/// Field.
pub const OUTCOME_LABEL: &str = "Outcome";
/// Choice.
pub const ANY_OUTCOME: &str = "Done or refused";
/// Field.
pub const TARGET_LABEL: &str = "Target";
/// Hint.
pub const TARGET_HINT: &str = "An id, such as tsk_… or usr_….";
/// Field.
pub const FROM_LABEL: &str = "From";
/// Field.
pub const UNTIL_LABEL: &str = "Before";
/// Hint.
pub const DAY_HINT: &str = "A day, such as 2026-11-24, UTC.";
/// Button.
pub const SHOW: &str = "Show";
/// Older entries.
pub const OLDER: &str = "Older entries";
/// The log as a file for a spreadsheet.
pub const EXPORT_CSV: &str = "Export CSV";
/// The log as a file for programs.
pub const EXPORT_NDJSON: &str = "Export ndjson";
/// Column.
pub const COLUMN_WHEN: &str = "When";
/// Column.
pub const COLUMN_WHAT: &str = "What";
/// Column.
pub const COLUMN_FROM: &str = "From where";
/// Column.
pub const COLUMN_PROOF: &str = "Proved by";
/// Column.
pub const COLUMN_OUTCOME: &str = "Outcome";

/// An outcome as a word.
#[must_use]
pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "Done",
        Outcome::Refused => "Refused",
    }
}

/// What proved who it was.
#[must_use]
pub fn proof(line: &AuditLine) -> String {
    match &line.entry.proof {
        Proof::Session(_) => "Browser".to_owned(),
        Proof::Key(id) => {
            let name = line.key.clone().unwrap_or_else(|| id.to_string());
            format!("Key “{name}”")
        }
        Proof::Run(_) => "The run's own token".to_owned(),
        Proof::Secret => "Password or link".to_owned(),
    }
}
