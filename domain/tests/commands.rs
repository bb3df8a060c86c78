//! Random sequences of commands against the use cases, each compared with a small model of its own
//! and followed by the invariants. `MONOTASK_SEQUENCES` asks for more sequences than the suite tries.

mod support;

use domain::actor::Actor;
use domain::context::IdempotencyKey;
use domain::event::{Event, EventBody, Head, Stream};
use domain::ids::RunId;
use domain::project::{self, Project};
use domain::run::{EvidenceKind, Run, RunState};
use domain::sandbox::Sandbox;
use domain::task::{Task, TaskStage};
use domain::validation::Validation;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::command::{Action, Command, command};
use support::world::{SLOTS, World};

/// The way of a task, written down a second time.
fn may_follow(from: TaskStage, to: TaskStage) -> bool {
    use TaskStage::*;
    let next: &[TaskStage] = match from {
        Backlog => &[Ready, Cancelled],
        Ready => &[Backlog, Running, Cancelled],
        Running => &[Validating, Ready, Failed],
        Validating => &[Review, Failed],
        Review => &[Done, ChangesRequested, Cancelled],
        ChangesRequested | Failed => &[Ready, Running, Cancelled],
        Done => &[Ready],
        Cancelled => &[Backlog],
    };
    next.contains(&to)
}

/// Which stages a task may stand in after an accepted command about it; none when it stays.
fn expected(action: &Action) -> &'static [TaskStage] {
    use TaskStage::*;
    match action {
        Action::Move(0) => &[Backlog],
        Action::Move(1) => &[Ready],
        Action::Move(_) => &[Cancelled],
        Action::Start => &[Running],
        Action::Approve => &[Done],
        Action::Reject => &[ChangesRequested],
        _ => &[],
    }
}

fn replay<T>(
    events: &[Event],
    begin: fn(&Event) -> Option<T>,
    apply: fn(&mut T, &Event),
) -> Option<T> {
    let (first, rest) = events.split_first()?;
    let mut row = begin(first)?;
    rest.iter().for_each(|event| apply(&mut row, event));
    Some(row)
}

fn check_stream(world: &World, stream: Stream) {
    let state = world.store.state();
    let events = &state.streams[&stream];
    let mut head = Head::start();
    for event in events {
        let again =
            Event::next(&head, event.workspace, stream, event.actor, event.at, event.body.clone());
        assert_eq!(again.as_ref(), Ok(event), "dense and chained");
        head = event.head();
    }
    match stream {
        Stream::Task(id) => {
            assert_eq!(replay(events, Task::begin, Task::apply).as_ref(), state.tasks.get(&id));
            let stored: Vec<_> =
                state.validations.iter().filter(|v| v.task == id).cloned().collect();
            assert_eq!(Validation::replay(events), stored);
        }
        Stream::Run(id) => {
            let kept = events.iter().filter_map(|event| match &event.body {
                EventBody::EvidenceCaptured { evidence, added } => {
                    let by = added.then_some(event.actor);
                    Some(evidence.iter().map(move |file| (file.clone(), by)))
                }
                _ => None,
            });
            let rows = state.evidence.values().filter(|file| file.run == id);
            let mut kept: Vec<_> = kept.flatten().collect();
            kept.sort_by_key(|(file, _)| file.id);
            let rows: Vec<_> = rows.map(|row| (row.file.clone(), row.added_by)).collect();
            assert_eq!(kept, rows);
            let mut stored = state.runs[&id].clone();
            stored.lease = None;
            assert_eq!(replay(events, Run::begin, Run::apply), Some(stored));
        }
        Stream::Project(id) => {
            let row = replay(events, Project::begin, Project::apply);
            assert_eq!(row.as_ref(), state.projects.get(&id));
        }
        Stream::Sandbox(id) => {
            let row = replay(events, Sandbox::begin, Sandbox::apply);
            assert_eq!(row.as_ref(), state.sandboxes.get(&id));
        }
        Stream::Installation | Stream::Workspace(_) => {}
    }
}

