//! Keeps an open page true: one socket, and the page's parts fetched again when something happened.
//! What is to be done is decided in [`crate::live::connection`]; this does it.

use std::cell::RefCell;
use std::rc::Rc;

use domain::Timestamp;
use leptos::prelude::{set_interval_with_handle, set_timeout};
use std::time::Duration;
use wasm_bindgen::JsCast;

use crate::live::Report;
use crate::live::connection::{Action, Connection, Input, Status};
use crate::live::protocol::{FromBrowser, MAX_TOPICS, PING, PING_EVERY_MS};

mod clock;
mod focus;
mod refresh;
mod regions;
mod socket;
mod window_events;

pub use clock::local_clock;
use refresh::Refresh;
use socket::Socket;

/// The name of the window's event that tells log views of new lines.
pub(super) const LOG_ADVANCED: &str = "monotask:log-advanced";

/// Keeps the page true from `seq` on and reports how it stands.
pub fn follow(seq: i64, report: impl Fn(Report) + 'static) {
    let page = Rc::new(Page {
        connection: RefCell::new(Connection::of_page(seq, now())),
        socket: RefCell::new(None),
        refresh: Refresh::of_page(),
        report: Box::new(report),
    });
    page.open();
    window_events::listen(&page);
    let ticking = Rc::clone(&page);
    let every = Duration::from_millis(PING_EVERY_MS.unsigned_abs().into());
    // The page lives as long as its document: nothing ever clears these.
    let _ = set_interval_with_handle(move || ticking.take(Input::Tick), every);
    let _ = set_interval_with_handle(clock::tell_times, Duration::from_secs(30));
}

/// An open page.
struct Page {
    connection: RefCell<Connection>,
    socket: RefCell<Option<Rc<Socket>>>,
    refresh: Refresh,
    report: Box<dyn Fn(Report)>,
}

impl Page {
    /// Takes what happened and does what it asks for.
    fn take(self: &Rc<Self>, input: Input) {
        let actions = self.connection.borrow_mut().take(input, now(), random());
        for action in actions {
            self.act(action);
        }
        (self.report)(Report::Status(self.connection.borrow().status()));
    }

    fn act(self: &Rc<Self>, action: Action) {
        match action {
            Action::Hello(cursor) => {
                let hello = FromBrowser::Hello { cursor, topics: topics() };
                if let (Some(socket), Ok(text)) =
                    (self.open_socket(), serde_json::to_string(&hello))
                {
                    socket.send(text);
                }
            }
            Action::Ping => {
                if let Some(socket) = self.open_socket() {
                    socket.send(PING.to_owned());
                }
            }
            Action::Drop => self.hang_up(),
            Action::Refresh => self.refresh.ask(self),
            Action::Reconnect(ms) => {
                let page = Rc::clone(self);
                set_timeout(move || page.open(), Duration::from_millis(ms.into()));
            }
            Action::LogAdvanced { run, .. } => announce_log(&run),
        }
    }

    /// Opens a socket unless there is one.
    fn open(self: &Rc<Self>) {
        let status = self.connection.borrow().status();
        let is_gone = matches!(status, Status::Gone | Status::Elsewhere);
        if is_gone || self.socket.borrow().is_some() || refresh::is_hidden() {
            return;
        }
        match Socket::open(self) {
            Some(socket) => *self.socket.borrow_mut() = Some(socket),
            None => self.take(Input::Closed),
        }
    }

    /// Closes the socket; its end arrives as [`Input::Closed`].
    fn hang_up(&self) {
        if let Some(socket) = self.open_socket() {
            socket.close();
        }
    }

    /// Notes that `socket` has ended.
    fn ended(self: &Rc<Self>, socket: &Rc<Socket>) {
        let is_current = self.open_socket().is_some_and(|current| Rc::ptr_eq(&current, socket));
        if is_current {
            *self.socket.borrow_mut() = None;
            self.take(Input::Closed);
        }
    }

    fn open_socket(&self) -> Option<Rc<Socket>> {
        self.socket.borrow().clone()
    }
}

/// The runs whose logs the page shows.
fn topics() -> Vec<String> {
    let Some(document) = leptos::prelude::window().document() else {
        return vec![];
    };
    let Ok(views) = document.query_selector_all("[data-log-run]") else {
        return vec![];
    };
    (0..views.length())
        .filter_map(|index| views.item(index)?.dyn_into::<web_sys::Element>().ok())
        .filter_map(|view| view.get_attribute("data-log-run"))
        .take(MAX_TOPICS)
        .collect()
}

/// Islands are separate roots: a log view hears of its run through the window.
fn announce_log(run: &str) {
    let init = web_sys::CustomEventInit::new();
    init.set_detail(&run.into());
    if let Ok(event) = web_sys::CustomEvent::new_with_event_init_dict(LOG_ADVANCED, &init) {
        // Fails only for an event that is being dispatched already.
        let _ = leptos::prelude::window().dispatch_event(&event);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a browser's clock fits for 285,000 years")]
fn now() -> Timestamp {
    Timestamp(js_sys::Date::now() as i64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "any 32 bits do: they only spread reconnections"
)]
fn random() -> u32 {
    (js_sys::Math::random() * f64::from(u32::MAX)) as u32
}
