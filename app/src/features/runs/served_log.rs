//! The newest lines of a log as they were served: what there is to read before and without script.
//! The live view takes their place once it has lines of its own.

use leptos::prelude::*;

use crate::live::ansi;
use crate::live::log::MAX_SHOWN_CHARS;
use crate::live::protocol::{LogLine, LogStream};
use crate::page::LogTail;
use crate::text::log as words;

/// The newest lines, with the headings between them.
#[component]
pub fn ServedLog(
    /// The lines; none when the store didn't give them.
    log: Option<LogTail>,
    /// What each command is called.
    steps: Vec<String>,
    /// Whether the run is under way.
    is_live: bool,
) -> impl IntoView {
    let Some(LogTail { lines }) = log else {
        return note(words::SERVED_UNREAD.to_owned());
    };
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        let text = if is_live { words::SERVED_EMPTY } else { words::SERVED_NONE };
        return note(text.to_owned());
    };
    let summary = words::served(first.n, last.n, is_live);
    let mut step = None;
    let mut rows = vec![];
    for line in &lines {
        if line.step.is_some() && line.step != step {
            step = line.step;
            rows.extend(step.map(|step| heading(step, &steps)));
        }
        rows.push(row(line));
    }
    view! {
        <div class="log-served">
            <p class="log-summary">{summary}</p>
            <div class="log-pane" tabindex="0" role="region" aria-label=words::SERVED>
                {rows}
            </div>
        </div>
    }
    .into_any()
}

fn note(text: String) -> AnyView {
    view! { <p class="log-served log-summary">{text}</p> }.into_any()
}

fn heading(step: u32, steps: &[String]) -> AnyView {
    let index = usize::try_from(step).unwrap_or(usize::MAX).checked_sub(1);
    let name = index.and_then(|index| steps.get(index)).map(String::as_str);
    view! { <div class="log-row log-heading">{words::heading(step, name)}</div> }.into_any()
}

fn row(line: &LogLine) -> AnyView {
    let (class, mark) = match line.stream {
        LogStream::Stdout => ("log-row", ""),
        LogStream::Stderr => ("log-row log-stderr", words::STDERR_MARK),
        LogStream::System => ("log-row log-system", words::SYSTEM_MARK),
    };
    let id = format!("L{}", line.n);
    let href = format!("#{id}");
    view! {
        <div class=class id=id>
            <a class="log-number" href=href tabindex="-1">{line.n}</a>
            <span class="log-mark">{mark}</span>
            <span class="log-text">{text_of(&line.text)}</span>
        </div>
    }
    .into_any()
}

fn text_of(text: &str) -> Vec<AnyView> {
    let mut left = MAX_SHOWN_CHARS;
    let mut parts = vec![];
    for span in ansi::spans(text) {
        let shown: String = span.text.chars().take(left).collect();
        let is_cut = shown.len() < span.text.len();
        left = left.saturating_sub(shown.chars().count());
        let classes = span.style.classes();
        parts.push(if classes.is_empty() {
            shown.into_any()
        } else {
            view! { <span class=classes>{shown}</span> }.into_any()
        });
        if is_cut {
            parts.push(words::CUT_LINE.into_any());
            break;
        }
    }
    parts
}
