//! What happened to a task, one plain sentence an event.

use domain::Timestamp;
use domain::actor::Actor;
use domain::event::{Event, EventBody, Stream};
use domain::ids::{RunId, UserId, ValidationId};
use domain::run::{RunOutcome, RunState};
use domain::sandbox::SandboxState;
use domain::task::{TaskFailure, TaskState};
use domain::validation::{Validation, ValidationState};

use super::amounts::counted;
use super::states;

/// Heading.
pub const TITLE: &str = "Timeline";
/// What MonoTask does by itself.
pub const MONOTASK: &str = "MonoTask";
/// A task whose events are many shows the newest.
pub const OLDER: &str = "Older events aren't shown here.";

/// Whether a timeline has a line for an event: some only repeat what another one of the same moment
/// says better.
#[must_use]
pub fn is_told(event: &Event) -> bool {
    match &event.body {
        EventBody::RunQueued(_) | EventBody::RunClaimed { .. } => false,
        // What a person ends at once, their own line tells.
        EventBody::RunEnded { .. } => !matches!(event.actor, Actor::User(_)),
        _ => true,
    }
}

/// What a sentence needs to know besides its event.
pub trait Names {
    /// A person's name, or "You".
    fn person(&self, id: UserId) -> String;
    /// A run's number and state, if it is known.
    fn run(&self, id: RunId) -> Option<(i64, &RunState)>;
    /// The run that this person stopped at this moment, before it had begun.
    fn stopped(&self, by: UserId, at: Timestamp) -> Option<RunId>;
    /// What a validation demands.
    fn requirement(&self, id: ValidationId) -> Option<String>;
}

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who did it.
    pub actor: String,
    /// What they did, as it goes on after the name, without a full stop.
    pub text: String,
    /// What they said, if they did.
    pub quote: Option<String>,
}

/// The line of an event.
#[must_use]
pub fn entry(event: &Event, names: &dyn Names) -> Entry {
    let actor = match event.actor {
        Actor::User(id) => names.person(id),
        Actor::Run(id) => sentence_case(&run_name(id, names)),
        Actor::System => MONOTASK.to_owned(),
    };
    let quote = match &event.body {
        EventBody::TaskMoved { to: TaskState::ChangesRequested { reason, .. } } => {
            Some(reason.clone())
        }
        _ => None,
    };
    Entry { actor, text: text(event, names), quote }
}

fn text(event: &Event, names: &dyn Names) -> String {
    match &event.body {
        EventBody::TaskCreated(created) => {
            let stage = states::stage(created.state.stage()).label.to_lowercase();
            format!("wrote this task and put it in {stage}")
        }
        EventBody::TaskEdited { .. } => "edited the task".to_owned(),
        EventBody::TaskMoved { to } => moved(to, event, names),
        EventBody::ValidationsOpened { validations } => judged(validations),
        EventBody::ValidationDecided { verdict } => {
            let requirement =
                names.requirement(verdict.id).unwrap_or_else(|| "a requirement".to_owned());
            match verdict.rejected_because {
                None => format!("approved: {requirement}"),
                Some(_) => format!("didn't approve: {requirement}"),
            }
        }
        EventBody::ValidationsStaled { by } => {
            format!("set earlier verdicts aside, because {} began", run_name(*by, names))
        }
        body => about_a_run(event, body, names),
    }
}

fn moved(to: &TaskState, event: &Event, names: &dyn Names) -> String {
    let actor = event.actor;
    let run = |id: &RunId| run_name(*id, names);
    match to {
        TaskState::Backlog { .. } => "moved it to the backlog".to_owned(),
        TaskState::Ready { .. } => ready(event, names),
        TaskState::Running { run: id, .. } if matches!(actor, Actor::User(_)) => {
            format!("started {}", run(id))
        }
        TaskState::Running { run: id, .. } => {
            format!("started {} by itself, because the fault was passing", run(id))
        }
        TaskState::Validating { run: id, .. } => {
            format!("moved it to validating, because {} succeeded", run(id))
        }
        TaskState::Review { run: id, .. } => format!(
            "moved it to review, because {} succeeded and nothing in the gate failed",
            run(id)
        ),
        TaskState::ChangesRequested { .. } => "sent it back".to_owned(),
        TaskState::Done { run: id, .. } => format!("accepted what {} produced", run(id)),
        TaskState::Failed { run: id, cause: TaskFailure::RunFailed, .. } => {
            let how = names.run(*id).map_or("didn't succeed", |(_, state)| ended(state));
            format!("moved it to failed, because {} {how}", run(id))
        }
        TaskState::Failed { run: id, cause: TaskFailure::GateNotPassed, .. } => {
            format!("moved it to failed, because what {} produced didn't pass the gate", run(id))
        }
        TaskState::Cancelled { .. } => "gave it up".to_owned(),
    }
}

