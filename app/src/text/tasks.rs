//! A project's tasks, and the forms that write them.

/// Heading of the form.
pub const NEW_TITLE: &str = "New task";
/// Heading of the other form.
pub const EDIT_TITLE: &str = "Edit";
/// Button.
pub const NEW: &str = "New task";
/// Button.
pub const CREATE: &str = "Create task";
/// Button.
pub const SAVE: &str = "Save changes";
/// Link out of a form.
pub const CANCEL: &str = "Cancel";

/// Field.
pub const TITLE_LABEL: &str = "Title";
/// An example.
pub const TITLE_EXAMPLE: &str = "Refunds round to the wrong cent";
/// Field.
pub const DESCRIPTION_LABEL: &str = "Description";
/// Hint.
pub const DESCRIPTION_HINT: &str = "Markdown. What is wrong or wanted, and how someone would see \
                                    that it's right.";
/// An example.
pub const DESCRIPTION_EXAMPLE: &str = "Refunding 10.005 pays back 10.00.\n\n**Right when** \
                                       `refund_rounds_half_up` passes.";
/// Field.
pub const AGENT_LABEL: &str = "Agent";
/// Hint.
pub const AGENT_HINT: &str = "Script runs the steps below, one after the other.";
/// Choice.
pub const AGENT_NONE: &str = "No agent yet";
/// Field.
pub const PRIORITY_LABEL: &str = "Priority";
/// Field.
pub const LABELS_LABEL: &str = "Labels";
/// Hint.
pub const LABELS_HINT: &str = "Separated by commas.";
/// An example.
pub const LABELS_EXAMPLE: &str = "bug, billing";
/// Field.
pub const STEPS_LABEL: &str = "Steps";
/// Hint.
pub const STEPS_HINT: &str = "One shell command a line, run in order in the source's directory. The \
                              first that fails ends the run. A line that ends in \\ goes on in the \
                              next.";
/// An example.
pub const STEPS_EXAMPLE: &str = "git apply fixes/rounding.patch\ncargo test --locked";
/// Field.
pub const ARTIFACTS_LABEL: &str = "Files to keep";
/// Hint.
pub const ARTIFACTS_HINT: &str = "One pattern a line. What matches is kept as evidence; the change \
                                  against the source always is.";
/// An example.
pub const ARTIFACTS_EXAMPLE: &str = "reports/**/*.xml\ncoverage/index.html";
/// Field.
pub const STATE_LABEL: &str = "Put it in";
/// Choice.
pub const STATE_READY: &str = "Ready: it may be started";
/// Choice.
pub const STATE_BACKLOG: &str = "Backlog: not yet";
/// Group of the form.
pub const WHAT: &str = "What";
/// Group of the form.
pub const HOW: &str = "How it runs";
/// Above the differences after a conflict.
pub const CONFLICT_TITLE: &str = "What is there now, where it differs from your text";
/// The rest is equal.
pub const CONFLICT_NONE: &str = "Your text says the same as what is there now.";
/// A field that is empty.
pub const NOTHING: &str = "(empty)";

/// The first tab.
pub const ALL: &str = "All";
/// The tabs' name for screen readers.
pub const STAGES: &str = "Stages";
/// The filter's name for screen readers.
pub const FILTER: &str = "Filter tasks";
/// Field.
pub const SEARCH_LABEL: &str = "Title contains";
/// Field.
pub const FILTER_LABEL_LABEL: &str = "Label";
/// Button.
pub const APPLY: &str = "Filter";
/// Link.
pub const CLEAR: &str = "Clear filters";
/// Column.
pub const COLUMN_TASK: &str = "Task";
/// Column.
pub const COLUMN_STATE: &str = "State";
/// Column.
pub const COLUMN_RUN: &str = "Last run";
/// Column.
pub const COLUMN_UPDATED: &str = "Changed";
/// Link.
pub const OLDER: &str = "Older tasks";
/// Link.
pub const NEWEST: &str = "Back to the newest";
/// Judged by a gate that isn't the project's any more.
pub const GATE_CHANGED: &str = "The gate has changed since: send it back, then run it again";
/// A run that was asked to stop.
pub const STOPPING: &str = "Its run is being stopped";
/// The pager's name for screen readers.
pub const PAGES: &str = "Pages";
/// In front of a description.
pub const LIST: &str = "Tasks";
/// A project without tasks.
pub const EMPTY_TITLE: &str = "No tasks yet";
/// What to do.
pub const EMPTY_ADVICE: &str = "Write the first one: what should change, the commands to run, and \
                                the files that prove it.";
/// No task matches.
pub const NO_MATCH_TITLE: &str = "No task matches";
/// What to do.
pub const NO_MATCH_ADVICE: &str = "Loosen the filter, or clear it to see every task.";
/// A project without source.
pub const NO_SOURCE: &str = "This project has no source yet, so its tasks can't be started.";
/// What to do.
pub const UPLOAD_SOURCE: &str = "Upload one";

/// A run in a list: "Run 3".
#[must_use]
pub fn attempt(number: i64) -> String {
    format!("Run {number}")
}

/// Who changed a task in the meantime.
#[must_use]
pub fn changed_by(name: &str, when: &str) -> String {
    format!("{name} changed it {when}.")
}
