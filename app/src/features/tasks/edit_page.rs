//! The form that changes a task.

use std::sync::Arc;

use domain::actor::Actor;
use domain::agent::Agent;
use domain::error::Error;
use domain::event::EventBody;
use domain::task::{TaskDraft, check_edit};
use domain::views::TaskDetail;
use leptos::prelude::*;

use super::form_fields::TaskFields;
use super::forms::draft_of;
use crate::live::LiveRegion;
use crate::page::{FormEcho, Loaded};
use crate::routes::Route;
use crate::text::{self, amounts, tasks as words};
use crate::ui::{Button, ButtonKind, CodeBlock, Form, Notice, PageHeader, Tone};

/// Changes a task. After a conflict it shows what is there now beside what was typed; saving again
/// then overwrites knowingly.
#[component]
pub fn EditTaskPage(
    /// The page.
    page: Arc<Loaded>,
    /// The task.
    detail: TaskDetail,
) -> impl IntoView {
    let refusal = page.member().and_then(|member| check_edit(&detail.task, member).err());
    let because = refusal.as_ref().map(text::refusal);
    let current = TaskDraft::of(&detail.task.content);
    let echo = page.echo.clone();
    let draft = echo.as_ref().map_or_else(|| current.clone(), |echo| draft_of(&echo.form));
    let conflict = echo.as_ref().filter(|echo| matches!(echo.error, Error::Conflict { .. })).map(
        |echo| view! { <Conflict page=page.clone() detail=detail.clone() echo=echo.clone()/> },
    );
    let back = Route::Task { key: detail.task.key.clone() }.path();
    let hold = echo.is_some();
    let seen = detail.task.head.version;
    let fields = view! { <TaskFields draft agents=detail.agents echo/> }.into_any();
    view! {
        <PageHeader
            title=format!("{} {}", words::EDIT_TITLE, detail.task.key)
            eyebrow=detail.project.details.name
        />
        {conflict}
        <LiveRegion name="edit" hold>
            <Form action="edit" seen=seen label=words::EDIT_TITLE class="stack form-wide">
                {fields}
                <div class="form-actions">
                    <Button
                        label=words::SAVE
                        kind=ButtonKind::Primary
                        disabled_because=because
                    />
                    <a class="quiet-link" href=back>
                        {words::CANCEL}
                    </a>
                </div>
            </Form>
        </LiveRegion>
    }
    .into_any()
}

/// What somebody else changed in the meantime, field by field where it differs from what was typed.
#[component]
fn Conflict(page: Arc<Loaded>, detail: TaskDetail, echo: FormEcho) -> impl IntoView {
    let changes = changes_since(&page, &detail, echo.form.seen());
    let agents = detail.agents.clone();
    let differences: Vec<_> =
        differences(&TaskDraft::of(&detail.task.content), &draft_of(&echo.form))
            .into_iter()
            .map(|(label, now)| (label, named(&agents, now)))
            .map(|(label, now)| {
                view! {
                    <p class="field-label">{label}</p>
                    <CodeBlock text=now label=label/>
                }
            })
            .collect();
    let title = if differences.is_empty() { words::CONFLICT_NONE } else { words::CONFLICT_TITLE };
    view! {
        <Notice tone=Tone::Attention title>
            {changes.into_iter().map(|change| view! { <p>{change}</p> }).collect::<Vec<_>>()}
            {differences}
        </Notice>
    }
}

/// An agent's name where its id stands; everything else as it is.
fn named(agents: &[Agent], text: String) -> String {
    agents.iter().find(|agent| agent.id.to_string() == text).map_or(text, |a| a.name.clone())
}

/// Who changed the task's content after the version that the form was made from.
fn changes_since(page: &Loaded, detail: &TaskDetail, seen: i64) -> Vec<String> {
    detail
        .timeline
        .iter()
        .filter(|event| event.version > seen && seen > 0)
        .filter(|event| matches!(event.body, EventBody::TaskEdited { .. }))
        .filter_map(|event| {
            let Actor::User(user) = event.actor else { return None };
            let person = detail.people.iter().find(|person| person.id == user)?;
            Some(words::changed_by(&person.name, &amounts::ago(page.now, event.at)))
        })
        .collect()
}

/// The fields whose present content differs from what was typed, with that content.
fn differences(now: &TaskDraft, typed: &TaskDraft) -> Vec<(&'static str, String)> {
    let same = |a: &str, b: &str| a.trim_end() == b.replace("\r\n", "\n").trim_end();
    [
        (words::TITLE_LABEL, &now.title, &typed.title),
        (words::DESCRIPTION_LABEL, &now.description, &typed.description),
        (words::PRIORITY_LABEL, &now.priority, &typed.priority),
        (words::LABELS_LABEL, &now.labels, &typed.labels),
        (words::AGENT_LABEL, &now.agent, &typed.agent),
        (words::STEPS_LABEL, &now.steps, &typed.steps),
        (words::ARTIFACTS_LABEL, &now.artifacts, &typed.artifacts),
    ]
    .into_iter()
    .filter(|(_, now, typed)| !same(now, typed))
    .map(|(label, now, _)| {
        let now = if now.is_empty() { words::NOTHING.to_owned() } else { now.clone() };
        (label, now)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fields_that_differ_are_shown() {
        let now = TaskDraft {
            title: "New title".to_owned(),
            steps: "a\nb".to_owned(),
            ..TaskDraft::default()
        };
        let typed = TaskDraft {
            title: "My title".to_owned(),
            steps: "a\r\nb\r\n".to_owned(),
            labels: "bug".to_owned(),
            ..TaskDraft::default()
        };
        assert_eq!(
            differences(&now, &typed),
            [
                (words::TITLE_LABEL, "New title".to_owned()),
                (words::LABELS_LABEL, words::NOTHING.to_owned()),
            ]
        );
    }
}
