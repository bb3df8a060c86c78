//! The form that writes a task.

use std::sync::Arc;

use domain::task::TaskDraft;
use domain::views::TaskList;
use leptos::prelude::*;

use super::form_fields::TaskFields;
use super::forms::draft_of;
use crate::page::Loaded;
use crate::routes::Route;
use crate::text::tasks as words;
use crate::ui::{Button, ButtonKind, ChoiceOption, Form, PageHeader, SelectField};

/// Writes a task. The first agent is chosen already: most tasks are meant to be run.
#[component]
pub fn NewTaskPage(
    /// The page.
    page: Arc<Loaded>,
    /// The project, and the agents to choose from.
    list: TaskList,
) -> impl IntoView {
    let echo = page.echo.clone();
    let draft = match &echo {
        Some(echo) => draft_of(&echo.form),
        None => TaskDraft {
            agent: list.agents.first().map(|agent| agent.id.to_string()).unwrap_or_default(),
            ..TaskDraft::default()
        },
    };
    let stage = page.typed("stage");
    let stages = vec![
        ChoiceOption::new("ready", words::STATE_READY),
        ChoiceOption::new("backlog", words::STATE_BACKLOG),
    ];
    let back = Route::Tasks { project: list.project.details.key.clone() }.path();
    view! {
        <PageHeader title=words::NEW_TITLE eyebrow=list.project.details.name/>
        <Form action="create" label=words::NEW_TITLE class="stack form-wide">
            <TaskFields draft agents=list.agents echo/>
            <SelectField name="stage" label=words::STATE_LABEL options=stages value=stage/>
            <div class="form-actions">
                <Button label=words::CREATE kind=ButtonKind::Primary/>
                <a class="quiet-link" href=back>
                    {words::CANCEL}
                </a>
            </div>
        </Form>
    }
}
