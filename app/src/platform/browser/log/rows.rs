//! The rows of a log, as elements. Text is only ever set as text.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::live::ansi;
use crate::live::log::{MAX_SHOWN_CHARS, Row};
use crate::live::protocol::{LogLine, LogStream};
use crate::text::{amounts, log as words};

/// A `div` of a class.
pub fn div(class: &str) -> HtmlElement {
    element("div", class).unchecked_into()
}

fn element(name: &str, class: &str) -> Element {
    let element = document().create_element(name).unwrap_or_else(|error| {
        // Only for names that are none.
        wasm_bindgen::throw_val(error)
    });
    element.set_class_name(class);
    element
}

/// Replaces the rows on the page.
pub fn fill<'a>(
    place: &HtmlElement,
    rows: impl Iterator<Item = Row<'a>>,
    steps: &[String],
    target: Option<u64>,
) {
    let fragment = document().create_document_fragment();
    for row in rows {
        let row = match row {
            Row::Heading { step } => heading(step, steps),
            Row::Line(line) => line_row(line, target == Some(line.n)),
        };
        let _ = fragment.append_child(&row);
    }
    place.set_text_content(None);
    let _ = place.append_child(&fragment);
}

/// How high a row is here.
pub fn height_of_one(place: &HtmlElement) -> i32 {
    let probe = element("div", "log-row");
    probe.set_text_content(Some("0"));
    let _ = place.append_child(&probe);
    let height = probe.client_height();
    probe.remove();
    height
}

/// Gives the focus to the marked line's number.
pub fn focus_target(place: &HtmlElement) {
    let number = place.query_selector(".log-row[aria-current] > .log-number").ok().flatten();
    if let Some(number) = number.and_then(|number| number.dyn_into::<HtmlElement>().ok()) {
        let _ = number.focus();
    }
}

fn heading(step: u32, steps: &[String]) -> Element {
    let index = usize::try_from(step).unwrap_or(usize::MAX).checked_sub(1);
    let name = index.and_then(|index| steps.get(index)).map(String::as_str);
    let row = element("div", "log-row log-heading");
    row.set_text_content(Some(&words::heading(step, name)));
    row
}

fn line_row(line: &LogLine, is_target: bool) -> Element {
    let (class, mark) = match line.stream {
        LogStream::Stdout => ("log-row", ""),
        LogStream::Stderr => ("log-row log-stderr", words::STDERR_MARK),
        LogStream::System => ("log-row log-system", words::SYSTEM_MARK),
    };
    let row = element("div", class);
    let number = element("a", "log-number");
    let _ = number.set_attribute("href", &format!("#L{}", line.n));
    let _ = number.set_attribute("title", &amounts::moment(domain::Timestamp(line.at_ms)));
    number.set_text_content(Some(&line.n.to_string()));
    // One stop for the Tab key, not one for each line.
    let _ = number.set_attribute("tabindex", if is_target { "0" } else { "-1" });
    if is_target {
        let _ = row.set_attribute("aria-current", "true");
    }
    let marker = element("span", "log-mark");
    marker.set_text_content(Some(mark));
    let _ = row.append_with_node_3(&number, &marker, &text_of(line));
    row
}

fn text_of(line: &LogLine) -> Element {
    let place = element("span", "log-text");
    let mut left = MAX_SHOWN_CHARS;
    for span in ansi::spans(&line.text) {
        let end = span.text.char_indices().nth(left).map(|(at, _)| at);
        let text = end.and_then(|end| span.text.get(..end)).unwrap_or(span.text);
        let classes = span.style.classes();
        if classes.is_empty() {
            let _ = place.append_with_str_1(text);
        } else {
            let part = element("span", &classes);
            part.set_text_content(Some(text));
            let _ = place.append_child(&part);
        }
        if end.is_some() {
            let _ = place.append_with_str_1(words::CUT_LINE);
            break;
        }
        left = left.saturating_sub(span.text.chars().count());
    }
    place
}
