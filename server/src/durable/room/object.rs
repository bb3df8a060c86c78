//! The room itself.

use std::cell::Cell;
use std::time::Duration;

use app::live::protocol::{FromBrowser, FromServer, MAX_FROM_BROWSER_BYTES, PING};
use domain::clock::Clock;
use domain::ids::{RunId, SessionId, WorkspaceId};
use futures_util::future::select;
use serde::{Deserialize, Serialize};
use worker::{
    Delay, DurableObject, Env, Error, Request, Response, Result, State, WebSocket,
    WebSocketIncomingMessage, WebSocketPair, WebSocketRequestResponsePair, durable_object,
};

use super::attachment::Attachment;
use super::feed::{self, EVENTS_PER_MESSAGE, Feed};
use super::sending::{close, send, send_feed};
use super::waiting::Waiting;
use super::{RoomCommand, TOO_MANY_SOCKETS, VISITOR, Visitor};
use crate::clock::PlatformClock;
use crate::durable::call::{answer, recall, remember};
use crate::durable::{call, run_hook, unknown_command};
use crate::telemetry;

/// The newest event that the room knows of.
const NEWEST: &str = "newest";
/// How soon to try again when D1 didn't answer, in milliseconds; twice as long each time.
const AGAIN_MS: i64 = 1_000;
/// How often to try again by itself.
const MOST_FAILURES: u32 = 6;
/// Most sockets of one session: a tab has one.
const SOCKETS_PER_SESSION: usize = 64;
/// Set while a broadcast is owed: the alarm pays it.
const OWED: &str = "owed";
/// Most messages of events that one broadcast sends; the next goes on.
const ROUNDS: u32 = 40;

/// A place in the log after which there is nothing: reads sessions and the newest number only.
const NO_EVENTS: i64 = 1 << 52;

/// Close codes, as the browser's side knows them.
pub(super) const SIGNED_OUT: u16 = 4401;
const POLICY: u16 = 1008;
const TOO_BIG: u16 = 1009;

/// A broadcast that is still to be made.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Owed {
    workspace: WorkspaceId,
    /// How often in a row it couldn't be.
    failures: u32,
}

/// Live updates of one workspace.
#[durable_object]
pub struct WebSocketRoom {
    state: State,
    env: Env,
    /// How often in a row D1 didn't answer.
    failures: Cell<u32>,
    /// Programs that wait for the log to grow.
    waiting: Waiting,
}

impl WebSocketRoom {
    fn accept(&self, request: &Request) -> Result<Response> {
        let visitor = request.headers().get(VISITOR)?;
        let Some(visitor) = visitor.and_then(|text| serde_json::from_str::<Visitor>(&text).ok())
        else {
            return Response::error("no visitor", 400);
        };
        let session = visitor.session.to_string();
        if self.state.get_websockets_with_tag(&session).len() >= SOCKETS_PER_SESSION {
            return Response::error("too many sockets", TOO_MANY_SOCKETS);
        }
        let pair = WebSocketPair::new()?;
        self.state.accept_websocket_with_tags(&pair.server, &[&session]);
        Attachment::new(visitor).keep(&pair.server)?;
        Response::from_websocket(pair.client)
    }

    async fn obey(&self, command: RoomCommand) -> Result<()> {
        match command {
            RoomCommand::Nudge { workspace } => {
                self.waiting.wake();
                self.broadcast(workspace).await
            }
            RoomCommand::Wait { workspace, after, ms } => {
                self.wait(workspace, after, ms).await;
                Ok(())
            }
            RoomCommand::LogAdvanced { workspace, run, through } => {
                self.tell_followers(workspace, run, through).await
            }
        }
    }

    /// Waits until the log goes past a place, or so long. What grew before anybody waited for it is seen
    /// by looking, once the wait has begun; where that can't be done the time decides.
    async fn wait(&self, workspace: WorkspaceId, after: i64, ms: u32) {
        let nudge = self.waiting.next();
        let now = PlatformClock.now();
        let newest = feed::read(&self.env, workspace, NO_EVENTS, &[], now).await;
        if newest.is_ok_and(|feed| feed.newest > after) {
            return;
        }
        select(nudge, Delay::from(Duration::from_millis(ms.into()))).await;
    }

