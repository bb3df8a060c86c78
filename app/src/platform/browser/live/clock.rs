//! Keeps "14 min ago" true while a page is open.

use domain::Timestamp;
use leptos::prelude::window;
use wasm_bindgen::JsCast;

use crate::text::amounts;

/// Tells every time of the page anew.
pub fn tell_times() {
    let Some(document) = window().document() else {
        return;
    };
    let Ok(times) = document.query_selector_all("time[data-tick]") else {
        return;
    };
    let now = super::now();
    for index in 0..times.length() {
        let Some(time) =
            times.item(index).and_then(|node| node.dyn_into::<web_sys::Element>().ok())
        else {
            continue;
        };
        let Some(then) = moment_of(&time) else {
            continue;
        };
        let text = match time.get_attribute("data-tick").as_deref() {
            Some("lasting") => amounts::lasting(now, then),
            Some("until") => amounts::until(now, then),
            _ => amounts::ago(now, then),
        };
        if time.text_content().as_deref() != Some(&text) {
            time.set_text_content(Some(&text));
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a browser's times are whole milliseconds")]
fn moment_of(time: &web_sys::Element) -> Option<Timestamp> {
    let ms = js_sys::Date::parse(&time.get_attribute("datetime")?);
    (!ms.is_nan()).then_some(Timestamp(ms as i64))
}

/// The clock time of a moment where the visitor is: "14:02".
pub fn local_clock(at: Timestamp) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a browser's clock fits")]
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.0 as f64));
    let (hours, minutes) = (date.get_hours(), date.get_minutes());
    format!("{}{hours}:{}{minutes}", pad(hours), pad(minutes))
}

fn pad(number: u32) -> &'static str {
    if number < 10 { "0" } else { "" }
}
