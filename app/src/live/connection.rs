//! The live connection as a state machine: what it hears goes in, what is to be done comes out.
//! Sockets, timers and the page itself belong to the platform.

use domain::Timestamp;

use super::backoff::Backoff;
use super::cursor::{Cursor, Receipt};
use super::protocol::FromServer;

/// A socket that said nothing for so long is dead, whatever it claims. Two pings and a bit.
const SILENCE_MS: i64 = 60_000;
/// How often a page asks for itself while no socket is to be had.
const POLL_MS: u32 = 20_000;

/// What a visitor is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not yet connected for the first time.
    Connecting,
    /// The page shows everything that has happened.
    Live,
    /// Connected; the page is being brought up to date.
    CatchingUp,
    /// Not connected: the page may have been overtaken.
    Stale {
        /// Since when nothing is known.
        since: Timestamp,
    },
    /// The page isn't there for this visitor any more: signed out, gone, or forbidden by now.
    Gone,
    /// The visitor has another workspace open by now: the page shows one that isn't.
    Elsewhere,
}

/// What happened to the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The socket opened.
    Opened,
    /// The room said something.
    Heard(FromServer),
    /// The socket closed, or couldn't be opened.
    Closed,
    /// Time for a ping.
    Tick,
    /// The page was fetched again and shows everything up to this `seq`.
    Refreshed(i64),
    /// The page couldn't be fetched.
    RefreshFailed,
    /// The page's address answers otherwise now.
    Elsewhere,
    /// The page's address shows another workspace now.
    OtherWorkspace,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send `Hello` with this cursor.
    Hello(i64),
    /// Send a ping.
    Ping,
    /// Give the socket up; its end is then an [`Input::Closed`].
    Drop,
    /// Fetch the page and bring it up to date, soon and not twice at once.
    Refresh,
    /// Open a new socket after these milliseconds.
    Reconnect(u32),
    /// Tell the page's log views about new lines.
    LogAdvanced {
        /// The run.
        run: String,
        /// The newest line's number.
        through: u64,
    },
}

/// A page's connection.
#[derive(Clone, Debug)]
pub struct Connection {
    cursor: Cursor,
    backoff: Backoff,
    link: Link,
    /// Until when the page is known to have been true.
    true_until: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Never open yet, or not open any more.
    Down { was_up: bool },
    /// Open, greeted, and the room's answer is awaited.
    Greeted { heard_at: Timestamp },
    /// Open and answered.
    Up { heard_at: Timestamp },
    /// Given up: there is nothing left to follow.
    Gone,
    /// Given up: another workspace is open.
    Elsewhere,
}

impl Connection {
    /// The connection of a page that was rendered at `seq`.
    #[must_use]
    pub fn of_page(seq: i64, now: Timestamp) -> Self {
        Self {
            cursor: Cursor::rendered_at(seq),
            backoff: Backoff::default(),
            link: Link::Down { was_up: false },
            true_until: now,
        }
    }

    /// What the visitor is told now.
    #[must_use]
    pub fn status(&self) -> Status {
        match self.link {
            Link::Down { was_up: false } if !self.backoff.is_hopeless() => Status::Connecting,
            Link::Down { .. } => Status::Stale { since: self.true_until },
            Link::Gone => Status::Gone,
            Link::Elsewhere => Status::Elsewhere,
            Link::Up { .. } if !self.cursor.is_behind() => Status::Live,
            Link::Greeted { .. } | Link::Up { .. } => Status::CatchingUp,
        }
    }

    /// Takes what happened and gives what is to be done. `random` spreads reconnections.
    pub fn take(&mut self, input: Input, now: Timestamp, random: u32) -> Vec<Action> {
        if matches!(self.link, Link::Gone | Link::Elsewhere) {
            return vec![];
        }
        match input {
            Input::Opened => {
                self.link = Link::Greeted { heard_at: now };
                vec![Action::Hello(self.cursor.known())]
            }
            Input::Heard(message) => self.hear(message, now),
            Input::Closed => self.close(random),
            Input::Tick => self.tick(now),
            Input::Refreshed(seq) => {
                self.cursor.show(seq);
                self.note_truth(now);
                self.refresh_if_behind()
            }
            // The next event, pong or poll tries again; asking at once would hammer.
            Input::RefreshFailed => vec![],
            Input::Elsewhere => {
                self.link = Link::Gone;
                vec![Action::Drop]
            }
            Input::OtherWorkspace => {
                self.link = Link::Elsewhere;
                vec![Action::Drop]
            }
        }
    }

    fn hear(&mut self, message: FromServer, now: Timestamp) -> Vec<Action> {
        let was_up = matches!(self.link, Link::Up { .. });
        self.backoff.succeed();
        self.link = Link::Up { heard_at: now };
        let actions = match message {
            FromServer::Events { events, newest } => {
                match self.cursor.receive(events.iter().map(|event| event.seq), newest) {
                    Receipt::Gap if was_up => vec![Action::Hello(self.cursor.known())],
                    // The answer to `Hello` itself has a gap: only the page can tell the rest.
                    Receipt::Gap => vec![Action::Refresh],
                    Receipt::Advanced | Receipt::Known => self.refresh_if_behind(),
                }
            }
            FromServer::LogAdvanced { run, through } => {
                if !was_up {
                    self.link = Link::Greeted { heard_at: now };
                }
                return vec![Action::LogAdvanced { run, through }];
            }
            FromServer::Pong { newest } => {
                self.cursor.hear_of(newest);
                let mut actions = vec![];
                if self.cursor.is_missing_some() {
                    actions.push(Action::Hello(self.cursor.known()));
                }
                actions.extend(self.refresh_if_behind());
                actions
            }
        };
        if actions.contains(&Action::Hello(self.cursor.known())) {
            self.link = Link::Greeted { heard_at: now };
        }
        self.note_truth(now);
        actions
    }

    fn close(&mut self, random: u32) -> Vec<Action> {
        let was_up = !matches!(self.link, Link::Down { was_up: false });
        self.link = Link::Down { was_up };
        let wait = self.backoff.fail(random);
        if self.backoff.is_hopeless() {
            let wait = wait.max(POLL_MS.saturating_add(random % 4_000));
            return vec![Action::Refresh, Action::Reconnect(wait)];
        }
        vec![Action::Reconnect(wait)]
    }

    fn tick(&self, now: Timestamp) -> Vec<Action> {
        match self.link {
            Link::Down { .. } | Link::Gone | Link::Elsewhere => vec![],
            Link::Greeted { heard_at } | Link::Up { heard_at } => {
                if now.ms_since(heard_at) > SILENCE_MS {
                    return vec![Action::Drop];
                }
                vec![Action::Ping]
            }
        }
    }

    fn refresh_if_behind(&self) -> Vec<Action> {
        if self.cursor.is_behind() { vec![Action::Refresh] } else { vec![] }
    }

    // Only hearing from the Worker counts: a socket that died silently says nothing about now.
    fn note_truth(&mut self, now: Timestamp) {
        if !self.cursor.is_behind() {
            self.true_until = now;
        }
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