    /// Sends every socket what it hasn't been sent.
    async fn broadcast(&self, workspace: WorkspaceId) -> Result<()> {
        for _ in 0..ROUNDS {
            let listeners = self.listeners();
            if listeners.is_empty() {
                return Ok(());
            }
            // One that hasn't said hello is sent nothing, but closed with its session.
            let from = listeners.iter().filter_map(|(_, known)| known.cursor).min();
            let from = from.unwrap_or(NO_EVENTS);
            let Some(feed) = self.feed(workspace, from, &listeners).await? else {
                return Ok(());
            };
            self.set_newest(feed.newest).await?;
            send_feed(&listeners, &feed).await?;
            if feed.events.len() < usize::try_from(EVENTS_PER_MESSAGE).unwrap_or(usize::MAX) {
                return Ok(());
            }
        }
        remember(&self.state, OWED, &Owed { workspace, failures: 0 }).await?;
        self.state.storage().set_alarm(0_i64).await
    }

    /// Reads; when D1 doesn't answer, an alarm tries again.
    async fn feed(
        &self,
        workspace: WorkspaceId,
        after: i64,
        listeners: &[(WebSocket, Attachment)],
    ) -> Result<Option<Feed>> {
        let mut sessions: Vec<SessionId> =
            listeners.iter().map(|(_, known)| known.visitor.session).collect();
        sessions.sort_unstable();
        sessions.dedup();
        match feed::read(&self.env, workspace, after, &sessions, PlatformClock.now()).await {
            Ok(feed) => {
                self.failures.set(0);
                Ok(Some(feed))
            }
            // What can't be read now can't be read later either.
            Err(domain::Error::Internal) => Ok(None),
            Err(_) => {
                self.owe_after_failure(workspace).await?;
                Ok(None)
            }
        }
    }

    /// Tries again later each time, and at last leaves it to the sweeper, which nudges too.
    async fn owe_after_failure(&self, workspace: WorkspaceId) -> Result<()> {
        let failures = self.failures.get();
        if failures >= MOST_FAILURES {
            self.failures.set(0);
            return Ok(());
        }
        let failures_now = failures.saturating_add(1);
        self.failures.set(failures_now);
        remember(&self.state, OWED, &Owed { workspace, failures: failures_now }).await?;
        self.state.storage().set_alarm(AGAIN_MS.saturating_mul(1 << failures)).await
    }

    async fn tell_followers(&self, workspace: WorkspaceId, run: RunId, through: u64) -> Result<()> {
        let run = run.to_string();
        let mut followers = self.listeners();
        followers.retain(|(_, known)| known.topics.contains(&run));
        if followers.is_empty() {
            return Ok(());
        }
        let Some(feed) = self.feed(workspace, NO_EVENTS, &followers).await? else {
            return Ok(());
        };
        let text = serde_json::to_string(&FromServer::LogAdvanced { run, through })?;
        for (socket, known) in &followers {
            if feed.valid.contains(&known.visitor.session) {
                send(socket, &text);
            } else {
                close(socket, SIGNED_OUT, "signed out");
            }
        }
        Ok(())
    }

    /// Sockets that are open, with what is known of them.
    fn listeners(&self) -> Vec<(WebSocket, Attachment)> {
        let sockets = self.state.get_websockets().into_iter();
        sockets.filter_map(|socket| Attachment::of(&socket).map(|known| (socket, known))).collect()
    }

    /// Remembers the newest event and puts it into the answer to pings, which wakes nobody up.
    async fn set_newest(&self, newest: i64) -> Result<()> {
        let pong = serde_json::to_string(&FromServer::Pong { newest })?;
        let known = self.state.get_websocket_auto_response().map(|pair| pair.response());
        if known.as_deref() == Some(pong.as_str()) {
            return Ok(());
        }
        remember(&self.state, NEWEST, &newest).await?;
        let pair = WebSocketRequestResponsePair::new(PING, &pong)?;
        self.state.set_websocket_auto_response(&pair);
        Ok(())
    }

