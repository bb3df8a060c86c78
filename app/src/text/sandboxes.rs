//! Sandboxes.

use domain::sandbox::{Sandbox, SandboxSpec};

use super::amounts;

/// Heading.
pub const TITLE: &str = "Sandboxes";
/// What they are.
pub const LEAD: &str =
    "Each run executes in a jail of its own, made for it and taken down after it.";
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
pub const COLUMN_TASK: &str = "Task";
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
