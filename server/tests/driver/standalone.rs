//! Sandboxes that no run uses: whatever the host does, they end, and no command is open for ever.

use std::sync::Mutex;

use domain::Context;
use domain::ids::{ExecutionId, SandboxId};
use domain::project::ProjectKey;
use domain::run::{LimitKind, StopSandbox};
use domain::sandbox::protocol::{JailLoss, Limit, StepExit};
use domain::sandbox::{
    self, Execute, Execution, ExecutionLoss, ExecutionState, ProvisionSandbox, SandboxState,
};
use server::sandboxes::{Next, Servant, Service, ServicePhase};

use crate::fakes::{Host, Nowhere, Woken};
use crate::world::World;

const TTL_MS: i64 = 300_000;

/// A sandbox that was asked for, and what moves it.
struct Place {
    world: World,
    id: SandboxId,
    service: Service,
    memory: Woken,
    waits: Vec<i64>,
}

impl Place {
    fn new() -> Self {
        let world = World::claimed();
        let input = ProvisionSandbox {
            project: ProjectKey::parse("DRV").unwrap(),
            note: String::new(),
            ttl_ms: Some(u64::try_from(TTL_MS).unwrap()),
        };
        let id = pollster::block_on(sandbox::provision(&world.person_now(), input)).unwrap();
        let (service, memory) = (Service::begin(id), Woken::default());
        Self { world, id, service, memory, waits: vec![] }
    }

    /// One that has nothing in hand.
    fn idle() -> Self {
        let mut place = Self::new();
        place.go(20, |service| service.phase == ServicePhase::Idle);
        place
    }

    /// One whose command executes.
    fn executing() -> (Self, ExecutionId) {
        let mut place = Self::idle();
        let id = place.ask("sleep 60");
        place.go(10, |service| matches!(service.phase, ServicePhase::Execute { .. }));
        (place, id)
    }

    fn ask(&mut self, command: &str) -> ExecutionId {
        let (sandbox, command) = (self.id, command.to_owned());
        let input = Execute { sandbox, command, timeout_ms: Some(10_000) };
        let id = pollster::block_on(sandbox::execute(&self.world.person_now(), input)).unwrap();
        *self.memory.0.lock().unwrap() = true;
        id
    }

    fn stop(&self) {
        let stop = StopSandbox { sandbox: self.id };
        pollster::block_on(sandbox::stop(&self.world.person_now(), stop)).unwrap();
        *self.memory.0.lock().unwrap() = true;
    }

    fn go(&mut self, most: u32, until: impl Fn(&Service) -> bool) -> bool {
        let script = Mutex::new(std::mem::take(&mut self.world.script));
        let host = Host { script, clock: &self.world.clock };
        let servant = Servant {
            host: &host,
            vault: &Nowhere,
            memory: &self.memory,
            clock: &*self.world.clock,
            context: self.world.system(),
            log: &|_, _| {},
        };
        let mut is_over = false;
        for _ in 0..most {
            match pollster::block_on(servant.step(&mut self.service)) {
                Next::Never => is_over = true,
                Next::In(wait) => {
                    // As its object does: who woke it during the step isn't kept waiting.
                    let is_woken = *self.memory.0.lock().unwrap();
                    let wait = if is_woken { wait.min(50) } else { wait };
                    self.waits.push(wait);
                    self.world.clock.forward(wait);
                }
            }
            if is_over || until(&self.service) {
                break;
            }
        }
        self.world.script = host.script.into_inner().unwrap();
        is_over
    }

    fn end(&mut self) -> SandboxState {
        assert!(self.go(100_000, |_| false), "it goes on for ever: {:?}", self.service.phase);
        self.state()
    }

    fn state(&self) -> SandboxState {
        let ctx: &Context = self.world.system();
        let read = pollster::block_on(ctx.store.standing(&ctx.caller, self.id)).unwrap();
        let standing = read.data.unwrap();
        assert_eq!(standing.sandbox.executing, standing.open.as_ref().map(Execution::id));
        assert!(standing.sandbox.state.is_alive() || standing.open.is_none());
        standing.sandbox.state
    }

