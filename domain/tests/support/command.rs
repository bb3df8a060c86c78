//! Random commands.

use proptest::prelude::*;

#[derive(Clone, Debug)]
pub enum Action {
    Create {
        ready: bool,
    },
    Edit {
        steps: u8,
    },
    Move(u8),
    Start,
    Claim,
    Started,
    Renew,
    Finish {
        end: u8,
        exit_code: i32,
        left: Left,
    },
    Cancel,
    Expire,
    Settle(u8),
    Approve,
    Reject,
    EditGate {
        approval: bool,
        reports: bool,
    },
    SetSource,
    /// Approves while the gate is changed by somebody who is faster.
    ApproveMeanwhile,
    /// Starts while the source is replaced by somebody who is faster.
    StartMeanwhile,
    /// Adds a file to a run.
    Attach {
        by_run: bool,
        name: u8,
        content: u8,
        /// How long its bytes are on their way.
        takes_ms: i64,
    },
    /// Adds a file to a run while somebody who is faster decides on it or ends it.
    AttachMeanwhile,
}

/// What a run leaves for the gate's report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    Nothing,
    Passing,
    Failing,
    /// It passes, and another one couldn't be kept.
    Skipped,
}

#[derive(Clone, Debug)]
pub struct Command {
    pub action: Action,
    /// Who: owner, two members, viewer.
    pub person: usize,
    /// Which task, or the newest run of which.
    pub task: usize,
    pub stale: bool,
    pub wrong_token: bool,
    pub repeat: bool,
    /// How far the clock moves before it; it may go back.
    pub after_ms: i64,
}

pub fn command() -> impl Strategy<Value = Command> {
    let left = prop_oneof![
        1 => Just(Left::Nothing),
        4 => Just(Left::Passing),
        1 => Just(Left::Failing),
        1 => Just(Left::Skipped),
    ];
    let action = prop_oneof![
        1 => any::<bool>().prop_map(|ready| Action::Create { ready }),
        1 => (0..3u8).prop_map(|steps| Action::Edit { steps }),
        1 => (0..3u8).prop_map(Action::Move),
        8 => Just(Action::Start),
        8 => Just(Action::Claim),
        2 => Just(Action::Started),
        1 => Just(Action::Renew),
        8 => (0..12u8, 0..2i32, left)
            .prop_map(|(end, exit_code, left)| Action::Finish { end, exit_code, left }),
        1 => Just(Action::Cancel),
        1 => Just(Action::Expire),
        1 => (0..3u8).prop_map(Action::Settle),
        8 => Just(Action::Approve),
        1 => Just(Action::Reject),
        1 => (any::<bool>(), any::<bool>())
            .prop_map(|(approval, reports)| Action::EditGate { approval, reports }),
        1 => Just(Action::SetSource),
        1 => Just(Action::ApproveMeanwhile),
        1 => Just(Action::StartMeanwhile),
        4 => (any::<bool>(), 0..4u8, 0..3u8, prop_oneof![3 => Just(10), 1 => Just(61_000)])
            .prop_map(|(by_run, name, content, takes_ms)| Action::Attach {
                by_run,
                name,
                content,
                takes_ms,
            }),
        1 => Just(Action::AttachMeanwhile),
    ];
    let people = prop_oneof![3 => 0..3usize, 1 => 0..4usize];
    let rarely = || prop::bool::weighted(0.08);
    let jump = prop_oneof![30 => 0..2_000i64, 1 => Just(61_000), 1 => Just(-86_400_000)];
    (
        action,
        people,
        prop_oneof![3 => Just(0usize), 1 => Just(1usize)],
        rarely(),
        rarely(),
        rarely(),
        jump,
    )
        .prop_map(|(action, person, task, stale, wrong_token, repeat, after_ms)| Command {
            action,
            person,
            task,
            stale,
            wrong_token,
            repeat,
            after_ms,
        })
}
