//! Tables.

use leptos::prelude::*;

/// A table that scrolls sideways in its own frame where there is no room, also by keys.
#[component]
pub fn ScrollTable(
    /// What it lists, for screen readers.
    #[prop(into)]
    caption: String,
    /// `thead` and `tbody`.
    children: Children,
) -> impl IntoView {
    let label = caption.clone();
    view! {
        <div class="table-frame" tabindex="0" role="group" aria-label=label>
            <table class="data-table">
                <caption class="visually-hidden">{caption}</caption>
                {children()}
            </table>
        </div>
    }
}

/// A column of a [`StackTable`].
#[derive(Clone, Copy, Debug)]
pub struct Column {
    label: &'static str,
    kind: ColumnKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ColumnKind {
    /// What the line is about.
    Main,
    /// Something about it.
    Text,
    /// The same, which never breaks.
    Short,
    /// What can be done with it.
    Action,
}

impl Column {
    /// What the lines are about.
    #[must_use]
    pub const fn main(label: &'static str) -> Self {
        Self { label, kind: ColumnKind::Main }
    }

    /// Something about them.
    #[must_use]
    pub const fn text(label: &'static str) -> Self {
        Self { label, kind: ColumnKind::Text }
    }

    /// Something short about them, that never breaks: a moment, a badge.
    #[must_use]
    pub const fn short(label: &'static str) -> Self {
        Self { label, kind: ColumnKind::Short }
    }

    /// What can be done with them. Its buttons say it, so its heading is for screen readers.
    #[must_use]
    pub const fn action(label: &'static str) -> Self {
        Self { label, kind: ColumnKind::Action }
    }

    const fn class(self) -> &'static str {
        match self.kind {
            ColumnKind::Main => "cell-main",
            ColumnKind::Text => "cell-text",
            ColumnKind::Short => "cell-text nowrap",
            ColumnKind::Action => "cell-action",
        }
    }
}

/// A table that needs no room beside it: where it is narrow, each line becomes a block, with the
/// heading in front of what stands under it. Roles are spelled out, since what isn't laid out as a
/// table is none to some browsers.
#[component]
pub fn StackTable(
    /// What it lists, for screen readers.
    #[prop(into)]
    caption: String,
    /// Its columns.
    columns: Vec<Column>,
    /// Its lines, as many cells each as there are columns.
    rows: Vec<Vec<AnyView>>,
) -> impl IntoView {
    let headings: Vec<_> = columns
        .iter()
        .map(|column| {
            let hidden = column.kind == ColumnKind::Action;
            let label = column.label;
            let label = if hidden {
                view! { <span class="visually-hidden">{label}</span> }.into_any()
            } else {
                label.into_any()
            };
            view! { <th scope="col" role="columnheader">{label}</th> }.into_any()
        })
        .collect();
    let lines: Vec<_> = rows
        .into_iter()
        .map(|cells| {
            let cells: Vec<_> = columns.iter().zip(cells).map(cell).collect();
            view! { <tr role="row">{cells}</tr> }.into_any()
        })
        .collect();
    view! {
        <div class="stack-table">
            <table class="data-table" role="table">
                <caption class="visually-hidden">{caption}</caption>
                <thead role="rowgroup">
                    <tr role="row">{headings}</tr>
                </thead>
                <tbody role="rowgroup">{lines}</tbody>
            </table>
        </div>
    }
}

fn cell((column, content): (&Column, AnyView)) -> AnyView {
    let label = matches!(column.kind, ColumnKind::Text | ColumnKind::Short).then_some(column.label);
    view! {
        <td role="cell" class=column.class()>
            {label.map(|label| view! { <span class="cell-label" aria-hidden="true">{label}</span> })}
            <div class="cell-content">{content}</div>
        </td>
    }
    .into_any()
}