/// What always holds, whatever was asked.
fn check_all(world: &World) {
    let state = world.store.state();
    for task in state.tasks.values() {
        let live: Vec<_> =
            state.runs.values().filter(|r| r.task == task.id && r.state.is_live()).collect();
        let is_running = task.state.stage() == TaskStage::Running;
        assert_eq!(live.len(), usize::from(is_running), "live runs of {task:?}");
        if is_running {
            assert_eq!(task.state.run(), live.first().map(|run| run.id));
        }
        assert_ne!(task.state.stage(), TaskStage::Validating, "judged in one batch");
        if let domain::task::TaskState::Done { by, run, .. } = &task.state {
            let run = &state.runs[run];
            let of_run: Vec<_> = state.validations.iter().filter(|v| v.run == run.id).collect();
            assert_eq!(of_run.len(), run.plan.gate.requirements.len());
            assert!(of_run.iter().all(|v| v.state.is_met()), "a done task with {of_run:?}");
            let needs_approval =
                run.plan.gate.requirements.iter().any(|r| r.rule == project::Rule::Approval);
            // Three people may decide here and at most two produce: nobody is alone.
            assert!(!needs_approval || !run.producers.include(*by), "a producer approved");
        }
    }
}

fn step(world: &mut World, command: &Command, key: Option<IdempotencyKey>) -> bool {
    let about_person = !matches!(
        command.action,
        Action::Claim
            | Action::Started
            | Action::Renew
            | Action::Finish { .. }
            | Action::Expire
            | Action::Settle(_)
            | Action::ApproveMeanwhile
            | Action::StartMeanwhile
            | Action::AttachMeanwhile
            | Action::Attach { by_run: true, .. }
    );
    let target = world.nth_task(command.task).map(|task| task.id);
    let before = world.store.state().log.len();
    let before_it = Judged::of(world);
    let ended: Vec<_> = {
        let state = world.store.state();
        state.runs.values().filter(|r| !r.state.is_live()).cloned().collect()
    };
    let is_live =
        target.and_then(|task| world.newest_run(task)).is_some_and(|run| run.state.is_live());
    let Some(accepted) = pollster::block_on(world.carry_out(command, key)) else {
        return false;
    };
    let reports = matches!(command.action, Action::Started | Action::Finish { .. });
    assert!(!(reports && command.wrong_token && is_live && accepted), "a zombie was heard");
    let events: Vec<Event> = world.store.state().log[before..].to_vec();
    assert!(accepted || events.is_empty(), "a refusal changed something");
    assert!(!(accepted && about_person && command.person == 3), "a viewer did something");
    assert!(!(command.stale && is_versioned(&command.action) && accepted), "a stale version won");
    if let Action::Attach { .. } = command.action {
        changes_nothing_judged(&before_it, world, &events);
    }
    for event in &events {
        follow(world, event);
        if matches!(event.body, EventBody::RunClaimed { .. }) {
            // Only now: a clock that goes back brings expired leases back.
            let state = world.store.state();
            let holds = |r: &&Run| r.lease.as_ref().is_some_and(|l| l.expires_at > world.now);
            let held = state.runs.values().filter(holds).count();
            assert!(held <= SLOTS, "{held} runs in {SLOTS} slots");
        }
    }
    let mut streams: Vec<_> = events.iter().map(|event| event.stream).collect();
    streams.dedup();
    for stream in streams {
        check_stream(world, stream);
    }
    for run in ended {
        assert_eq!(world.store.state().runs[&run.id].state, run.state, "an end changed");
    }
    let wanted = expected(&command.action);
    if let (true, Some(id)) = (accepted && !wanted.is_empty(), target) {
        let stage = world.store.state().tasks[&id].state.stage();
        assert!(wanted.contains(&stage), "{:?} made {stage:?}", command.action);
    }
    check_all(world);
    accepted
}

/// What a gate judged and what people decided.
#[derive(PartialEq, Debug)]
struct Judged {
    tasks: Vec<Task>,
    validations: Vec<Validation>,
    states: Vec<(RunId, RunState)>,
}

impl Judged {
    fn of(world: &World) -> Self {
        let state = world.store.state();
        Self {
            tasks: state.tasks.values().cloned().collect(),
            validations: state.validations.clone(),
            states: state.runs.values().map(|run| (run.id, run.state.clone())).collect(),
        }
    }
}

/// A file that is added is one event of its run, and nothing else: no verdict, no decision, no state
/// changes with it.
fn changes_nothing_judged(before: &Judged, world: &World, events: &[Event]) {
    assert_eq!(*before, Judged::of(world));
    for event in events {
        let EventBody::EvidenceCaptured { evidence, added: true } = &event.body else {
            panic!("{event:?}");
        };
        let gated = [EvidenceKind::TestReport, EvidenceKind::Diff];
        assert!(evidence.iter().all(|file| !gated.contains(&file.kind)), "{evidence:?}");
    }
}

