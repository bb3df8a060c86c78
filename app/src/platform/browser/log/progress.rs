//! What the log tells the rest of its page, and the page the log: which step is being executed,
//! and which one failed.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// Marks the step that is being executed among the page's steps; none once the log has ended.
pub fn show(step: Option<u32>) {
    let Ok(steps) = document().query_selector_all("[data-step]") else {
        return;
    };
    for index in 0..steps.length() {
        let Some(item) = steps.item(index).and_then(|node| node.dyn_into::<Element>().ok()) else {
            continue;
        };
        let is_now =
            step.is_some() && item.get_attribute("data-step") == step.map(|s| s.to_string());
        if is_now {
            let _ = item.set_attribute("aria-current", "step");
        } else {
            let _ = item.remove_attribute("aria-current");
        }
    }
}

/// The step that failed, as the page knows it by now.
pub fn failed_step() -> Option<u32> {
    let place = document().query_selector("[data-failed-step]").ok().flatten()?;
    place.get_attribute("data-failed-step")?.parse().ok()
}
