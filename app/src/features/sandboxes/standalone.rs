//! The parts of a sandbox's page that no run uses: who asked for it, its commands, how to stop it.

use domain::Timestamp;
use domain::sandbox::{Execution, SandboxState, check_stop};
use domain::views::{SandboxSummary, WhoseSandbox};
use leptos::prelude::*;

use super::page::{Parts, stop_form};
use crate::features::moments::{Ago, Lasting};
use crate::features::runs::ServedLog;
use crate::live::LiveRegion;
use crate::page::{Loaded, LogTail};
use crate::routes::Route;
use crate::text::{amounts, sandboxes as words};
use crate::ui::{Fact, Facts, Panel, ScrollTable};

/// The parts, of a sandbox that no run uses.
pub(super) fn parts(page: &Loaded, summary: &SandboxSummary, log: Option<LogTail>) -> Parts {
    let commands = commands(&summary.executions, page.now);
    let names: Vec<String> =
        summary.executions.iter().rev().map(|of| first_line(&of.request.command)).collect();
    let first = summary.executions.last().map_or(1, |oldest| oldest.request.number);
    // Lines name the command by its number: those before the oldest one shown have no name here.
    let mut steps = vec![String::new(); usize::try_from(first.saturating_sub(1)).unwrap_or(0)];
    steps.extend(names);
    let is_live = summary.sandbox.state.is_alive();
    let main = view! {
        <LiveRegion name="sandbox-commands">
            <div class="stack-wide">
                <Panel title=words::COMMANDS id="commands">{commands}</Panel>
                <Panel title=words::LOG id="log"><ServedLog log steps is_live/></Panel>
            </div>
        </LiveRegion>
    }
    .into_any();
    Parts { stop: stop(page, summary), facts: facts(summary, page.now), main }
}

fn stop(page: &Loaded, summary: &SandboxSummary) -> Option<AnyView> {
    let member = page.member()?;
    match summary.sandbox.state {
        SandboxState::Stopped { .. } | SandboxState::Failed { .. } => None,
        SandboxState::Stopping { .. } => {
            Some(view! { <p class="muted">{words::BEING_STOPPED}</p> }.into_any())
        }
        _ => {
            let refusal = check_stop(&summary.sandbox, member).err();
            Some(stop_form(refusal.as_ref(), words::STOP_STANDALONE))
        }
    }
}

fn facts(summary: &SandboxSummary, now: Timestamp) -> AnyView {
    let WhoseSandbox::Person { project, name, note, expires_at } = summary.whose.clone() else {
        return ().into_any();
    };
    let sandbox = &summary.sandbox;
    let href = Route::Tasks { project: project.clone() }.path();
    let note = if note.is_empty() { words::NOTE_NONE.to_owned() } else { note };
    let source = sandbox.request.purpose.standalone().map(|of| of.source.name.clone());
    let at = sandbox.created_at;
    let span = if sandbox.state.is_alive() {
        let left = words::time_left(expires_at.ms_since(now));
        view! { <Fact label=words::LEFT>{left}</Fact> }.into_any()
    } else {
        let lived = words::lived(sandbox);
        view! { <Fact label=words::LIVED>{lived}</Fact> }.into_any()
    };
    view! {
        <Panel title=words::ABOUT id="about">
            <Facts>
                <Fact label=words::PROJECT><a href=href>{project.to_string()}</a></Fact>
                <Fact label=words::ASKED_BY>{name}</Fact>
                <Fact label=words::NOTE>{note}</Fact>
                <Fact label=words::SOURCE>{source}</Fact>
                <Fact label=words::MADE><Ago now at/></Fact>
                {span}
            </Facts>
        </Panel>
    }
    .into_any()
}

fn commands(executions: &[Execution], now: Timestamp) -> AnyView {
    if executions.is_empty() {
        return view! { <p class="group-empty">{words::COMMANDS_NONE}</p> }.into_any();
    }
    let rows: Vec<_> = executions.iter().map(|execution| row(execution, now)).collect();
    view! {
        <ScrollTable caption=words::COMMANDS>
            <thead>
                <tr>
                    <th scope="col">{words::COLUMN_COMMAND}</th>
                    <th scope="col">{words::COLUMN_STATE}</th>
                    <th scope="col">{words::COLUMN_TOOK}</th>
                    <th scope="col">{words::COLUMN_ASKED}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </ScrollTable>
    }
    .into_any()
}

fn row(execution: &Execution, now: Timestamp) -> AnyView {
    let at = execution.requested_at;
    let took = if execution.state.is_open() {
        view! { <Lasting now since=at/> }.into_any()
    } else {
        let ms = execution.state.since().ms_since(at);
        amounts::duration_ms(u64::try_from(ms).unwrap_or(0)).into_any()
    };
    let number = words::number(execution.request.number);
    let command = first_line(&execution.request.command);
    let state = words::execution(&execution.state);
    view! {
        <tr>
            <td class="cell-main">
                <span class="row-key">{number}</span> " " <code>{command}</code>
            </td>
            <td>{state}</td>
            <td class="nowrap">{took}</td>
            <td class="nowrap"><Ago now at/></td>
        </tr>
    }
    .into_any()
}

/// The first line of a command, in full or as much as a row takes.
fn first_line(command: &str) -> String {
    const MOST: usize = 120;
    let line = command.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    let is_whole = command.trim() == line && line.chars().count() <= MOST;
    let text: String = line.chars().take(MOST).collect();
    if is_whole { text } else { format!("{text}…") }
}
