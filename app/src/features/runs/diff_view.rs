//! The change that a run made, readable on the page.

use domain::run::{Evidence, EvidenceKind};
use leptos::prelude::*;

use super::diff::{self, FilePatch, Line, LineKind};
use super::evidence_path;
use crate::page::PatchText;
use crate::text::runs as words;

/// The patch among the kept files: as lines where its text is at hand, as a link in any case.
#[component]
pub fn Changes(
    /// The kept files of the run.
    evidence: Vec<Evidence>,
    /// The patch's text.
    patch: Option<PatchText>,
) -> impl IntoView {
    let kept = evidence.into_iter().find(|kept| kept.file.kind == EvidenceKind::Diff)?;
    let link = format!("{}?view=1", evidence_path(kept.file.id));
    let content = match patch {
        _ if kept.file.size == 0 => note(words::NO_CHANGES.to_owned()),
        None => note(words::DIFF_ELSEWHERE.to_owned()),
        Some(patch) => files(&patch),
    };
    Some(view! {
        <div class="changes">
            {content}
            <p><a href=link data-no-prefetch="">{words::WHOLE_DIFF}</a></p>
        </div>
    })
}

fn note(text: String) -> AnyView {
    view! { <p class="muted">{text}</p> }.into_any()
}

fn files(patch: &PatchText) -> AnyView {
    let read = diff::read(&patch.text);
    let summary = words::diff_summary(read.files.len(), read.added(), read.removed());
    let rest = match read.cut {
        0 if patch.is_cut => Some(words::DIFF_ELSEWHERE.to_owned()),
        0 => None,
        cut => Some(words::diff_cut(cut)),
    };
    let files: Vec<_> = read.files.into_iter().map(file_view).collect();
    view! {
        <p class="muted">{summary}</p>
        {files}
        {rest.map(note)}
    }
    .into_any()
}

fn file_view(file: FilePatch) -> AnyView {
    let notes: Vec<_> = file
        .notes
        .iter()
        .map(|note| view! { <p class="diff-note">{words::diff_note(note)}</p> })
        .collect();
    let lines: Vec<_> = file.lines.into_iter().map(line_view).collect();
    view! {
        <details class="diff-file" open=true>
            <summary>
                <span class="diff-path">{file.path.clone()}</span>
                <span class="diff-added">"+" {file.added}</span>
                <span class="diff-removed">"−" {file.removed}</span>
            </summary>
            {notes}
            <div class="diff-lines" tabindex="0" role="group" aria-label=file.path>
                {lines}
            </div>
        </details>
    }
    .into_any()
}

fn line_view(line: Line) -> AnyView {
    let (class, sign) = match line.kind {
        LineKind::Place => ("diff-line diff-place", "…"),
        LineKind::Same => ("diff-line", " "),
        LineKind::Added => ("diff-line diff-add", "+"),
        LineKind::Removed => ("diff-line diff-remove", "−"),
    };
    view! {
        <div class=class>
            <span class="diff-number">{line.old}</span>
            <span class="diff-number">{line.new}</span>
            <span class="diff-sign">{sign}</span>
            <span class="diff-text">{line.text}</span>
        </div>
    }
    .into_any()
}
