//! Sandboxes.

use domain::error::Refusal;
use domain::sandbox::{ExecutionLoss, ExecutionState, Sandbox, SandboxSpec};
use domain::views::WhoseSandbox;

use super::amounts;

/// Heading.
pub const TITLE: &str = "Sandboxes";
/// What they are.
pub const LEAD: &str = "Each run executes in a jail of its own, made for it and taken down after it. Others are asked \
     for over the API, for commands by hand, and end by themselves.";
/// Heading.
pub const ALIVE: &str = "Alive";
/// Nothing is alive.
pub const ALIVE_EMPTY: &str = "No sandbox is alive. Nothing runs, and nothing costs.";
/// Heading.
pub const GONE: &str = "Gone";
/// There never was one.
pub const NONE_TITLE: &str = "No sandbox yet";
/// What to do.
pub const NONE_ADVICE: &str = "Start a task, and its run gets one.";
/// Column.
pub const COLUMN_WHOSE: &str = "For";
/// Column.
pub const COLUMN_STATE: &str = "State";
/// Column.
pub const COLUMN_AGE: &str = "Age";
/// Column.
pub const COLUMN_RUN: &str = "Run";
/// In front of a sandbox's state when it is read out.
pub const SANDBOX: &str = "Sandbox";
/// Column of those that are gone.
pub const COLUMN_LIVED: &str = "Lived";
/// Column of those that are gone.
pub const COLUMN_GONE: &str = "Gone";
/// Stands for a run where there is none.
pub const NO_RUN: &str = "none";
/// Heading of the commands.
pub const COMMANDS: &str = "Commands";
/// None yet.
pub const COMMANDS_NONE: &str = "No command yet. Commands are given over the API.";
/// Column.
pub const COLUMN_COMMAND: &str = "Command";
/// Column.
pub const COLUMN_TOOK: &str = "Took";
/// Column.
pub const COLUMN_ASKED: &str = "Asked for";
/// Fact.
pub const PROJECT: &str = "Project";
/// Fact.
pub const ASKED_BY: &str = "Asked for by";
/// Fact.
pub const NOTE: &str = "What for";
/// Nothing was said.
pub const NOTE_NONE: &str = "not said";
/// Fact.
pub const SOURCE: &str = "Source";
/// What stopping a sandbox does that no run uses.
pub const STOP_STANDALONE: &str = "Ends the command in it within seconds. What it printed is kept.";
/// Of a sandbox that is being taken down.
pub const BEING_STOPPED: &str = "It is being taken down. What it printed is being kept.";
/// Heading.
pub const ABOUT: &str = "About this sandbox";
/// Fact.
pub const TASK: &str = "Task";
/// Fact.
pub const RUN: &str = "Run";
/// Fact.
pub const MADE: &str = "Asked for";
/// Fact.
pub const LEFT: &str = "Time left";
/// Fact.
pub const LIVED: &str = "Lived";
/// Heading.
pub const LIMITS: &str = "Limits";
/// What they do.
pub const LIMITS_LEAD: &str = "What needs more is ended, and the run says which limit it was.";
/// Heading.
pub const NETWORK: &str = "Network";
/// There is none.
pub const NO_NETWORK: &str = "None: nothing inside can reach anything outside.";
/// Button.
pub const STOP: &str = "Stop";
/// What it does.
pub const STOP_MEANING: &str = "Stops the run in it. Its processes end within seconds, and what was \
                                captured is kept.";
/// What the network is when nothing isolates it.
pub const HOST_NETWORK: &str = "The runner's own.";
/// Nothing isolates it.
pub const NOT_ISOLATED: &str = "This sandbox isn't isolated";
/// What that means.
pub const NOT_ISOLATED_ADVICE: &str = "Its runner was started with --unsafe-no-isolation: commands \
                                       can read and change the machine it runs on, and reach its \
                                       network. Install bubblewrap there and start the runner \
                                       without that flag.";
/// Of a sandbox whose run has ended.
pub const OUTLIVED: &str = "Its run has ended, so it is being taken down. What is left over is looked \
                            for every minute.";
/// Heading.
pub const LOG: &str = "Log";
/// Why it failed.
pub const FAILED: &str = "The sandbox failed";

