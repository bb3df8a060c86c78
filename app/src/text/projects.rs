//! Creating a project, and its settings.

use domain::project::SourceKind;

/// Heading.
pub const NEW_TITLE: &str = "New project";
/// What a project is.
pub const NEW_LEAD: &str = "A project holds tasks, the source they work on and the gate they must \
                            pass.";
/// Button.
pub const CREATE: &str = "Create project";
/// Field.
pub const NAME_LABEL: &str = "Name";
/// An example.
pub const NAME_EXAMPLE: &str = "Payments API";
/// Field.
pub const KEY_LABEL: &str = "Key";
/// Hint.
pub const KEY_HINT: &str = "2 to 8 letters and digits, a letter first. Task numbers begin with it \
                            (PAY-12), so it can't be changed later.";
/// An example.
pub const KEY_EXAMPLE: &str = "PAY";
/// Field.
pub const URL_LABEL: &str = "Repository";
/// Hint.
pub const URL_HINT: &str = "A link for people, shown on the project. Runs work on the source you \
                            upload next.";
/// An example.
pub const URL_EXAMPLE: &str = "https://github.com/acme/payments";

/// Heading.
pub const SETTINGS_TITLE: &str = "Settings";
/// Section.
pub const SOURCE_TITLE: &str = "Source";
/// What it is.
pub const SOURCE_LEAD: &str = "What every run of this project starts from: a fresh copy, unpacked \
                               inside its own sandbox.";
/// Without one.
pub const SOURCE_NONE: &str = "No source yet. Tasks can be written, but not started.";
/// Fact: the file.
pub const SOURCE_FILE: &str = "File";
/// Fact: who, and when.
pub const SOURCE_BY: &str = "Uploaded by";
/// Fact: its hash.
pub const SOURCE_HASH: &str = "SHA-256";
/// Field.
pub const SOURCE_LABEL: &str = "Replace with";
/// Field, while there is none.
pub const SOURCE_FIRST_LABEL: &str = "Archive";
/// Hint.
pub const SOURCE_HINT: &str = "A git bundle, or a tar archive (plain or gzip), at most 25 MB. Runs \
                               that have started keep the source they started with.";
/// Button.
pub const SOURCE_UPLOAD: &str = "Upload source";
/// How to make one.
pub const SOURCE_HOW: &str = "How to make one";
/// In front of the first command.
pub const SOURCE_HOW_BUNDLE: &str = "From a git repository, with its history:";
/// The first command.
pub const SOURCE_BUNDLE_COMMAND: &str = "git bundle create source.bundle HEAD";
/// In front of the second command.
pub const SOURCE_HOW_TAR: &str = "Only the files of the last commit:";
/// The second command.
pub const SOURCE_TAR_COMMAND: &str = "git archive --format=tar.gz -o source.tar.gz HEAD";

/// Section.
pub const GATE_TITLE: &str = "Gate";
/// What it is.
pub const GATE_LEAD: &str = "What a run's result must meet before its task can be done. Checked in \
                             this order, in the sandbox, after the task's own steps.";
/// Field.
pub const COMMANDS_LABEL: &str = "Commands that must succeed";
/// Hint.
pub const COMMANDS_HINT: &str = "One shell command a line. Exit code 0 counts as met.";
/// An example.
pub const COMMANDS_EXAMPLE: &str = "cargo test --locked\ncargo clippy -- -D warnings";
/// Field.
pub const REPORTS_LABEL: &str = "Test reports without failures";
/// Hint.
pub const REPORTS_HINT: &str = "One file pattern a line, for JUnit XML. A missing or empty report \
                                fails: silence proves nothing.";
/// An example.
pub const REPORTS_EXAMPLE: &str = "reports/**/*.xml";
/// Check box.
pub const APPROVAL_LABEL: &str = "A person approves";
/// Hint.
pub const APPROVAL_HINT: &str = "Someone who neither wrote the steps nor started the run. In a \
                                 workspace of one you may approve your own work, and the task says so.";
/// What changing it does.
pub const GATE_EFFECT: &str = "Saving a different gate takes effect for runs started from then on. \
                               Work that waits in review under the old gate can't be approved any \
                               more: it has to run again.";
/// Button.
pub const GATE_SAVE: &str = "Save gate";
/// Heading above what another person saved in the meantime.
pub const GATE_CONFLICT: &str = "The gate as it is now";
/// Link.
pub const TO_SETTINGS: &str = "Settings";

/// The form of a source.
#[must_use]
pub const fn source_kind(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Bundle => "git bundle",
        SourceKind::Tar => "tar archive",
    }
}
