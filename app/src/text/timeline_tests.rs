use domain::Timestamp;
use domain::event::{ChainHash, Stream};
use domain::ports::Random;
use domain::validation::ValidationVerdict;

use super::*;

struct Ones;
impl Random for Ones {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(1);
    }
}

struct Known {
    state: RunState,
}
impl Names for Known {
    fn person(&self, _: UserId) -> String {
        "Ada".to_owned()
    }
    fn run(&self, _: RunId) -> Option<(i64, &RunState)> {
        Some((3, &self.state))
    }
    fn stopped(&self, _: UserId, _: Timestamp) -> Option<RunId> {
        match self.state {
            RunState::Cancelled { .. } => Some(RunId::generate(AT, &Ones)),
            _ => None,
        }
    }
    fn requirement(&self, _: ValidationId) -> Option<String> {
        None
    }
}

const AT: Timestamp = Timestamp(1);

fn said(actor: Actor, body: EventBody, state: RunState) -> String {
    let event = Event {
        workspace: domain::ids::WorkspaceId::generate(AT, &Ones),
        stream: Stream::Task(domain::ids::TaskId::generate(AT, &Ones)),
        version: 1,
        actor,
        at: AT,
        body,
        prev_hash: ChainHash::genesis(),
        hash: ChainHash::genesis(),
    };
    let Entry { actor, text, .. } = entry(&event, &Known { state });
    format!("{actor} {text}")
}

#[test]
fn every_move_says_who_and_why() {
    let run = RunId::generate(AT, &Ones);
    let user = UserId::generate(AT, &Ones);
    let ada = Actor::User(user);
    let since = AT;
    let lost = RunState::Lost { at: AT };
    let moved = |actor, to| said(actor, EventBody::TaskMoved { to }, lost.clone());
    for (actor, to, expected) in [
        (ada, TaskState::Running { run, since }, "Ada started run 3"),
        (
            Actor::System,
            TaskState::Running { run, since },
            "MonoTask started run 3 by itself, because the fault was passing",
        ),
        (
            Actor::System,
            TaskState::Review { run, since },
            "MonoTask moved it to review, because run 3 succeeded and nothing in the gate failed",
        ),
        (
            Actor::System,
            TaskState::Failed { run, cause: TaskFailure::RunFailed, since },
            "MonoTask moved it to failed, because run 3 was lost",
        ),
        (ada, TaskState::Done { by: user, run, since }, "Ada accepted what run 3 produced"),
        (ada, TaskState::Ready { since }, "Ada marked it as ready"),
        (
            Actor::System,
            TaskState::Ready { since },
            "MonoTask moved it back to ready, because its run was stopped",
        ),
    ] {
        assert_eq!(moved(actor, to), expected);
    }
}

#[test]
fn stopping_a_run_that_waited_is_not_moving_by_hand() {
    let user = UserId::generate(AT, &Ones);
    let to = TaskState::Ready { since: AT };
    let stopped = RunState::Cancelled { by: user, at: AT };
    assert_eq!(
        said(Actor::User(user), EventBody::TaskMoved { to }, stopped),
        "Ada stopped run 3 before it had begun"
    );
}

#[test]
fn a_reason_is_quoted_and_not_part_of_the_sentence() {
    let by = UserId::generate(AT, &Ones);
    let reason = "No test covers 0.".to_owned();
    let to = TaskState::ChangesRequested { by, reason: reason.clone(), since: AT };
    let event = Event {
        workspace: domain::ids::WorkspaceId::generate(AT, &Ones),
        stream: Stream::Task(domain::ids::TaskId::generate(AT, &Ones)),
        version: 1,
        actor: Actor::User(by),
        at: AT,
        body: EventBody::TaskMoved { to },
        prev_hash: ChainHash::genesis(),
        hash: ChainHash::genesis(),
    };
    let entry = entry(&event, &Known { state: RunState::Lost { at: AT } });
    assert_eq!((entry.text.as_str(), entry.quote), ("sent it back", Some(reason)));
}

#[test]
fn other_events_read_like_sentences_too() {
    let user = Actor::User(UserId::generate(AT, &Ones));
    let run = Actor::Run(RunId::generate(AT, &Ones));
    let queued = RunState::Queued { since: AT };
    let verdict =
        ValidationVerdict { id: ValidationId::generate(AT, &Ones), rejected_because: None };
    assert_eq!(
        said(user, EventBody::ValidationDecided { verdict }, queued.clone()),
        "Ada approved: a requirement"
    );
    assert_eq!(
        said(
            run,
            EventBody::RunEnded { outcome: RunOutcome::TimedOut { limit_ms: 1 } },
            queued.clone()
        ),
        "Run 3 ended: it took longer than its limit"
    );
    assert_eq!(
        said(Actor::System, EventBody::RunEnded { outcome: RunOutcome::Lost }, queued.clone()),
        "MonoTask gave the run up for lost: its lease expired"
    );
    assert_eq!(
        said(Actor::System, EventBody::ValidationsOpened { validations: vec![] }, queued),
        "MonoTask judged 0 requirements of the gate: "
    );
}
