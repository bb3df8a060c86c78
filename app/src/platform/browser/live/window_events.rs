//! What the browser does with the page: tabs are hidden, frozen, brought back, taken offline.

use std::rc::Rc;

use leptos::ev;
use leptos::prelude::{window, window_event_listener};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::{Page, clock, refresh};
use crate::live::connection::Input;

/// Listens as long as the document lives.
pub fn listen(page: &Rc<Page>) {
    let shown = Rc::clone(page);
    on_document("visibilitychange", move || {
        if !refresh::is_hidden() {
            come_back(&shown);
        }
    });
    let online = Rc::clone(page);
    let _ = window_event_listener(ev::online, move |_| come_back(&online));
    // A socket without a network stays silent for long before it ends.
    let offline = Rc::clone(page);
    let _ = window_event_listener(ev::offline, move |_| offline.hang_up());
    // A page with an open socket can't be kept for the back button.
    let leaving = Rc::clone(page);
    let _ = window_event_listener(ev::pagehide, move |_| leaving.hang_up());
    let returned = Rc::clone(page);
    let _ = window_event_listener(ev::pageshow, move |event| {
        if event.persisted() {
            come_back(&returned);
        }
    });
}

/// Timers stand still in hidden tabs: everything that may have been missed is done now.
fn come_back(page: &Rc<Page>) {
    clock::tell_times();
    page.refresh.resume(page);
    page.open();
    page.take(Input::Tick);
}

fn on_document(event: &str, run: impl FnMut() + 'static) {
    let Some(document) = window().document() else {
        return;
    };
    let closure = Closure::<dyn FnMut()>::new(run);
    // Fails only for listeners that are no functions.
    let _ = document.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}
