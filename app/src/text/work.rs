//! *My work*.

/// Heading.
pub const TITLE: &str = "My work";
/// First group.
pub const NEEDS_ME: &str = "Needs me";
/// What it holds.
pub const NEEDS_ME_MEANING: &str =
    "Decisions that are yours to make, and your tasks that came back";
/// First group, empty.
pub const NEEDS_ME_EMPTY: &str = "Nothing waits for you.";
/// Second group.
pub const RUNNING: &str = "Running";
/// Second group, empty.
pub const RUNNING_EMPTY: &str = "No agent is working right now.";
/// Third group.
pub const DONE_LATELY: &str = "Done lately";
/// Third group, empty.
pub const DONE_EMPTY: &str = "Nothing was accepted in the last 7 days.";

/// A newcomer's heading.
pub const WELCOME_TITLE: &str = "From a task to accepted work";
/// What they are about to do.
pub const WELCOME_LEAD: &str = "Four steps, about five minutes. Each opens the next.";
/// Step 1.
pub const STEP_PROJECT: &str = "Create a project";
/// What for.
pub const STEP_PROJECT_WHY: &str = "It holds your tasks, the code they work on and the gate they \
                                    must pass.";
/// Step 2.
pub const STEP_SOURCE: &str = "Upload its source";
/// What for.
pub const STEP_SOURCE_WHY: &str = "A git bundle or tar archive. Every run starts from a fresh copy \
                                   in its own sandbox.";
/// Its link.
pub const STEP_SOURCE_LINK: &str = "Open settings";
/// Step 3.
pub const STEP_TASK: &str = "Write a task";
/// What for.
pub const STEP_TASK_WHY: &str = "What should change, the commands the agent runs, and the files to \
                                 keep as evidence.";
/// Step 4.
pub const STEP_START: &str = "Start it and decide";
/// What for.
pub const STEP_START_WHY: &str = "Watch the run live. The gate judges its evidence; you approve it \
                                  or send it back.";
/// A step that is behind.
pub const STEP_DONE: &str = "Done";
/// For somebody who can't create the first project.
pub const WELCOME_WAIT: &str = "An owner or admin creates the first project; then it appears here.";