fn is_versioned(action: &Action) -> bool {
    !expected(action).is_empty()
        || matches!(action, Action::Edit { .. } | Action::EditGate { .. } | Action::SetSource)
}

/// Moves the model along with an event, and holds the event to the model's table.
fn follow(world: &mut World, event: &Event) {
    let Stream::Task(id) = event.stream else { return };
    match &event.body {
        EventBody::TaskCreated(created) => {
            assert!(matches!(event.actor, Actor::User(_)));
            world.stages.insert(id, created.state.stage());
        }
        EventBody::TaskMoved { to } => {
            let from = world.stages.insert(id, to.stage()).expect("a known task");
            assert!(may_follow(from, to.stage()), "{from:?} became {to:?}");
        }
        _ => {}
    }
}

/// What a sequence reached, so that the suite can show that it isn't idling.
#[derive(Default)]
struct Reached {
    done: u32,
    ended: u32,
    repeats: u32,
    no_slots: u32,
    overtaken: u32,
}

fn run_sequence(commands: &[Command], reached: &mut Reached) {
    let mut world = World::open();
    let first = Command {
        action: Action::Create { ready: true },
        person: 1,
        task: 0,
        stale: false,
        wrong_token: false,
        repeat: false,
        after_ms: 0,
    };
    step(&mut world, &first, None);
    step(&mut world, &first, None);
    for (command, n) in commands.iter().zip(0u32..) {
        world.now = world.now.plus_ms(command.after_ms);
        let key = IdempotencyKey::parse(&format!("command-{n}"));
        let accepted = step(&mut world, command, key.clone());
        let about_others = matches!(
            command.action,
            Action::ApproveMeanwhile
                | Action::StartMeanwhile
                | Action::AttachMeanwhile
                | Action::Settle(_)
                | Action::Attach { by_run: true, .. }
        );
        if command.repeat && !about_others {
            let about_run = matches!(command.action, Action::Claim | Action::Started);
            let before = world.store.state().log.len();
            let was_answered = world
                .store
                .state()
                .answers
                .keys()
                .any(|(_, k)| Some(k.as_str()) == key.as_ref().map(IdempotencyKey::as_str));
            if was_answered || about_run {
                world.is_repeat = true;
                let again = pollster::block_on(world.carry_out(command, key));
                world.is_repeat = false;
                let is_new_task = matches!(command.action, Action::Create { .. });
                assert!(!accepted || is_new_task || again == Some(true), "no first answer");
                assert_eq!(world.store.state().log.len(), before, "a repeat did it again");
                reached.repeats += 1;
            }
        }
    }
    let people = world.people.len();
    assert_eq!(people, 4);
    let state = world.store.state();
    let done = state.tasks.values().filter(|t| t.state.stage() == TaskStage::Done).count();
    reached.done += u32::from(done > 0);
    reached.no_slots += world.no_slots.get();
    reached.overtaken += world.overtaken.get();
    reached.ended += u32::from(state.runs.values().any(|run| !run.state.is_live()));
}

fn run_sequences(cases: u32) -> Reached {
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let reached = std::cell::RefCell::new(Reached::default());
    TestRunner::new(config)
        .run(&prop::collection::vec(command(), 1..30), |commands| {
            run_sequence(&commands, &mut reached.borrow_mut());
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    reached.into_inner()
}

/// Fewest sequences that the suite tries.
const LEAST: u32 = 10_000;

#[test]
fn random_commands_keep_every_invariant() {
    let cases = std::env::var("MONOTASK_SEQUENCES").ok().and_then(|n| n.parse().ok());
    let cases: u32 = cases.unwrap_or(LEAST).max(LEAST);
    let halves = [cases / 2, cases - cases / 2];
    let threads = halves.map(|half| std::thread::spawn(move || run_sequences(half)));
    let (mut done, mut ended, mut repeats, mut no_slots, mut overtaken) = (0, 0, 0, 0, 0);
    for thread in threads {
        let reached = thread.join().expect("a sequence broke an invariant");
        done += reached.done;
        ended += reached.ended;
        repeats += reached.repeats;
        no_slots += reached.no_slots;
        overtaken += reached.overtaken;
    }
    println!(
        "sequences {cases}: {done} reach done, {ended} end a run, {repeats} repeats, {no_slots} \
         without a slot, {overtaken} overtaken"
    );
    assert!(done * 50 > cases && ended * 4 > cases, "the sequences reach too little");
    assert!(no_slots * 50 > cases && overtaken * 20 > cases, "too few met somebody else");
}
