//! Live updates of one workspace, to every browser that watches it.
//!
//! A nudge may be lost, doubled or late: the room reads D1 past what each socket was sent and
//! sends in order. It sleeps between messages; what it knows of a socket is in the socket's
//! attachment.

mod attachment;
mod feed;
mod object;
mod sending;
mod waiting;

use std::time::Duration;

use domain::ids::{RunId, SessionId, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};
use worker::{Env, Headers, Method, Request, RequestInit, Response};

use super::call::{CallError, call, call_within, within};
use crate::telemetry;

const BINDING: &str = "WEB_SOCKET_ROOM";
/// How much longer than it was asked to a room may take to answer who waits.
const SLACK: Duration = Duration::from_secs(2);
/// Where a checked upgrade is handed over.
const CONNECT: &str = "https://do/connect";
/// The header that says who connects. Only the Worker can reach an object, so it can be believed.
const VISITOR: &str = "x-visitor";

/// How a room answers a session that has as many sockets as it may.
pub const TOO_MANY_SOCKETS: u16 = 429;

/// What a room is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub(crate) enum RoomCommand {
    /// The workspace's log grew.
    Nudge {
        /// The workspace.
        workspace: WorkspaceId,
    },
    /// Answer once the workspace's log goes past a place, or after a time.
    Wait {
        /// The workspace.
        workspace: WorkspaceId,
        /// The place.
        after: i64,
        /// The time, in milliseconds.
        ms: u32,
    },
    /// A run's log grew.
    LogAdvanced {
        /// The workspace.
        workspace: WorkspaceId,
        /// The run.
        run: RunId,
        /// The newest line's number.
        through: u64,
    },
}

/// Who opens a socket: a person whose session the Worker has just checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    /// Their session, looked at again before anything is sent.
    pub session: SessionId,
    /// The person.
    pub user: UserId,
    /// The workspace that the session has open.
    pub workspace: WorkspaceId,
}

/// Tells a workspace's room that its log grew. A failure does no harm: the sweeper nudges too.
pub(crate) async fn nudge(env: &Env, workspace: WorkspaceId) {
    tell(env, workspace, &RoomCommand::Nudge { workspace }).await;
}

/// Tells a workspace's room that a run's log grew.
pub(crate) async fn log_advanced(env: &Env, workspace: WorkspaceId, run: RunId, through: u64) {
    tell(env, workspace, &RoomCommand::LogAdvanced { workspace, run, through }).await;
}

/// Waits until a workspace's log goes past a place, or so many milliseconds have passed.
///
/// # Errors
/// When the room doesn't answer.
pub(crate) async fn wait(
    env: &Env,
    workspace: WorkspaceId,
    after: i64,
    ms: u32,
) -> Result<(), CallError> {
    let command = RoomCommand::Wait { workspace, after, ms };
    let patience = Duration::from_millis(ms.into()).saturating_add(SLACK);
    call_within(patience, env, BINDING, &workspace.to_string(), &command).await
}

async fn tell(env: &Env, workspace: WorkspaceId, command: &RoomCommand) {
    let told: Result<(), CallError> = call(env, BINDING, &workspace.to_string(), command).await;
    if let Err(error) = told {
        telemetry::log_error("room_not_told", None, &error);
    }
}

/// Hands a socket's upgrade to the workspace's room. The caller has checked the session and the
/// request's origin.
///
/// # Errors
/// When the room doesn't answer.
pub async fn connect(env: &Env, visitor: &Visitor) -> Result<Response, CallError> {
    let headers = Headers::new();
    headers.set("upgrade", "websocket")?;
    headers.set(VISITOR, &serde_json::to_string(visitor)?)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers);
    let request = Request::new_with_init(CONNECT, &init)?;
    let stub = env.durable_object(BINDING)?.get_by_name(&visitor.workspace.to_string())?;
    within(&stub, request).await
}