    fn execution(&self, id: ExecutionId) -> Execution {
        let ctx: &Context = self.world.system();
        let read = pollster::block_on(ctx.store.execution(&ctx.caller, self.id, id)).unwrap();
        read.data.unwrap().0
    }

    fn is_failed(&mut self) -> String {
        match self.end() {
            SandboxState::Failed { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    }
}

fn loss(state: &ExecutionState) -> ExecutionLoss {
    match state {
        ExecutionState::Lost { reason, .. } => *reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn commands_are_handed_over_one_by_one_and_their_ends_written_down() {
    let mut place = Place::new();
    let early = place.ask("echo early");
    place.world.script.exit = Some(StepExit::Code { code: 3 });
    place.world.script.lines = 4;
    place.go(20, |service| service.phase == ServicePhase::Idle && service.after == 4);
    let done = place.execution(early);
    assert!(matches!(done.state, ExecutionState::Exited { code: 3, limit: None, .. }), "{done:?}");
    assert_eq!(done.output.through, Some(4));
    let mut lines = 4;
    for (exit, hit, code, limit) in [
        (StepExit::Signal { signal: 9 }, vec![Limit::Output], 137, None),
        (StepExit::Limit { limit: Limit::Memory }, vec![], 137, Some(LimitKind::Memory)),
        (StepExit::Code { code: 1 }, vec![Limit::Disk], 1, Some(LimitKind::Disk)),
        (StepExit::Code { code: 2 }, vec![Limit::Processes], 2, Some(LimitKind::Processes)),
        (StepExit::Code { code: 0 }, vec![Limit::Disk], 0, None),
    ] {
        place.world.script.limits_hit = hit;
        let id = place.ask("something");
        (lines, place.world.script.lines) = (lines + 1, lines + 1);
        place.world.script.exit = Some(exit);
        place.go(20, |service| service.phase == ServicePhase::Idle && service.after == lines);
        let state = place.execution(id).state;
        assert!(
            matches!(state, ExecutionState::Exited { code: c, limit: l, .. } if c == code && l == limit),
            "{state:?}"
        );
    }
    let id = place.ask("sleep");
    place.world.script.exit = Some(StepExit::TimedOut);
    place.go(3, |_| false);
    let state = place.execution(id).state;
    assert!(matches!(state, ExecutionState::TimedOut { limit_ms: 10_000, .. }), "{state:?}");
    assert_eq!(place.world.script.execs.len(), 7);
    assert!(matches!(place.state(), SandboxState::Ready { .. }));
}

#[test]
fn it_ends_by_itself_also_while_a_command_executes_or_the_host_is_full() {
    let (mut place, id) = Place::executing();
    place.world.script.lines = 7;
    assert!(matches!(place.end(), SandboxState::Stopped { .. }));
    assert!(place.world.passed_ms() < TTL_MS + 10_000, "{} ms", place.world.passed_ms());
    let execution = place.execution(id);
    assert_eq!(loss(&execution.state), ExecutionLoss::Expired);
    assert_eq!(execution.output.through, Some(7), "what it printed is kept");
    assert_eq!((place.world.script.cancels, place.world.script.cleanups), (1, 1));

    let mut place = Place::idle();
    assert!(matches!(place.end(), SandboxState::Stopped { .. }));
    assert!(place.waits.iter().filter(|wait| **wait < 1_000).count() < 20, "{:?}", place.waits);

    let mut place = Place::new();
    let id = place.ask("true");
    place.world.script.is_full = true;
    assert!(matches!(place.end(), SandboxState::Stopped { .. }));
    assert_eq!(loss(&place.execution(id).state), ExecutionLoss::Expired);
}

#[test]
fn a_stop_ends_the_command_within_seconds_wherever_it_is() {
    let (mut place, id) = Place::executing();
    place.go(10, |_| false);
    place.stop();
    let before = place.world.passed_ms();
    assert!(matches!(place.end(), SandboxState::Stopped { .. }));
    assert!(place.world.passed_ms() - before < 5_000, "{} ms", place.world.passed_ms() - before);
    assert_eq!(loss(&place.execution(id).state), ExecutionLoss::Stopped);

    let mut place = Place::new();
    place.world.script.is_full = true;
    place.go(3, |_| false);
    place.stop();
    let before = place.world.passed_ms();
    assert!(matches!(place.end(), SandboxState::Stopped { .. }));
    assert!(place.world.passed_ms() - before < 5_000, "{} ms", place.world.passed_ms() - before);
}

#[test]
fn a_host_that_loses_it_fails_it_with_a_reason_and_the_command_is_lost() {
    for reason in [
        JailLoss::RunnerRestarted,
        JailLoss::JailDied { detail: "its first process ended".to_owned() },
        JailLoss::OutOfMemory,
    ] {
        let (mut place, id) = Place::executing();
        place.world.script.loss = Some(reason);
        place.is_failed();
        assert_eq!(loss(&place.execution(id).state), ExecutionLoss::SandboxLost);
    }
    // Between two commands.
    let mut place = Place::idle();
    place.world.script.loss = Some(JailLoss::RunnerRestarted);
    let id = place.ask("true");
    assert!(place.is_failed().contains("restarted"));
    assert_eq!(loss(&place.execution(id).state), ExecutionLoss::SandboxLost);
    // One that it doesn't know any more comes back empty: its files are gone.
    let mut place = Place::idle();
    place.world.script.has_source = false;
    place.service = Service::begin(place.id);
    assert!(place.is_failed().contains("lost"));
    // It never answers again.
    let (mut place, id) = Place::executing();
    place.world.script.is_gone = true;
    place.is_failed();
    assert_eq!(loss(&place.execution(id).state), ExecutionLoss::SandboxLost);
    let is_soon = place.execution(id).state.since().ms_since(place.execution(id).requested_at);
    assert!(is_soon < 60_000, "the command is said to be lost long before the host is given up");
}

#[test]
fn a_rejected_source_fails_it_with_the_host_s_reason() {
    let mut place = Place::new();
    place.world.script.is_source_bad = true;
    assert!(place.is_failed().contains("absolute"));
}

#[test]
fn whoever_begins_anew_goes_on_and_executes_nothing_twice() {
    let (mut place, id) = Place::executing();
    place.world.script.lines = 3;
    // Everything that was remembered is lost, again and again.
    for _ in 0..3 {
        place.service = Service::begin(place.id);
        place.go(4, |_| false);
    }
    assert_eq!(place.world.script.execs.len(), 1, "{:?}", place.world.script.execs);
    place.service = Service::begin(place.id);
    place.world.script.exit = Some(StepExit::Code { code: 0 });
    place.go(6, |_| false);
    assert!(matches!(place.execution(id).state, ExecutionState::Exited { code: 0, .. }));
    let text = serde_json::to_value(&place.service).unwrap();
    assert!(Service::recalled(&text.to_string()).is_some());
    assert!(Service::recalled("{\"sandbox\":\"of an older shape\"}").is_none());
    // The host ended it and nobody heard, until its time was over.
    place.world.clock.forward(TTL_MS);
    place.service = Service::begin(place.id);
    assert!(matches!(place.end(), SandboxState::Stopped { .. }));
}

#[test]
fn a_database_that_is_out_is_waited_for() {
    let (mut place, id) = Place::executing();
    place.world.is_database_out.store(true, std::sync::atomic::Ordering::Relaxed);
    place.world.script.exit = Some(StepExit::Code { code: 0 });
    place.waits.clear();
    place.go(8, |_| false);
    assert!(place.waits.is_sorted() && place.waits.last() == Some(&15_000), "{:?}", place.waits);
    place.world.is_database_out.store(false, std::sync::atomic::Ordering::Relaxed);
    place.go(3, |_| false);
    assert!(matches!(place.execution(id).state, ExecutionState::Exited { code: 0, .. }));
}
