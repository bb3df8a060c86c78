//! Runs: their page, and where other pages show them.

use domain::run::{CancelRequest, EvidenceKind, RunOutcome, RunState};

use super::states;

/// In front of a run's state when it is read out.
pub const RUN: &str = "Run";
/// Heading of a task's present or last run.
pub const CURRENT: &str = "Run under way";
/// The same, once it has ended.
pub const LAST: &str = "Last run";
/// Heading of a task's runs.
pub const ALL: &str = "Runs";
/// No run yet.
pub const NONE: &str = "Not run yet.";
/// Link.
pub const WATCH: &str = "Watch it live";
/// Link, once it has ended.
pub const OPEN: &str = "Open with its log";
/// Button.
pub const STOP: &str = "Stop the run";
/// The button after it was pressed.
pub const STOPPING: &str = "Stopping…";
/// Column.
pub const COLUMN_RUN: &str = "Run";
/// Column.
pub const COLUMN_STATE: &str = "State";
/// Column.
pub const COLUMN_STARTED_BY: &str = "Started by";
/// Column.
pub const COLUMN_QUEUED: &str = "Queued";
/// By itself, after a passing fault.
pub const RETRY: &str = "MonoTask, by itself";

/// Heading of the facts.
pub const ABOUT: &str = "About this run";
/// Fact.
pub const TASK: &str = "Task";
/// Fact.
pub const ATTEMPT: &str = "Attempt";
/// Fact.
pub const AGENT: &str = "Agent";
/// Fact.
pub const STARTED_BY: &str = "Started by";
/// Fact.
pub const STEPS_BY: &str = "Steps by";
/// Fact.
pub const QUEUED: &str = "Queued";
/// Fact.
pub const TOOK: &str = "Took";
/// Fact.
pub const SANDBOX: &str = "Sandbox";
/// Link.
pub const OPEN_SANDBOX: &str = "Open";
/// Fact.
pub const SOURCE: &str = "Source";
/// Fact.
pub const REPEATS: &str = "Repeats";
/// Link.
pub const EARLIER_RUN: &str = "an earlier run, after a passing fault";

/// Heading of the steps.
pub const STEPS: &str = "Steps";
/// Heading of the gate's commands among the steps.
pub const CHECKS: &str = "Then, for the gate";
/// A step's outcome.
pub const STEP_DONE: &str = "Succeeded";
/// A step's outcome.
pub const STEP_FAILED: &str = "Failed";
/// A step's outcome.
pub const STEP_SKIPPED: &str = "Not run";
/// A step's outcome, before the end.
pub const STEP_OPEN: &str = "Not known yet";
/// A step's outcome that nobody reported: the run ended in its middle.
pub const STEP_UNKNOWN: &str = "Not known: the run ended before it was told";

/// Heading of the change.
pub const CHANGES: &str = "Changes";
/// Link to the whole patch.
pub const WHOLE_DIFF: &str = "Whole patch";
/// A patch without a change.
pub const NO_CHANGES: &str = "The run changed nothing in the source.";
/// A patch that isn't shown here.
pub const DIFF_ELSEWHERE: &str = "The patch is kept as a file.";
/// Heading of the kept files.
pub const EVIDENCE: &str = "Evidence";
/// What it is.
pub const EVIDENCE_LEAD: &str =
    "Kept under the hash of its bytes: what is shown here can't change.";
/// No file.
pub const NO_EVIDENCE: &str = "Nothing was kept of this run.";
/// No file yet.
pub const EVIDENCE_LATER: &str = "Files are kept when the run ends.";
/// Column.
pub const COLUMN_FILE: &str = "File";
/// Column.
pub const COLUMN_KIND: &str = "Kind";
/// Column.
pub const COLUMN_SIZE: &str = "Size";
/// Column.
pub const COLUMN_HASH: &str = "SHA-256";
/// Link.
pub const DOWNLOAD: &str = "Download";

/// Who added a file that the run itself didn't leave: "added by Ada".
#[must_use]
pub fn added_by(name: &str) -> String {
    format!("added by {name}")
}

/// What a kept file is.
#[must_use]
pub const fn evidence_kind(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Diff => "Patch",
        EvidenceKind::TestReport => "Test report",
        EvidenceKind::Screenshot => "Picture",
        EvidenceKind::Artifact => "File",
    }
}

/// Where a run stands and what it waits for; a moment follows.
#[must_use]
pub const fn waiting(state: &RunState, cancel: Option<&CancelRequest>) -> &'static str {
    match (state, cancel) {
        (RunState::Queued { .. }, _) => "Waiting for a free place",
        (RunState::Provisioning { .. }, None) => "Waiting for its sandbox",
        (RunState::Running { .. }, None) => "Executing its steps",
        (RunState::Provisioning { .. } | RunState::Running { .. }, Some(_)) => {
            "Waiting for its processes to end"
        }
        (ended, _) => states::run(ended).meaning,
    }
}

/// Who asked to stop it: "Ada asked to stop it".
#[must_use]
pub fn stop_asked(name: &str) -> String {
    format!("{name} asked to stop it")
}

/// Who stopped it.
#[must_use]
pub fn stopped_by(name: &str) -> String {
    format!("Stopped by {name}. What it had captured is kept.")
}

/// A report that came after the end.
#[must_use]
pub fn late_report(outcome: &RunOutcome, state: &RunState) -> String {
    let claimed = match outcome {
        RunOutcome::Succeeded { .. } => "had succeeded",
        RunOutcome::Failed { .. } => "had failed",
        RunOutcome::Cancelled { .. } => "had been stopped",
        RunOutcome::TimedOut { .. } => "had taken too long",
        RunOutcome::Lost => "was lost",
    };
    format!(
        "A report came after the end and said that the run {claimed}. It was recorded, and the run \
         stays {}.",
        states::run(state).label.to_lowercase()
    )
}

/// How many of a task's runs its table shows, when it has more.
#[must_use]
pub fn newest(shown: usize) -> String {
    format!("The newest {shown} are shown.")
}

/// How much of a patch is left out.
#[must_use]
pub fn diff_cut(lines: usize) -> String {
    let lines = super::amounts::counted(lines as u64, "more line", "more lines");
    format!("{lines} in the whole patch.")
}

/// What became of a file beside the change of its lines, which git says in its own words.
#[must_use]
pub fn diff_note(note: &str) -> String {
    const KNOWN: [(&str, &str); 5] = [
        ("new file mode 100755", "New file, executable"),
        ("new file mode", "New file"),
        ("deleted file mode", "Removed"),
        ("Binary files", "Not text: its bytes aren't shown here"),
        ("GIT binary patch", "Not text: its bytes aren't shown here"),
    ];
    let known = KNOWN.iter().find(|(sign, _)| note.starts_with(sign));
    known.map_or_else(|| note.to_owned(), |(_, told)| (*told).to_owned())
}

/// What a patch does, in numbers: "3 files, 12 lines added, 4 removed".
#[must_use]
pub fn diff_summary(files: usize, added: usize, removed: usize) -> String {
    let files = super::amounts::counted(files as u64, "file", "files");
    let added = super::amounts::counted(added as u64, "line", "lines");
    format!("{files}, {added} added, {removed} removed")
}

/// While its processes are being stopped.
pub const STOPPING_ADVICE: &str =
    "Its processes end within seconds, and what was captured is kept.";
/// A report after the end.
pub const LATE_TITLE: &str = "A late report";
