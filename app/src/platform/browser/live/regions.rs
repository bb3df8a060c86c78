//! The parts of a page that follow what happens: elements with `data-live`, the name of the part,
//! and `data-live-label`, what to call it when it changed.

use wasm_bindgen::JsCast;
use web_sys::{
    Document, Element, HtmlDetailsElement, HtmlElement, HtmlInputElement, HtmlTextAreaElement,
};

use super::refresh::hydrate_islands;
use crate::text;

/// The parts as they were served last.
pub struct Regions {
    served: Vec<(String, String)>,
}

/// What became of the parts.
pub struct Replaced {
    /// The labels of those that changed.
    pub labels: Vec<String>,
    /// Whether some weren't touched, because somebody is typing in them.
    pub held: bool,
}

impl Regions {
    /// The parts of the page as it stands, which is as it was served.
    pub fn of_page() -> Self {
        let served = leptos::prelude::window()
            .document()
            .map(|document| {
                regions_of(&document).into_iter().map(|r| (name_of(&r), essence(&r))).collect()
            })
            .unwrap_or_default();
        Self { served }
    }

    /// Replaces what differs by the fetched page's parts.
    pub fn replace(&mut self, document: &Document, fetched: &Document) -> Replaced {
        let mut replaced = Replaced { labels: vec![], held: false };
        let fresh = regions_of(fetched);
        for region in regions_of(document) {
            let name = name_of(&region);
            let Some(next) = fresh.iter().find(|next| name_of(next) == name) else {
                continue;
            };
            let next_essence = essence(next);
            let is_known = self.served.iter().any(|(n, e)| *n == name && *e == next_essence);
            if is_known {
                continue;
            }
            if is_in_use_within(&region) {
                mark_as_changed(document, &region);
                replaced.held = true;
                continue;
            }
            if swap(document, &region, next) {
                self.served.retain(|(n, _)| *n != name);
                self.served.push((name, next_essence));
                replaced.labels.extend(next.get_attribute("data-live-label"));
            }
        }
        replaced
    }
}

/// Whether somebody is typing anywhere on the page.
pub fn is_in_use(document: &Document) -> bool {
    document.body().is_some_and(|body| is_in_use_within(&body))
}

fn elements(root: &Element, selector: &str) -> Vec<Element> {
    collect(root.query_selector_all(selector))
}

fn regions_of(document: &Document) -> Vec<Element> {
    collect(document.query_selector_all("[data-live]"))
}

fn collect(list: Result<web_sys::NodeList, wasm_bindgen::JsValue>) -> Vec<Element> {
    let Ok(list) = list else {
        return vec![];
    };
    (0..list.length()).filter_map(|i| list.item(i)?.dyn_into().ok()).collect()
}

fn name_of(region: &Element) -> String {
    region.get_attribute("data-live").unwrap_or_default()
}

/// A part's HTML without what differs at every rendering: told times, forms' keys, live islands.
fn essence(region: &Element) -> String {
    let Ok(copy) = region.clone_node_with_deep(true) else {
        return String::new();
    };
    let copy: Element = copy.unchecked_into();
    for time in elements(&copy, "time, leptos-island, [data-live-note]") {
        time.set_text_content(None);
    }
    for key in elements(&copy, "input[name=idempotency_key]") {
        let _ = key.remove_attribute("value");
    }
    copy.inner_html()
}

/// A form that was sent and wasn't accepted, or has something typed that isn't sent yet.
fn is_in_use_within(region: &Element) -> bool {
    region.has_attribute("data-live-hold")
        || !elements(region, "[data-live-hold], dialog[open]").is_empty()
        || elements(region, "input:not([type=hidden]), textarea").iter().any(is_typed_in)
}

fn is_typed_in(control: &Element) -> bool {
    if let Some(input) = control.dyn_ref::<HtmlInputElement>() {
        return input.value() != input.default_value()
            || input.checked() != input.default_checked();
    }
    control
        .dyn_ref::<HtmlTextAreaElement>()
        .is_some_and(|area| area.default_value().is_ok_and(|as_served| as_served != area.value()))
}

/// Puts the fetched part in the old one's place; focus and open details stay what they were.
fn swap(document: &Document, region: &Element, next: &Element) -> bool {
    let Ok(next) = document.import_node_with_deep(next, true) else {
        return false;
    };
    let next: Element = next.unchecked_into();
    let open: Vec<_> = elements(region, "details[open] > summary")
        .iter()
        .map(|summary| summary.text_content())
        .collect();
    for summary in elements(&next, "details > summary") {
        if open.contains(&summary.text_content())
            && let Some(details) = summary.parent_element()
            && let Ok(details) = details.dyn_into::<HtmlDetailsElement>()
        {
            details.set_open(true);
        }
    }
    let focus = document.active_element().filter(|active| region.contains(Some(active)));
    let twin = focus.and_then(|active| twin_of(&active, &next));
    if region.replace_with_with_node_1(&next).is_err() {
        return false;
    }
    hydrate_islands(&next);
    if let Some(twin) = twin.and_then(|twin| twin.dyn_into::<HtmlElement>().ok()) {
        let _ = twin.focus();
    }
    true
}

/// The element of the new part that stands where `active` stood.
fn twin_of(active: &Element, next: &Element) -> Option<Element> {
    let same = |twin: &Element| {
        ["id", "name", "value", "href"]
            .iter()
            .all(|name| twin.get_attribute(name) == active.get_attribute(name))
    };
    let candidates = elements(next, &active.local_name());
    candidates.into_iter().find(same)
}

/// Says beside a part that it was overtaken, once.
fn mark_as_changed(document: &Document, region: &Element) {
    if !elements(region, "[data-live-note]").is_empty() {
        return;
    }
    let Ok(note) = document.create_element("p") else {
        return;
    };
    let _ = note.set_attribute("data-live-note", "");
    note.set_class_name("live-note");
    note.set_text_content(Some(text::live::NOTE));
    let _ = region.prepend_with_node_1(&note);
}
