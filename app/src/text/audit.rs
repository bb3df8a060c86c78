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

/// Who did what to what, as a sentence.
#[must_use]
pub fn sentence(line: &AuditLine) -> String {
    let entry = &line.entry;
    let who = line.person.clone().unwrap_or_else(|| "Somebody".to_owned());
    let target = line.target.clone().unwrap_or_else(|| entry.target.clone());
    if entry.outcome == Outcome::Refused {
        return match entry.action.as_str() {
            "sign_in" => format!("Somebody failed to sign in as {who}"),
            "key" => format!("A key of {who} was refused: {target}"),
            _ => format!("{who} was refused: {target}"),
        };
    }
    let deed = match entry.action.as_str() {
        "signed_in" => return format!("{who} signed in"),
        "signed_out" => return format!("{who} signed out"),
        "password_changed" => return format!("{who} changed their password"),
        "password_reset" => return format!("{who} chose a new password by a reset link"),
        "profile_renamed" => return format!("{who} changed their name"),
        "session_revoked" => return format!("{who} signed out one of their browsers"),
        "other_sessions_revoked" => return format!("{who} signed out all their other browsers"),
        "api_key_created" => "made the key",
        "api_key_revoked" => "revoked the key",
        "password_reset_offered" => "offered a reset link to",
        "member_invited" => "made the invitation",
        "invitation_revoked" => "took back the invitation",
        "member_role_changed" => "changed the role of",
        "member_removed" => "removed",
        other => return format!("{who}: {} · {target}", other.replace('_', " ")),
    };
    format!("{who} {deed} {target}")
}
