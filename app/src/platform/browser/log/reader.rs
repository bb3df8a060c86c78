//! Reading a run's log: page after page to its end, then again whenever there is more.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use leptos::prelude::{set_timeout, window};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::Pane;
use crate::live::backoff::Backoff;
use crate::live::log::Appended;
use crate::live::protocol::{LogPage, log_path};

/// How long to wait for a nudge before asking all the same: a nudge may be lost.
const PATIENCE_MS: u32 = 5_000;

/// What wakes a waiting reader.
#[derive(Default)]
pub struct Nudge {
    is_due: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Nudge {
    /// Wakes the reader, or keeps it from falling asleep.
    pub fn nudge(&self) {
        self.is_due.set(true);
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    async fn arrived(&self) {
        poll_fn(|context| {
            if self.is_due.replace(false) {
                return Poll::Ready(());
            }
            *self.waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Why a page of the log wasn't to be had.
enum Unread {
    /// Passing.
    Failed,
    /// It isn't there for this visitor any more.
    Gone,
}

/// Reads the log to its end.
pub async fn read(pane: &Rc<Pane>) {
    let mut backoff = Backoff::default();
    loop {
        let after = pane.log.borrow().last();
        match fetch(&pane.source.run, after).await {
            Ok(page) => {
                backoff.succeed();
                pane.is_failing.set(false);
                let appended = pane.log.borrow_mut().append(page);
                pane.update();
                if pane.log.borrow().is_complete() {
                    pane.is_following.set(false);
                    pane.tell();
                    return;
                }
                if matches!(appended, Appended::Gap | Appended::Lines(0)) {
                    wait(pane, PATIENCE_MS).await;
                }
            }
            Err(Unread::Gone) => {
                pane.is_gone.set(true);
                pane.is_following.set(false);
                pane.tell();
                return;
            }
            Err(Unread::Failed) => {
                pane.is_failing.set(true);
                pane.tell();
                wait(pane, backoff.fail(0)).await;
            }
        }
    }
}

async fn wait(pane: &Rc<Pane>, ms: u32) {
    let waiting = Rc::clone(pane);
    set_timeout(move || waiting.reader.nudge(), Duration::from_millis(ms.into()));
    pane.reader.arrived().await;
}

async fn fetch(run: &str, after: u64) -> Result<LogPage, Unread> {
    let response = JsFuture::from(window().fetch_with_str(&log_path(run, after)))
        .await
        .map_err(|_| Unread::Failed)?;
    let response: Response = response.dyn_into().map_err(|_| Unread::Failed)?;
    if response.redirected() || matches!(response.status(), 401 | 403 | 404) {
        return Err(Unread::Gone);
    }
    if !response.ok() {
        return Err(Unread::Failed);
    }
    let text = JsFuture::from(response.text().map_err(|_| Unread::Failed)?)
        .await
        .map_err(|_| Unread::Failed)?;
    let text = text.as_string().ok_or(Unread::Failed)?;
    serde_json::from_str(&text).map_err(|_| Unread::Failed)
}
