//! Verdicts on requirements, and the decisions that people make.

use domain::project::Rule;

/// Heading of the page.
pub const TITLE: &str = "Validations";
/// Tasks that wait for this person.
pub const WAITING: &str = "Waiting for you";
/// What it holds.
pub const WAITING_MEANING: &str = "Longest waiting first";
/// No task waits.
pub const WAITING_EMPTY: &str = "Nothing waits for your decision.";
/// Tasks that somebody else must decide on.
pub const OTHERS: &str = "Waiting for others";
/// Why they are there.
pub const OTHERS_MEANING: &str = "You produced these, so someone else decides";
/// For those whose role can't decide.
pub const ALL_WAITING: &str = "Waiting for a decision";
/// The newest verdicts.
pub const ALL: &str = "Newest verdicts";
/// What it holds when there may be more.
pub const ALL_NEWEST: &str = "The newest 50. Each task's page has all of its own.";
/// No verdict yet.
pub const ALL_EMPTY: &str = "No run has been judged yet.";
/// What to do then.
pub const ALL_EMPTY_ADVICE: &str = "When a run succeeds, the gate's requirements are judged one by \
                                    one, and each verdict appears here.";
/// Column.
pub const COLUMN_REQUIREMENT: &str = "Requirement";
/// Column.
pub const COLUMN_VERDICT: &str = "Verdict";
/// Column.
pub const COLUMN_TASK: &str = "Task";
/// Column.
pub const COLUMN_WHEN: &str = "When";
/// Link to the page where one decides.
pub const DECIDE: &str = "Review and decide";
/// Link to the page of a task that somebody else decides on.
pub const LOOK: &str = "Open";

/// Heading of a run's verdicts.
pub const VERDICTS: &str = "Requirements";
/// No verdict yet, the run hasn't ended.
pub const VERDICTS_LATER: &str = "The gate judges the run when it has succeeded.";
/// No verdict: the run didn't succeed.
pub const VERDICTS_NONE: &str = "The run didn't succeed, so there was nothing to judge.";
/// Set aside by a newer run.
pub const STALE_BY: &str = "A newer run began";
/// In front of the files that a verdict rests on.
pub const RESTS_ON: &str = "Rests on";
/// In front of a person who decided.
pub const BY: &str = "by";

/// How many requirements a waiting task meets.
#[must_use]
pub fn met(count: usize) -> String {
    super::amounts::counted(count as u64, "requirement met", "requirements met")
}

/// A requirement in words.
#[must_use]
pub fn requirement(rule: &Rule) -> String {
    match rule {
        Rule::CommandSucceeded { .. } => "The command succeeds".to_owned(),
        Rule::TestReport { .. } => "The test report shows no failure".to_owned(),
        Rule::Approval => "A person who isn't a producer approves".to_owned(),
    }
}

/// What a requirement looks at: its command or pattern.
#[must_use]
pub fn subject(rule: &Rule) -> Option<&str> {
    match rule {
        Rule::CommandSucceeded { command } => Some(command),
        Rule::TestReport { pattern } => Some(pattern),
        Rule::Approval => None,
    }
}

/// A verdict that counts no more.
pub const STALE: &str = "Stale";
/// A decision that nobody is asked for.
pub const NOT_ASKED: &str = "Not asked";
/// Why.
pub const NOT_ASKED_WHY: &str = "Nobody has to decide, because something else in the gate failed";
/// Why, when the gate has changed.
pub const STALE_GATE: &str = "The gate has changed since";
/// In front of how long a task has waited.
pub const WAITS: &str = "waiting for";
