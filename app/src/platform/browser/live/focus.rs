//! Where the keyboard is while a part of the page is replaced. It may only come to rest on the same
//! control again: on another one, the next press would do something else than was meant.

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement};

use super::regions::elements;

/// What makes a control the one it is, besides its text.
const ATTRIBUTES: [&str; 4] = ["id", "name", "value", "href"];

/// What was focused in a part that is about to be replaced.
pub struct Focus {
    name: String,
    identity: Vec<Option<String>>,
}

impl Focus {
    /// The focus, if it is in this part.
    pub fn within(document: &Document, region: &Element) -> Option<Self> {
        let active = document.active_element().filter(|active| region.contains(Some(active)))?;
        Some(Self { name: active.local_name(), identity: identity_of(&active) })
    }

    /// Gives the focus to the same control in the new part. Where it is no more, the part itself
    /// takes it: the keyboard stays where it was on the page, and presses nothing.
    pub fn restore(&self, next: &Element) {
        let twin = elements(next, &self.name)
            .into_iter()
            .find(|candidate| identity_of(candidate) == self.identity);
        let target = twin.unwrap_or_else(|| {
            let _ = next.set_attribute("tabindex", "-1");
            next.clone()
        });
        if let Some(target) = target.dyn_ref::<HtmlElement>() {
            let _ = target.focus();
        }
    }
}

/// Its attributes, its words, and what its form would do.
fn identity_of(control: &Element) -> Vec<Option<String>> {
    let mut identity: Vec<_> = ATTRIBUTES.iter().map(|name| control.get_attribute(name)).collect();
    // What is typed isn't who it is.
    let has_words = matches!(control.local_name().as_str(), "a" | "button" | "summary");
    identity.push(control.text_content().filter(|_| has_words));
    let form = control.closest("form").ok().flatten();
    let deeds = form.map(|form| {
        elements(&form, "input[type=hidden]:not([name=idempotency_key]):not([name=seen])")
            .iter()
            .map(|field| field.get_attribute("value").unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n")
    });
    identity.push(deeds);
    identity
}
