//! What a task says.

use leptos::prelude::*;

use super::detail_page::TaskScene;
use crate::features::moments::Ago;
use crate::features::state_badges::PriorityMark;
use crate::routes::Route;
use crate::text::{states, task as words, timeline};
use crate::ui::markdown::Markdown;
use crate::ui::{CodeBlock, Fact, Facts, Panel};
use domain::actor::Actor;
use domain::task::Priority;

/// What is wrong or wanted.
#[component]
pub(super) fn Description(scene: TaskScene) -> impl IntoView {
    let description = scene.detail.task.content.description.clone();
    let description = if description.is_empty() {
        view! { <p class="muted">{words::NO_DESCRIPTION}</p> }.into_any()
    } else {
        view! { <Markdown source=description/> }.into_any()
    };
    view! { <Panel title=words::DESCRIPTION id="description">{description}</Panel> }.into_any()
}

/// Steps, and what is kept.
#[component]
pub(super) fn HowItRuns(scene: TaskScene) -> impl IntoView {
    let content = scene.detail.task.content.clone();
    let steps = if content.steps.is_empty() {
        view! { <p class="muted">{words::NO_STEPS}</p> }.into_any()
    } else {
        let items: Vec<_> = content
            .steps
            .into_iter()
            .map(|step| view! { <li class="step"><code>{step.command}</code></li> })
            .collect();
        view! { <ol class="steps steps-numbered">{items}</ol> }.into_any()
    };
    let artifacts = (!content.artifacts.is_empty()).then(|| {
        let text = content.artifacts.join("\n");
        view! {
            <p class="steps-heading">{words::ARTIFACTS}</p>
            <CodeBlock text=text label=words::ARTIFACTS/>
        }
        .into_any()
    });
    view! { <Panel title=words::STEPS id="steps">{steps} {artifacts}</Panel> }.into_any()
}

/// The facts about a task.
#[component]
pub(super) fn About(scene: TaskScene) -> impl IntoView {
    let now = scene.page.now;
    let detail = &scene.detail;
    let task = &detail.task;
    let project = Route::Tasks { project: detail.project.details.key.clone() }.path();
    let project_name = detail.project.details.name.clone();
    let agent = detail.agents.iter().find(|agent| Some(agent.id) == task.agent());
    let agent = agent.map_or_else(|| words::NO_AGENT.to_owned(), |agent| agent.name.clone());
    let written_by = match task.created_by {
        Actor::User(id) => scene.people.name(id),
        Actor::Run(_) | Actor::System => timeline::MONOTASK.to_owned(),
    };
    let labels: Vec<_> = task
        .content
        .labels
        .iter()
        .map(|label| view! { <span class="chip">{label.clone()}</span> " " })
        .collect();
    let labels = (!labels.is_empty())
        .then(|| view! { <Fact label=words::LABELS>{labels}</Fact> }.into_any());
    let priority = match task.content.priority {
        Priority::None => states::priority(Priority::None).into_any(),
        priority => view! { <PriorityMark priority/> }.into_any(),
    };
    let steps_by = scene.people.name(task.content.steps_author);
    let (written, changed) = (task.created_at, task.updated_at);
    view! {
        <Panel title=words::ABOUT id="about">
            <Facts>
                <Fact label=words::PROJECT><a href=project>{project_name}</a></Fact>
                <Fact label=words::PRIORITY>{priority}</Fact>
                {labels}
                <Fact label=words::AGENT>{agent}</Fact>
                <Fact label=words::STEPS_BY>{steps_by}</Fact>
                <Fact label=words::WRITTEN_BY>{written_by}</Fact>
                <Fact label=words::WRITTEN><Ago now at=written/></Fact>
                <Fact label=words::CHANGED><Ago now at=changed/></Fact>
            </Facts>
        </Panel>
    }
    .into_any()
}