/// A limit: its name and how much it grants.
#[must_use]
pub fn limits(spec: &SandboxSpec) -> Vec<(&'static str, String)> {
    vec![
        ("Time", amounts::duration_ms(spec.wall_ms)),
        ("Processor time", amounts::duration_ms(spec.cpu_ms)),
        ("Memory", amounts::bytes(spec.memory_bytes)),
        ("Processes", amounts::count(spec.processes.into())),
        ("Disk", amounts::bytes(spec.disk_bytes)),
        ("Output kept", amounts::bytes(spec.output_bytes)),
    ]
}

/// How long a sandbox lived that is gone.
#[must_use]
pub fn lived(sandbox: &Sandbox) -> String {
    let ms = sandbox.state.since().ms_since(sandbox.created_at);
    amounts::duration_ms(u64::try_from(ms).unwrap_or(0))
}

/// Why a sandbox failed, and what becomes of it.
#[must_use]
pub fn failure(reason: &str) -> String {
    // The one reason that we give ourselves; anything else is its host's word.
    if reason.contains("didn't answer") {
        return "Its host didn't answer when it was to be taken down. What is left of it is looked for \
                every minute, and taken down then."
            .to_owned();
    }
    format!("Its host said: {reason}")
}

/// How much of its time a sandbox has left.
#[must_use]
pub fn time_left(ms: i64) -> String {
    match u64::try_from(ms) {
        Ok(ms) if ms >= 60_000 => format!("{} min at most", ms.div_ceil(60_000)),
        Ok(ms) if ms > 0 => "less than a minute".to_owned(),
        _ => "none: it is being ended".to_owned(),
    }
}

/// A sandbox's name.
#[must_use]
pub fn title(whose: &WhoseSandbox) -> String {
    match whose {
        WhoseSandbox::Run { task_key, .. } => format!("Sandbox of {task_key}"),
        WhoseSandbox::Person { project, .. } => format!("Sandbox for {project}"),
    }
}

/// Whose a sandbox is that no run uses, in a list.
#[must_use]
pub fn of_person(name: &str, note: &str) -> String {
    if note.is_empty() { format!("Commands of {name}") } else { format!("{note} ({name})") }
}

/// What a sandbox does that no run uses, for the line below its name.
#[must_use]
pub fn lead(whose: &WhoseSandbox) -> String {
    match whose {
        WhoseSandbox::Run { task_title, .. } => task_title.clone(),
        WhoseSandbox::Person { name, note, .. } => of_person(name, note),
    }
}

/// Where a command stands.
#[must_use]
pub fn execution(state: &ExecutionState) -> String {
    match state {
        ExecutionState::Queued { .. } => "Waits for its sandbox".to_owned(),
        ExecutionState::Running { .. } => "Running".to_owned(),
        ExecutionState::Exited { code, limit: None, .. } => format!("Exited with {code}"),
        ExecutionState::Exited { limit: Some(_), .. } => {
            "Ended: it needed more than the sandbox grants".to_owned()
        }
        ExecutionState::TimedOut { limit_ms, .. } => {
            format!("Ended: it took longer than {}", amounts::duration_ms(*limit_ms))
        }
        ExecutionState::Lost { reason, .. } => match reason {
            ExecutionLoss::Stopped => "Ended: the sandbox was stopped".to_owned(),
            ExecutionLoss::Expired => "Ended: the sandbox's time was over".to_owned(),
            ExecutionLoss::SandboxLost => "Lost with its sandbox".to_owned(),
        },
    }
}

/// The number of a command among those of its sandbox.
#[must_use]
pub fn number(number: u32) -> String {
    format!("{number}.")
}

/// Why something about a sandbox isn't possible now.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::SandboxEnded => {
            "The sandbox is gone, or is being taken down. Ask for another one.".to_owned()
        }
        Refusal::SandboxOfRun => {
            "This sandbox is a run's: it executes what the run's task says, and nothing else."
                .to_owned()
        }
        Refusal::NoSandboxSlot { limit } => format!(
            "{limit} sandboxes of this workspace are alive that no run uses, and there may not be \
             more. Stop one of them, or wait until one ends by itself."
        ),
        Refusal::CommandUnfinished => {
            "The sandbox has another command in hand. Wait until that has ended.".to_owned()
        }
        Refusal::NoCommandsLeft { limit } => {
            format!("A sandbox takes {limit} commands, and had them. Ask for another one.")
        }
        _ => "That isn't possible right now.".to_owned(),
    }
}
