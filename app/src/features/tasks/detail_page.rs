//! One task and everything around it.

use std::sync::Arc;

use domain::actor::Permission;
use domain::project::Rule;
use domain::task::TaskState;
use domain::validation::DecisionScene;
use domain::views::TaskDetail;
use leptos::prelude::*;

use super::detail_content::{About, Description, HowItRuns};
use super::detail_decision::Decision;
use super::detail_run::{CurrentRun, RunTable};
use super::detail_state::{Actions, StateSentence};
use super::detail_timeline::Timeline;
use crate::features::people::People;
use crate::live::LiveRegion;
use crate::page::Loaded;
use crate::ui::PageHeader;

/// What the parts of a task's page share.
#[derive(Clone, Debug)]
pub(super) struct TaskScene {
    /// The page.
    pub page: Arc<Loaded>,
    /// The task and everything around it.
    pub detail: Arc<TaskDetail>,
    /// Names.
    pub people: People,
}

impl TaskScene {
    /// What deciding looks at, as the use case reads it.
    pub fn decision(&self) -> DecisionScene {
        let detail = &self.detail;
        let deciders = detail
            .people
            .iter()
            .filter(|person| person.role.allows(Permission::Decide))
            .map(|person| person.id)
            .collect();
        DecisionScene {
            task: detail.task.clone(),
            run: detail.run.clone(),
            validations: detail.validations.clone(),
            gate_version: detail.project.gate_version,
            deciders,
        }
    }

    /// Whether somebody who isn't a producer of the revision must approve it.
    pub fn needs_second_member(&self) -> bool {
        let Some(run) = &self.detail.run else {
            return false;
        };
        let approves = run.plan.gate.requirements.iter().any(|r| r.rule == Rule::Approval);
        let scene = self.decision();
        approves && scene.deciders.iter().any(|user| !run.producers.include(*user))
    }

    /// Whether the gate has changed since the waiting revision was judged.
    pub fn is_gate_changed(&self) -> bool {
        let waits = matches!(self.detail.task.state, TaskState::Review { .. });
        let run = self.detail.run.as_ref();
        waits && run.is_some_and(|run| run.plan.gate_version != self.detail.project.gate_version)
    }
}

/// A task's page.
#[component]
pub fn TaskDetailPage(
    /// The page.
    page: Arc<Loaded>,
    /// The task and everything around it.
    detail: TaskDetail,
) -> impl IntoView {
    let people = People::of(&page, &detail.people);
    let title = detail.task.content.title.clone();
    let key = detail.task.key.to_string();
    let scene = TaskScene { page, detail: Arc::new(detail), people };
    let parts: [AnyView; 8] = [
        view! { <StateSentence scene=scene.clone()/> }.into_any(),
        view! { <Actions scene=scene.clone()/> }.into_any(),
        view! { <Decision scene=scene.clone()/> }.into_any(),
        view! { <Description scene=scene.clone()/> }.into_any(),
        view! { <CurrentRun scene=scene.clone()/> }.into_any(),
        view! { <HowItRuns scene=scene.clone()/> }.into_any(),
        view! { <RunTable scene=scene.clone()/> }.into_any(),
        view! { <Timeline scene=scene.clone()/> }.into_any(),
    ];
    let [state, actions, decision, description, run, steps, runs_table, events] = parts;
    let about = view! { <About scene/> }.into_any();
    view! {
        <LiveRegion name="title"><PageHeader title=title eyebrow=key/></LiveRegion>
        <LiveRegion name="task-state">
            <div class="task-state">{state} {actions}</div>
        </LiveRegion>
        <div class="detail">
            <div class="detail-main">
                <LiveRegion name="decision">{decision}</LiveRegion>
                <LiveRegion name="description">{description}</LiveRegion>
                <LiveRegion name="run">{run}</LiveRegion>
                <LiveRegion name="steps">{steps}</LiveRegion>
                <LiveRegion name="runs">{runs_table}</LiveRegion>
                <LiveRegion name="timeline">{events}</LiveRegion>
            </div>
            <aside class="detail-side">
                <LiveRegion name="about">{about}</LiveRegion>
            </aside>
        </div>
    }
    .into_any()
}
