//! The socket itself.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use futures_core::Stream;
use futures_sink::Sink;
use gloo_net::websocket::{Message, State, futures::WebSocket};
use leptos::task::spawn_local;

use leptos::prelude::window;

use super::Page;
use super::refresh::workspace_of;
use crate::live::connection::Input;
use crate::live::protocol::{FromServer, LIVE_PATH};

/// A socket that is open or about to be.
pub struct Socket {
    socket: RefCell<Option<WebSocket>>,
    is_closing: Cell<bool>,
}

impl Socket {
    /// Opens a socket whose news go to `page`.
    pub fn open(page: &Rc<Page>) -> Option<Rc<Self>> {
        let origin = leptos::prelude::window().location().origin().ok()?;
        // `http` becomes `ws`, `https` becomes `wss`.
        let origin = origin.replacen("http", "ws", 1);
        let workspace = window().document().as_ref().and_then(workspace_of).unwrap_or_default();
        let url = format!("{origin}{LIVE_PATH}?workspace={workspace}");
        let socket = WebSocket::open(&url).ok()?;
        let this =
            Rc::new(Self { socket: RefCell::new(Some(socket)), is_closing: Cell::new(false) });
        spawn_local(Rc::clone(&this).listen(Rc::clone(page)));
        Some(this)
    }

    /// Sends a text; one that can't be sent any more is dropped, since the end is near.
    pub fn send(&self, text: String) {
        if let Some(socket) = self.socket.borrow_mut().as_mut() {
            let _ = Pin::new(socket).start_send(Message::Text(text));
        }
    }

    /// Closes it. The listener notices, also when the browser takes its time to say so.
    pub fn close(self: &Rc<Self>) {
        self.is_closing.set(true);
        // Dropping a socket of gloo-net closes it.
        self.socket.borrow_mut().take();
    }

    async fn listen(self: Rc<Self>, page: Rc<Page>) {
        if self.opened().await {
            page.take(Input::Opened);
            while let Some(text) = self.next().await {
                // A message of a newer protocol is no reason to stop listening.
                if let Ok(message) = serde_json::from_str::<FromServer>(&text) {
                    page.take(Input::Heard(message));
                }
            }
        }
        self.close();
        page.ended(&self);
    }

    /// Waits until it is open, or has failed.
    async fn opened(&self) -> bool {
        poll_fn(|context| match self.socket.borrow_mut().as_mut() {
            // One that failed counts as ready, too.
            Some(socket) => Pin::new(&mut *socket)
                .poll_ready(context)
                .map(|ready| ready.is_ok() && matches!(socket.state(), State::Open)),
            None => Poll::Ready(false),
        })
        .await
    }

    /// The next text; none when it has ended.
    async fn next(&self) -> Option<String> {
        poll_fn(|context| {
            let mut socket = self.socket.borrow_mut();
            let Some(socket) = socket.as_mut() else {
                return Poll::Ready(None);
            };
            Pin::new(socket).poll_next(context).map(|message| match message {
                Some(Ok(Message::Text(text))) => Some(text),
                // Binary messages aren't spoken here; errors and the end are the end.
                _ => None,
            })
        })
        .await
    }
}
