//! What a log view hears of: scrolling, clicks, keys, addresses, sizes, and new lines.

use std::rc::Rc;

use leptos::ev;
use leptos::prelude::{window, window_event_listener};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::{Pane, keys, target_of_address};
use crate::live::log;
use crate::platform::live::LOG_ADVANCED;

/// Listens as long as the document lives.
pub fn listen(pane: &Rc<Pane>) {
    let scrolled = Rc::clone(pane);
    on(&pane.place, "scroll", move |_| scrolled.scrolled());
    let clicked = Rc::clone(pane);
    on(&pane.place, "click", move |event| click(&clicked, &event));
    let pressed = Rc::clone(pane);
    on(&pane.place, "keydown", move |event| {
        if let Some(event) = event.dyn_ref() {
            keys::press(&pressed, event);
        }
    });
    let moved = Rc::clone(pane);
    let _ = window_event_listener(ev::hashchange, move |_| {
        if let Some(line) = target_of_address() {
            moved.show_line(line);
        }
    });
    let resized = Rc::clone(pane);
    let _ = window_event_listener(ev::resize, move |_| resized.draw_soon());
    let nudged = Rc::clone(pane);
    on(&window(), LOG_ADVANCED, move |event| {
        let run = event.dyn_into::<web_sys::CustomEvent>().ok().map(|e| e.detail());
        if run.and_then(|run| run.as_string()).as_ref() == Some(&nudged.source.run) {
            nudged.reader.nudge();
        }
    });
}

/// A line's number was clicked: its address is shown, to be copied, and nothing jumps.
fn click(pane: &Rc<Pane>, event: &web_sys::Event) {
    let link = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let Some(href) = link.and_then(|link| link.get_attribute("href")) else {
        return;
    };
    if let Some(line) = log::line_of_fragment(&href) {
        event.prevent_default();
        pane.set_address(line);
        pane.mark(line);
    }
}

fn on(target: &web_sys::EventTarget, event: &str, run: impl FnMut(web_sys::Event) + 'static) {
    let closure = Closure::<dyn FnMut(web_sys::Event)>::new(run);
    // Fails only for listeners that are no functions. It lives as long as the document.
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}
