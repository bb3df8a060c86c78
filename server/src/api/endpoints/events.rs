//! What happened in the workspace, in order.

use domain::actor::Actor;
use domain::actor::Member;
use domain::event::Event;
use domain::feed::{LONGEST_STRETCH, told};
use serde::Serialize;
use serde_json::Value;

use crate::api::{
    Answers, ApiAnswer, ApiError, Call, Endpoint, Moment, Parameter, ParameterKind, Shape, Tag,
};

/// How long a request waits for a nudge before it looks again by itself, in milliseconds: nudges may be
/// lost, and whoever lost the right to know is to be told so.
const LOOKS_EVERY_MS: i64 = 10_000;
/// The least time between two looks, in milliseconds: much may happen that isn't this reader's to know.
const LEAST_PAUSE_MS: u64 = 250;
/// The largest place in a log.
const FURTHEST: i64 = (1 << 53) - 1;

const AFTER: Parameter = Parameter {
    name: "after",
    about: "Only what came after this place in the log: `next` of the answer before, or 0.",
    kind: ParameterKind::Integer { least: 0, most: FURTHEST },
};
const LIMIT: Parameter = Parameter {
    name: "limit",
    about: "How many events are given at most; 50 unless given.",
    kind: ParameterKind::Integer { least: 1, most: 100 },
};
const WAIT: Parameter = Parameter {
    name: "wait",
    about: "How many seconds to wait for an event where there is none yet; 0 unless given.",
    kind: ParameterKind::Integer { least: 0, most: 25 },
};

/// The log.
pub const LIST: Endpoint = Endpoint {
    id: "list_events",
    summary: "Events in order, and those to come",
    about: "A reader that asks again after `next` misses nothing and gets nothing twice. Places in the \
            log are dense; a key that is for one project is given that project's events alone. With \
            `wait` the answer comes as soon as there is an event.",
    query: &[AFTER, LIMIT, WAIT],
    answers: Answers::Json(Shape::of::<EventList>()),
    ..Endpoint::get("/events", Tag::Events)
};

/// Events in order.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct EventList {
    items: Vec<EventResource>,
    /// What to ask `after` next.
    next: i64,
}

/// Something that happened.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Event"))]
struct EventResource {
    /// Its place in the workspace's log, from 1.
    seq: i64,
    /// The id of what it happened to.
    stream: String,
    /// Its number among that one's events, from 1.
    version: i64,
    /// What happened: `task_moved`.
    name: &'static str,
    /// The id of the person or the run that did it; null for MonoTask itself.
    actor: Option<String>,
    at: Moment,
    /// What else is known of it. Further fields may be added.
    body: Value,
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let after = call.query.integer(AFTER.name).unwrap_or(0);
    let limit = call.query.integer(LIMIT.name).unwrap_or(50);
    let limit = u32::try_from(limit).unwrap_or(1);
    let mut patience = call.query.integer(WAIT.name).unwrap_or(0).saturating_mul(1_000);
    let mut caller = call.ctx.caller.clone();
    let mut place = after;
    loop {
        // Each look is a request of its own: it holds nothing while it waits, and whoever was removed
        // meanwhile is told so.
        let read = call.ctx.store.events_page(&caller, place, limit).await?;
        let member = call.member(&read)?;
        let page = read.data.clone();
        place = page.through.max(place);
        let goes_on = place.saturating_sub(after) < LONGEST_STRETCH;
        if !page.events.is_empty() || patience <= 0 || !goes_on {
            let items = page.events.iter().map(|event| resource(event, member));
            let items = items.collect::<Result<_, ApiError>>()?;
            return ApiAnswer::json(&EventList { items, next: place });
        }
        let pause = u64::try_from(patience.min(LOOKS_EVERY_MS)).unwrap_or_default();
        let mut passed = call.services.nudges.past(member.workspace, place, pause).await;
        if let Some(rest) = LEAST_PAUSE_MS.checked_sub(passed).filter(|rest| *rest > 0) {
            call.services.waits.wait(rest).await;
            passed = LEAST_PAUSE_MS;
        }
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        patience = patience.saturating_sub(passed);
        caller.now = caller.now.plus_ms(passed);
    }
}

fn resource((seq, event): &(i64, Event), reader: &Member) -> Result<EventResource, ApiError> {
    let mut body = told(event, reader)?;
    if let Value::Object(fields) = &mut body {
        fields.remove("type");
    }
    Ok(EventResource {
        seq: *seq,
        stream: event.stream.to_string(),
        version: event.version,
        name: event.body.name(),
        actor: match event.actor {
            Actor::User(user) => Some(user.to_string()),
            Actor::Run(run) => Some(run.to_string()),
            Actor::System => None,
        },
        at: event.at.into(),
        body,
    })
}