    async fn hear(&self, socket: &WebSocket, message: WebSocketIncomingMessage) -> Result<()> {
        let WebSocketIncomingMessage::String(text) = message else {
            close(socket, POLICY, "text only");
            return Ok(());
        };
        if text.len() > MAX_FROM_BROWSER_BYTES {
            close(socket, TOO_BIG, "too long");
            return Ok(());
        }
        let Some(mut known) = Attachment::of(socket) else {
            close(socket, SIGNED_OUT, "unknown");
            return Ok(());
        };
        if known.is_flooding(PlatformClock.now().0) {
            close(socket, POLICY, "too many messages");
            return Ok(());
        }
        if text == PING {
            // Before the first broadcast there is no automatic answer.
            known.keep(socket)?;
            return self.answer_ping(socket, &known).await;
        }
        let Ok(FromBrowser::Hello { cursor, topics }) = serde_json::from_str(&text) else {
            close(socket, POLICY, "not understood");
            return Ok(());
        };
        // D1 takes no number beyond these: reading after one would fail for ever.
        if !(0..NO_EVENTS).contains(&cursor) {
            close(socket, POLICY, "no such place");
            return Ok(());
        }
        known.follow(cursor, topics);
        known.keep(socket)?;
        self.catch_up(socket, known).await
    }

    async fn answer_ping(&self, socket: &WebSocket, known: &Attachment) -> Result<()> {
        let one = [(socket.clone(), known.clone())];
        let Some(feed) = self.feed(known.visitor.workspace, NO_EVENTS, &one).await? else {
            return Ok(());
        };
        if !feed.valid.contains(&known.visitor.session) {
            close(socket, SIGNED_OUT, "signed out");
            return Ok(());
        }
        self.set_newest(feed.newest).await?;
        send(socket, &serde_json::to_string(&FromServer::Pong { newest: feed.newest })?);
        Ok(())
    }

    /// Sends one socket everything after its cursor, in as many messages as it takes.
    async fn catch_up(&self, socket: &WebSocket, mut known: Attachment) -> Result<()> {
        let workspace = known.visitor.workspace;
        let mut is_first = true;
        for _ in 0..ROUNDS {
            let from = known.cursor.unwrap_or_default();
            let one = [(socket.clone(), known.clone())];
            let Some(feed) = self.feed(workspace, from, &one).await? else {
                return Ok(());
            };
            self.set_newest(feed.newest).await?;
            // A broadcast may have come in between: what it sent isn't sent again.
            match Attachment::of(socket) {
                Some(now) if now.cursor == known.cursor => {}
                Some(now) => {
                    known = now;
                    continue;
                }
                None => return Ok(()),
            }
            if is_first && feed.events.is_empty() && feed.valid.contains(&known.visitor.session) {
                let nothing = FromServer::Events { events: vec![], newest: feed.newest };
                send(socket, &serde_json::to_string(&nothing)?);
                return Ok(());
            }
            is_first = false;
            send_feed(&one, &feed).await?;
            if feed.events.len() < usize::try_from(EVENTS_PER_MESSAGE).unwrap_or(usize::MAX) {
                return Ok(());
            }
            known.cursor = feed.events.last().map(|event| event.seq);
        }
        remember(&self.state, OWED, &Owed { workspace, failures: 0 }).await?;
        self.state.storage().set_alarm(0_i64).await
    }

    async fn pay(&self) -> Result<()> {
        let owed: Option<Owed> = recall(&self.state, OWED).await?;
        self.state.storage().delete(OWED).await?;
        match owed {
            Some(Owed { workspace, failures }) => {
                self.failures.set(failures);
                self.broadcast(workspace).await
            }
            None => Ok(()),
        }
    }
}

impl DurableObject for WebSocketRoom {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, failures: Cell::new(0), waiting: Waiting::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        run_hook(&request, &self.env);
        if request.path() == "/connect" {
            return self.accept(&request);
        }
        match call::command(&mut request).await {
            Some(command) => {
                self.obey(command).await?;
                answer(&())
            }
            None => unknown_command(),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        // Never an error: the platform gives up on an alarm that fails too often.
        if let Err(error) = self.pay().await {
            telemetry::log_error("alarm", None, &error);
        }
        Response::empty()
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> Result<()> {
        if let Err(error) = self.hear(&socket, message).await {
            telemetry::log_error("socket_message", None, &error);
        }
        Ok(())
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        _code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> Result<()> {
        close(&socket, 1000, "");
        Ok(())
    }

    async fn websocket_error(&self, _socket: WebSocket, error: Error) -> Result<()> {
        telemetry::log_error("socket", None, &error);
        Ok(())
    }
}
