//! Linking to a line by keys: Enter takes the topmost line in view, the arrows move from there.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::Pane;
use crate::live::log::Row;

/// A key was pressed in the log.
pub fn press(pane: &Rc<Pane>, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let on_number = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|target| target.class_name() == "log-number");
    let line = match (event.key().as_str(), on_number) {
        ("Enter", false) => topmost(pane),
        ("ArrowUp", true) => pane.target.get().and_then(|line| line.checked_sub(1)),
        ("ArrowDown", true) => pane.target.get().map(|line| line.saturating_add(1)),
        _ => return,
    };
    event.prevent_default();
    let is_there = line.is_some_and(|line| pane.log.borrow().row_of(line).is_some());
    if let Some(line) = line.filter(|_| is_there) {
        pane.is_following.set(false);
        pane.set_address(line);
        keep_in_view(pane, line);
        pane.is_focus_due.set(true);
        pane.mark(line);
        pane.tell();
    }
}

/// The first line that is in view whole.
fn topmost(pane: &Pane) -> Option<u64> {
    let (first, in_view) = pane.in_view();
    let is_cut = pane.place.scroll_top() % pane.row_height.get().max(1) > 0;
    let first = first.saturating_add(usize::from(is_cut));
    pane.log.borrow().rows(first..first.saturating_add(in_view)).find_map(|row| match row {
        Row::Line(line) => Some(line.n),
        Row::Heading { .. } => None,
    })
}

fn keep_in_view(pane: &Pane, line: u64) {
    let Some(row) = pane.log.borrow().row_of(line) else {
        return;
    };
    let (top, bottom) = (pane.px(row), pane.px(row.saturating_add(1)));
    if top < pane.place.scroll_top() {
        pane.place.set_scroll_top(top);
    } else if bottom > pane.place.scroll_top() + pane.place.client_height() {
        pane.place.set_scroll_top(bottom - pane.place.client_height());
    }
}
