//! Where a task stands, what it waits for, and what one can do about it.

use domain::actor::{Member, Permission};
use domain::run::check_start;
use domain::task::{MoveTo, TaskStage, TaskState, check_move};
use leptos::prelude::*;

use super::detail_page::TaskScene;
use crate::features::moments::{Ago, Lasting};
use crate::features::state_badges::StageBadge;
use crate::live::Say;
use crate::routes::Route;
use crate::text::{self, task as words};
use crate::ui::{Button, ButtonKind, Disclosure, Form, IconName, LinkButton};

/// The stage, and a sentence that names what is waited for and since when.
#[component]
pub(super) fn StateSentence(scene: TaskScene) -> impl IntoView {
    let state = &scene.detail.task.state;
    let sentence = words::waiting(state, scene.needs_second_member());
    let stage = state.stage();
    let now = scene.page.now;
    let since = state.since();
    let moment = if words::is_wait(state) {
        view! { <Lasting now since/> }.into_any()
    } else {
        view! { <Ago now at=since/> }.into_any()
    };
    let who = match state {
        TaskState::Done { by, .. } | TaskState::Cancelled { by, .. } => {
            Some(format!(" {} {}", text::validations::BY, scene.people.name_within(*by)))
        }
        _ => None,
    };
    let reason = match state {
        TaskState::ChangesRequested { by, reason, .. } => Some(
            view! {
                <div class="sent-back">
                    <p class="muted">{words::sent_back(&scene.people.name_within(*by))}</p>
                    <blockquote class="quote">{reason.clone()}</blockquote>
                </div>
            }
            .into_any(),
        ),
        _ => None,
    };
    view! {
        <div class="stack">
            <p class="state-line">
                <Say about=words::TASK>
                    <StageBadge stage/> " " <span class="muted">{sentence} {who}</span>
                </Say>
                <span class="muted">{moment}</span>
            </p>
            {reason}
        </div>
    }
    .into_any()
}

/// Starting, editing and moving by hand.
#[component]
pub(super) fn Actions(scene: TaskScene) -> impl IntoView {
    let member = scene.page.member()?.clone();
    let key = scene.detail.task.key.clone();
    let may_edit = member.check(Permission::EditTasks).is_ok();
    let is_idle =
        !matches!(scene.detail.task.state.stage(), TaskStage::Running | TaskStage::Validating);
    let edit = (may_edit && is_idle).then(|| {
        let href = Route::EditTask { key }.path();
        view! { <LinkButton label=words::EDIT href=href icon=IconName::Pencil/> }.into_any()
    });
    let start = start(&scene, &member);
    let moves = moves(&scene, &member);
    Some(view! { <div class="task-actions">{start} {edit} {moves}</div> }.into_any())
}

fn start(scene: &TaskScene, member: &Member) -> Option<AnyView> {
    let detail = &scene.detail;
    let task = &detail.task;
    if !task.state.stage().can_start() {
        return None;
    }
    let agent = detail.agents.iter().find(|agent| Some(agent.id) == task.agent());
    let because = check_start(task, &detail.project, agent, member).err();
    let because = because.as_ref().map(text::refusal);
    let label = if detail.runs.is_empty() { words::START } else { words::START_AGAIN };
    let seen = task.head.version;
    Some(
        view! {
            <Form action="start" seen=seen class="inline-form">
                <Button
                    label=label
                    kind=ButtonKind::Primary
                    icon=IconName::Play
                    disabled_because=because
                />
            </Form>
        }
        .into_any(),
    )
}

fn moves(scene: &TaskScene, member: &Member) -> Option<AnyView> {
    let task = &scene.detail.task;
    let from = task.state.stage();
    let seen = task.head.version;
    let forms: Vec<_> = [MoveTo::Ready, MoveTo::Backlog, MoveTo::Cancelled]
        .into_iter()
        .filter(|to| check_move(task, member, *to).is_ok())
        .map(|to| {
            let kind =
                if to == MoveTo::Cancelled { ButtonKind::Danger } else { ButtonKind::Secondary };
            view! {
                <Form action="move" target=words::move_word(to) seen=seen class="inline-form">
                    <input type="hidden" name="to" value=words::move_word(to)/>
                    <Button label=words::move_label(from, to) kind/>
                </Form>
            }
            .into_any()
        })
        .collect();
    (!forms.is_empty()).then(|| {
        view! {
            <Disclosure summary=words::MORE>
                <div class="task-actions">{forms}</div>
            </Disclosure>
        }
        .into_any()
    })
}
