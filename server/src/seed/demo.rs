//! What the demonstration holds: people, a project whose test fails, and tasks in every stage that
//! there honestly is.

use domain::actor::Role;

use super::tar::Entry;

/// Everybody's password.
pub const PASSWORD: &str = "durations-in-words";
/// The workspace's name.
pub const WORKSPACE: &str = "Pace makers";
/// The project's key.
pub const PROJECT_KEY: &str = "PACE";
/// The project's name.
pub const PROJECT_NAME: &str = "Pace";
/// The gate's commands.
pub const GATE_COMMANDS: &str = "sh test.sh";
/// The gate's reports.
pub const GATE_REPORTS: &str = "reports/*.xml";
/// The source's name.
pub const SOURCE_NAME: &str = "pace.tar";

/// A person of the demonstration.
pub struct Person {
    /// Their name.
    pub name: &'static str,
    /// Their email address.
    pub email: &'static str,
    /// Their role.
    pub role: Role,
}

/// The owner.
pub const OWNER: Person =
    Person { name: "Ada Moreau", email: "ada@pace.example", role: Role::Owner };
/// Who approves.
pub const ADMIN: Person =
    Person { name: "Ben Okafor", email: "ben@pace.example", role: Role::Admin };
/// Who writes and starts.
pub const MEMBER: Person =
    Person { name: "Chiara Lind", email: "chiara@pace.example", role: Role::Member };
/// Who only looks.
pub const VIEWER: Person =
    Person { name: "Dmitri Sato", email: "dmitri@pace.example", role: Role::Viewer };

/// The files of the project's source.
pub const SOURCE: [Entry; 3] = [
    Entry { path: "README.md", text: include_str!("pace/README.md"), mode: 0o644 },
    Entry { path: "humanize.sh", text: include_str!("pace/humanize.sh"), mode: 0o755 },
    Entry { path: "test.sh", text: include_str!("pace/test.sh"), mode: 0o755 },
];

/// How far a task of the demonstration goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Written, not to be done yet.
    Backlog,
    /// May be started.
    Ready,
    /// Started; what comes of it is the runner's to say.
    Started,
    /// Started, and approved once its evidence passed.
    Approved,
    /// Given up.
    Cancelled,
}

/// A task of the demonstration.
pub struct DemoTask {
    /// One line.
    pub title: &'static str,
    /// Markdown.
    pub description: &'static str,
    /// A word of the priorities.
    pub priority: &'static str,
    /// Separated by commas.
    pub labels: &'static str,
    /// One command a line.
    pub steps: &'static str,
    /// How far it goes.
    pub goal: Goal,
}

const FIX_MINUTES: &str = "sed -i 's|seconds / 60))|seconds / 60 % 60))|' humanize.sh\nsh test.sh";
const FIX_BOTH: &str = "sed -i 's|seconds / 60))|seconds / 60 % 60))|' humanize.sh\n\
    sed -i 's|^echo .*|[ \"$rest\" -gt 0 ] \\&\\& words=\"$words$rest s\"; echo \"${words:-0 s}\"|' \
    humanize.sh\n\
    sh humanize.sh 3600";
const ADD_DAYS: &str = "sed -i 's|^hours=.*|days=$((seconds / 86400))\\n\
    hours=$((seconds % 86400 / 3600))|' humanize.sh\n\
    sed -i 's|^words=\"\"|words=\"\"\\n[ \"$days\" -gt 0 ] \\&\\& words=\"$days d \"|' humanize.sh\n\
    sh humanize.sh 90000";

/// The tasks, in the order they are written.
pub const TASKS: [DemoTask; 7] = [
    DemoTask {
        title: "Minutes run past 59",
        description: "`sh humanize.sh 3725` says **62 min**. The minutes must stop at 59, because \
                      the hours already hold the rest.",
        priority: "urgent",
        labels: "bug",
        steps: FIX_MINUTES,
        goal: Goal::Approved,
    },
    DemoTask {
        title: "Leave out a rest of zero seconds",
        description: "A full hour reads *1 h 0 s* today. People say *1 h*.\n\n- `3600` is `1 h`\n\
                      - `0` stays `0 s`",
        priority: "medium",
        labels: "wording",
        steps: FIX_BOTH,
        goal: Goal::Started,
    },
    DemoTask {
        title: "Say days, too",
        description: "From 24 hours on, start with days: `90000` is `1 d 1 h`.",
        priority: "high",
        labels: "feature",
        steps: ADD_DAYS,
        goal: Goal::Started,
    },
    DemoTask {
        title: "Refuse what isn't a number",
        description: "`sh humanize.sh soon` must exit with 2 and say what it expected.",
        priority: "high",
        labels: "bug, robustness",
        steps: "sed -i 's|^seconds=.*|seconds=$1; case $seconds in *[!0-9]*) exit 2;; esac|' \
                humanize.sh",
        goal: Goal::Ready,
    },
    DemoTask {
        title: "Translate the units",
        description: "Start with German and French. To decide first:\n\n1. Where do the words live?\n\
                      2. Who checks them?",
        priority: "low",
        labels: "feature, wording",
        steps: "",
        goal: Goal::Backlog,
    },
    DemoTask {
        title: "Measure how long ten thousand calls take",
        description: "Before anyone makes it faster.",
        priority: "none",
        labels: "speed",
        steps: "",
        goal: Goal::Backlog,
    },
    DemoTask {
        title: "Colour the output",
        description: "Nobody asked for it, and pipes would have to be told apart from terminals.",
        priority: "low",
        labels: "feature",
        steps: "",
        goal: Goal::Cancelled,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_one_that_could_be_typed() {
        let author = "usr_01arz3ndektsv4rrffq69g5fav".parse().unwrap();
        for task in TASKS {
            let draft = domain::task::TaskDraft {
                title: task.title.to_owned(),
                description: task.description.to_owned(),
                priority: task.priority.to_owned(),
                labels: task.labels.to_owned(),
                steps: task.steps.to_owned(),
                ..domain::task::TaskDraft::default()
            };
            let content = draft.check(author, None).unwrap();
            let starts = matches!(task.goal, Goal::Started | Goal::Approved | Goal::Ready);
            assert_eq!(!content.steps.is_empty(), starts, "{}", task.title);
        }
        assert!(domain::account::Password::choose(PASSWORD).is_ok());
    }

    #[test]
    fn the_source_is_small_and_its_bug_is_there() {
        let size: usize = SOURCE.iter().map(|entry| entry.text.len()).sum();
        assert!(size < 20_000);
        assert!(SOURCE.iter().any(|entry| entry.text.contains("minutes=$((seconds / 60))\n")));
    }
}
