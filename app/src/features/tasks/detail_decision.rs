//! The decision on a revision: approve it, or send it back with a reason.

use domain::actor::Permission;
use domain::error::Field;
use domain::task::TaskState;
use domain::validation::{check_approve, check_reject};
use leptos::prelude::*;

use super::detail_page::TaskScene;
use crate::text::{self, task as words};
use crate::ui::{
    Button, ButtonKind, CodeBlock, Disclosure, Form, IconName, Notice, Panel, TextArea, Tone,
};

/// The decision, while a task waits for one.
#[component]
pub(super) fn Decision(scene: TaskScene) -> impl IntoView {
    if !matches!(scene.detail.task.state, TaskState::Review { .. }) {
        return kept_reason(&scene);
    }
    let member = scene.page.member()?.clone();
    let decision = scene.decision();
    let may_decide = member.check(Permission::Decide).is_ok();
    let title = if may_decide && !decision.must_leave_it_to_others(member.user) {
        words::DECISION
    } else {
        words::DECISION_OF_OTHERS
    };
    let gate_changed = scene.is_gate_changed().then(|| {
        view! {
            <Notice
                tone=Tone::Attention
                title=words::GATE_CHANGED_TITLE
                advice=words::GATE_CHANGED_ADVICE
            />
        }
        .into_any()
    });
    let own_work = (may_decide && decision.is_own_work_alone(member.user)).then(|| {
        view! {
            <Notice tone=Tone::Neutral title=words::OWN_WORK_TITLE advice=words::OWN_WORK_ADVICE/>
        }
        .into_any()
    });
    let seen = scene.detail.task.head.version;
    let cant_approve = check_approve(&decision, &member).err().as_ref().map(text::refusal);
    let approve = view! {
        <Form action="approve" seen=seen class="inline-form">
            <Button
                label=words::APPROVE
                kind=ButtonKind::Primary
                icon=IconName::CircleCheck
                disabled_because=cant_approve
            />
        </Form>
    }
    .into_any();
    let reject = check_reject(&decision, &member).is_ok().then(|| send_back(&scene, seen));
    Some(
        view! {
            <Panel title=title id="decision">
                <div class="decision">
                    {gate_changed} {own_work}
                    <p class="muted">{words::APPROVE_MEANING}</p>
                    <div class="decision-actions">{approve} {reject}</div>
                </div>
            </Panel>
        }
        .into_any(),
    )
}

/// A reason that came too late: nothing that somebody typed is lost.
fn kept_reason(scene: &TaskScene) -> Option<AnyView> {
    scene.page.echo_of("reject")?;
    let reason = scene.page.typed("reason");
    (!reason.trim().is_empty()).then(|| {
        view! {
            <Panel title=words::REASON_KEPT_TITLE id="decision" lead=words::REASON_KEPT_ADVICE>
                <div data-live-hold="">
                    <CodeBlock text=reason label=words::REASON_KEPT_TITLE/>
                </div>
            </Panel>
        }
        .into_any()
    })
}

fn send_back(scene: &TaskScene, seen: i64) -> AnyView {
    let echo = scene.page.echo_of("reject").is_some();
    let typed = if echo { scene.page.typed("reason") } else { String::new() };
    let message = scene.page.message(Field::Reason);
    let form = view! {
        <Form action="reject" seen=seen>
            <TextArea
                name="reason"
                label=words::REASON_LABEL
                value=typed
                hint=words::REASON_HINT
                message=message
                rows=3
            />
            <Button label=words::SEND_BACK icon=IconName::SendBack/>
        </Form>
    }
    .into_any();
    // A form that wasn't accepted stays until it is sent again: nothing replaces what was typed.
    view! {
        <div data-live-hold=echo.then_some("")>
            <Disclosure summary=words::SEND_BACK open=echo>
                {form}
            </Disclosure>
        </div>
    }
    .into_any()
}
