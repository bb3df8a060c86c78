//! What a project's tasks must meet.

use std::sync::Arc;

use domain::error::{Error, Field, Problem};
use domain::project::{EditGate, Project};
use leptos::prelude::*;

use super::forms::{EDIT_GATE, gate_input};
use crate::page::Loaded;
use crate::text::projects as words;
use crate::ui::{Button, ButtonKind, CheckField, CodeBlock, Form, Notice, Panel, TextArea, Tone};

/// The gate, as a form. After a conflict it shows what is there now beside what was typed.
#[component]
pub fn GatePanel(
    /// The page.
    page: Arc<Loaded>,
    /// The project.
    project: Project,
    /// Why this person can't change it.
    because: Option<String>,
) -> impl IntoView {
    let key = &project.details.key;
    let now = EditGate::of(key, project.head.version, &project.gate);
    let echo = page.echo_of(EDIT_GATE);
    let shown = echo.map_or_else(|| now.clone(), |echo| gate_input(key, &echo.form));
    let message = echo.and_then(|echo| echo.message(Field::Gate));
    // Only a pattern can be malformed; everything else is about the gate as a whole.
    let is_pattern = echo.is_some_and(|echo| {
        matches!(echo.error, Error::Invalid { problem: Problem::Malformed, .. })
    });
    let (of_reports, of_gate) = if is_pattern { (message, None) } else { (None, message) };
    let is_conflict = echo.is_some_and(|echo| matches!(echo.error, Error::Conflict { .. }));
    let seen = now.seen;
    let disabled = because.is_some();
    view! {
        <Panel id="gate" title=words::GATE_TITLE lead=words::GATE_LEAD>
            {is_conflict.then(|| view! { <GateNow gate=now/> })}
            {of_gate.map(|message| view! { <Notice tone=Tone::Bad title=message/> })}
            <Form action=EDIT_GATE seen label=words::GATE_TITLE>
                <TextArea
                    name="commands"
                    label=words::COMMANDS_LABEL
                    value=shown.commands
                    hint=words::COMMANDS_HINT
                    example=words::COMMANDS_EXAMPLE
                    mono=true
                    disabled
                />
                <TextArea
                    name="reports"
                    label=words::REPORTS_LABEL
                    value=shown.reports
                    hint=words::REPORTS_HINT
                    example=words::REPORTS_EXAMPLE
                    rows=2
                    mono=true
                    message=of_reports
                    disabled
                />
                <CheckField
                    name="approval"
                    label=words::APPROVAL_LABEL
                    hint=words::APPROVAL_HINT
                    checked=shown.approval
                    disabled
                />
                <p class="fine-print">{words::GATE_EFFECT}</p>
                <div class="form-actions">
                    <Button
                        label=words::GATE_SAVE
                        kind=ButtonKind::Primary
                        disabled_because=because
                    />
                </div>
            </Form>
        </Panel>
    }
}

/// The gate that somebody else saved in the meantime.
#[component]
fn GateNow(gate: EditGate) -> impl IntoView {
    let lines: Vec<_> = [gate.commands, gate.reports]
        .into_iter()
        .chain(gate.approval.then(|| words::APPROVAL_LABEL.to_owned()))
        .filter(|part| !part.is_empty())
        .collect();
    view! {
        <Notice tone=Tone::Attention title=words::GATE_CONFLICT>
            <CodeBlock text=lines.join("\n") label=words::GATE_CONFLICT/>
        </Notice>
    }
}
