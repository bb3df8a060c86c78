//! The parts of a page that follow what happens: elements with `data-live`, the name of the part.
//! What a screen reader should hear when it changes stands in elements with `data-live-say` inside
//! of it; everything else changes silently.

use wasm_bindgen::JsCast;
use web_sys::{
    Document, Element, HtmlDetailsElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement,
};

use super::focus::Focus;
use super::refresh::hydrate_islands;
use crate::text;

/// The parts as they were served last.
pub struct Regions {
    served: Vec<(String, String)>,
}

/// What became of the parts.
pub struct Replaced {
    /// What is to be said about those that changed.
    pub news: Vec<String>,
    /// Whether some weren't touched, because somebody is typing in them.
    pub is_held: bool,
}

impl Regions {
    /// The parts of the page as it stands, which is as it was served. A part that shows a form
    /// again isn't what it otherwise would be: the first one fetched is what later ones are
    /// compared with.
    pub fn of_page() -> Self {
        let served = leptos::prelude::window()
            .document()
            .map(|document| {
                regions_of(&document)
                    .into_iter()
                    .filter(|region| !is_held(region))
                    .map(|region| (name_of(&region), essence(&region)))
                    .collect()
            })
            .unwrap_or_default();
        Self { served }
    }

    /// Replaces what differs by the fetched page's parts.
    pub fn replace(&mut self, document: &Document, fetched: &Document) -> Replaced {
        let mut replaced = Replaced { news: vec![], is_held: false };
        let fresh = regions_of(fetched);
        for region in regions_of(document) {
            let name = name_of(&region);
            let Some(next) = fresh.iter().find(|next| name_of(next) == name) else {
                continue;
            };
            let next_essence = essence(next);
            let before = self.served.iter().find(|(n, _)| *n == name).map(|(_, e)| e);
            if before == Some(&next_essence) {
                continue;
            }
            if is_in_use_within(&region) {
                if before.is_some() {
                    mark_as_changed(document, &region);
                    replaced.is_held = true;
                } else {
                    self.served.push((name, next_essence));
                }
                continue;
            }
            let said = said_in(&region);
            if swap(document, &region, next) {
                self.served.retain(|(n, _)| *n != name);
                self.served.push((name, next_essence));
                let news = said_in(next);
                replaced.news.extend(news.into_iter().filter(|text| !said.contains(text)));
            }
        }
        replaced
    }
}

/// Whether somebody is typing anywhere on the page.
pub fn is_in_use(document: &Document) -> bool {
    document.body().is_some_and(|body| is_in_use_within(&body))
}

/// The elements below `root` that a selector names.
pub fn elements(root: &Element, selector: &str) -> Vec<Element> {
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

/// What a screen reader hears of a part.
fn said_in(region: &Element) -> Vec<String> {
    elements(region, "[data-live-say]")
        .iter()
        .filter_map(|place| {
            let about = place.get_attribute("data-live-say")?;
            Some(text::live::changed(&about, place.text_content()?.trim()))
        })
        .collect()
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

/// Whether a part holds a form that was sent and wasn't accepted.
fn is_held(region: &Element) -> bool {
    region.has_attribute("data-live-hold") || !elements(region, "[data-live-hold]").is_empty()
}

/// A form that was sent and wasn't accepted, or has something typed that isn't sent yet.
fn is_in_use_within(region: &Element) -> bool {
    is_held(region)
        || !elements(region, "dialog[open]").is_empty()
        || elements(region, "input:not([type=hidden]), textarea, select").iter().any(is_typed_in)
}

fn is_typed_in(control: &Element) -> bool {
    if let Some(input) = control.dyn_ref::<HtmlInputElement>() {
        return input.value() != input.default_value()
            || input.checked() != input.default_checked();
    }
    if let Some(select) = control.dyn_ref::<HtmlSelectElement>() {
        return select.value() != value_as_served(select);
    }
    control
        .dyn_ref::<HtmlTextAreaElement>()
        .is_some_and(|area| area.default_value().is_ok_and(|as_served| as_served != area.value()))
}

/// The value that a list had when it was served: its marked entry's, or its first one's.
fn value_as_served(select: &HtmlSelectElement) -> String {
    let marked = elements(select, "option[selected]").into_iter().next();
    let served = marked.or_else(|| elements(select, "option").into_iter().next());
    served.and_then(|option| option.get_attribute("value")).unwrap_or_default()
}

/// Puts the fetched part in the old one's place; focus and details stay what they were.
fn swap(document: &Document, region: &Element, next: &Element) -> bool {
    let Ok(next) = document.import_node_with_deep(next, true) else {
        return false;
    };
    let next: Element = next.unchecked_into();
    let details: Vec<_> = elements(region, "details")
        .iter()
        .filter_map(|d| Some((summary_of(d)?, d.clone())))
        .collect();
    for fresh in elements(&next, "details") {
        let before = summary_of(&fresh)
            .and_then(|summary| details.iter().find(|(text, _)| *text == summary))
            .map(|(_, before)| before.has_attribute("open"));
        if let (Some(open), Some(fresh)) = (before, fresh.dyn_ref::<HtmlDetailsElement>()) {
            fresh.set_open(open);
        }
    }
    let focus = Focus::within(document, region);
    if region.replace_with_with_node_1(&next).is_err() {
        return false;
    }
    hydrate_islands(&next);
    if let Some(focus) = focus {
        focus.restore(&next);
    }
    true
}

/// The line that opens an element of details. Numbers in it may change with what it holds.
fn summary_of(details: &Element) -> Option<String> {
    let summary = details.query_selector("summary").ok().flatten()?;
    let named = summary.query_selector("[data-summary]").ok().flatten().unwrap_or(summary);
    named.text_content()
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