/// Ready by hand, or because its run was stopped: by the person at once while the run waited, later
/// by MonoTask once its processes had ended.
fn ready(event: &Event, names: &dyn Names) -> String {
    let Actor::User(by) = event.actor else {
        return "moved it back to ready, because its run was stopped".to_owned();
    };
    match names.stopped(by, event.at) {
        Some(id) => format!("stopped {} before it had begun", run_name(id, names)),
        None => "marked it as ready".to_owned(),
    }
}

const fn ended(state: &RunState) -> &'static str {
    match state {
        RunState::Failed { .. } => "failed",
        RunState::TimedOut { .. } => "took too long",
        RunState::Lost { .. } => "was lost",
        RunState::Cancelled { .. } => "was stopped",
        _ => "didn't succeed",
    }
}

fn judged(validations: &[Validation]) -> String {
    let count = |wanted: fn(&ValidationState) -> bool| {
        validations.iter().filter(|validation| wanted(&validation.state)).count() as u64
    };
    let parts = [
        (count(|s| matches!(s, ValidationState::Passed { .. })), "passed"),
        (count(|s| matches!(s, ValidationState::Failed { .. })), "failed"),
        (count(|s| matches!(s, ValidationState::AwaitingReview { .. })), "needs a person"),
    ];
    let told: Vec<_> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    let requirements = counted(validations.len() as u64, "requirement", "requirements");
    format!("judged {requirements} of the gate: {}", told.join(", "))
}

/// Events of a run's or a sandbox's own stream, where a timeline holds them.
fn about_a_run(event: &Event, body: &EventBody, names: &dyn Names) -> String {
    let run = || match event.stream {
        Stream::Run(id) => run_name(id, names),
        _ => "the run".to_owned(),
    };
    match body {
        EventBody::RunQueued(queued) => format!("queued run {}", queued.attempt),
        EventBody::RunClaimed { .. } => format!("asked for a sandbox for {}", run()),
        EventBody::RunStarted => format!("began with the first step of {}", run()),
        EventBody::RunCancelRequested => format!("asked to stop {}", run()),
        EventBody::EvidenceCaptured { evidence, added } => {
            let files = counted(evidence.len() as u64, "file", "files");
            if *added { format!("added {files} to {}", run()) } else { format!("kept {files}") }
        }
        EventBody::RunEnded { outcome: RunOutcome::Lost } => {
            format!("gave {} up for lost: its lease expired", run())
        }
        EventBody::RunEnded { outcome } => outcome_words(outcome).to_owned(),
        EventBody::LateReportRecorded { outcome } => {
            format!("reported after its end that it {}; nothing was changed", late(outcome))
        }
        EventBody::SandboxRequested(_) => "asked for a sandbox".to_owned(),
        EventBody::SandboxMoved { to, .. } => format!("sandbox {}", sandbox_words(to)),
        other => other.name().replace('_', " "),
    }
}

const fn outcome_words(outcome: &RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Succeeded { .. } => "ended: every step succeeded",
        RunOutcome::Failed { .. } => "ended: it failed",
        RunOutcome::Cancelled { .. } => "ended: it was stopped",
        RunOutcome::TimedOut { .. } => "ended: it took longer than its limit",
        RunOutcome::Lost => "ended: nobody heard from it any more",
    }
}

const fn late(outcome: &RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Succeeded { .. } => "had succeeded",
        RunOutcome::Failed { .. } => "had failed",
        RunOutcome::Cancelled { .. } => "was stopped",
        RunOutcome::TimedOut { .. } => "took too long",
        RunOutcome::Lost => "was lost",
    }
}

fn sandbox_words(state: &SandboxState) -> String {
    states::sandbox(state).meaning.to_lowercase()
}

/// "run 3", for the middle of a sentence.
fn run_name(id: RunId, names: &dyn Names) -> String {
    names.run(id).map_or_else(|| "an earlier run".to_owned(), |(n, _)| format!("run {n}"))
}

fn sentence_case(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
