//! The form that makes a key, and what it shows once.

use std::sync::Arc;

use domain::actor::Permission;
use domain::api_key::{Lifetime, check_grant};
use domain::error::Field;
use domain::scope::Scope;
use leptos::prelude::*;

use super::forms::field_of;
use crate::page::{Loaded, Shown};
use crate::text::{self, keys as words};
use crate::ui::{
    Button, ButtonKind, CheckField, ChoiceOption, CodeBlock, Form, Notice, Panel, SelectField,
    TextField, Tone,
};

const GROUPS: [(&str, &[Scope]); 4] = [
    (words::SCOPES_READ, &[Scope::Read, Scope::ReadAudit]),
    (
        words::SCOPES_WRITE,
        &[
            Scope::WriteTasks,
            Scope::WriteRuns,
            Scope::WriteEvidence,
            Scope::WriteProjects,
            Scope::WriteMembers,
            Scope::WriteKeys,
            Scope::WriteWorkspace,
        ],
    ),
    (words::SCOPES_DECIDE, &[Scope::WriteApprovals]),
    (words::SCOPES_DELETE, &[Scope::DeleteMembers, Scope::DeleteKeys]),
];

/// What was just made.
#[component]
pub fn MadeKey(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    let Some(Shown::Key { secret }) = page.shown.clone() else {
        return ().into_any();
    };
    match secret {
        Some(secret) => {
            let example = words::example("https://…", &secret);
            view! {
                <Notice tone=Tone::Attention title=words::MADE_TITLE advice=words::MADE_ADVICE>
                    <CodeBlock label=words::SECRET_LABEL text=secret/>
                    <CodeBlock label=words::EXAMPLE_LABEL text=example/>
                </Notice>
            }
            .into_any()
        }
        None => view! {
            <Notice
                tone=Tone::Neutral
                title=words::MADE_BEFORE_TITLE
                advice=words::MADE_BEFORE_ADVICE
            />
        }
        .into_any(),
    }
}

/// The form that makes a key.
#[component]
pub fn CreateKeyForm(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    let mut projects = vec![ChoiceOption::new("", words::PROJECT_ALL)];
    projects.extend(page.frame.projects.iter().map(|project| {
        ChoiceOption::new(project.id.to_string(), format!("{} · {}", project.key, project.name))
    }));
    let lifetimes = Lifetime::ALL
        .into_iter()
        .map(|each| ChoiceOption::new(each.as_str(), words::lifetime(each)))
        .collect();
    let typed = page.echo_of("create").map(|echo| echo.form.get("expires").to_owned());
    let expires = typed.unwrap_or_else(|| "90".to_owned());
    let refused = page
        .member()
        .and_then(|member| member.check(Permission::ManageKeys).err())
        .map(|refusal| text::refusal(&refusal));
    let groups: Vec<_> =
        GROUPS.into_iter().map(|(title, scopes)| scope_group(&page, title, scopes)).collect();
    let message = page.message(Field::Scopes);
    view! {
        <Panel title=words::NEW_TITLE id="new-key">
            <Form action="create">
                <TextField
                    name="name"
                    label=words::NAME_LABEL
                    hint=words::NAME_HINT
                    value=page.typed("name")
                    message=page.message(Field::Name)
                />
                {message.map(|message| view! { <p class="field-message" role="alert">{message}</p> })}
                {groups}
                <SelectField
                    name="expires"
                    label=words::EXPIRES_LABEL
                    hint=words::EXPIRES_HINT
                    options=lifetimes
                    value=expires
                    message=page.message(Field::Expiry)
                />
                <SelectField
                    name="project"
                    label=words::PROJECT_LABEL
                    hint=words::PROJECT_HINT
                    options=projects
                    value=page.typed("project")
                    message=page.message(Field::Project)
                />
                <div class="form-actions">
                    <Button
                        label=words::CREATE
                        kind=ButtonKind::Primary
                        disabled_because=refused
                    />
                </div>
            </Form>
        </Panel>
    }
    .into_any()
}

/// Scopes of one kind. What the role can't give is shown with its reason.
fn scope_group(page: &Arc<Loaded>, title: &'static str, scopes: &[Scope]) -> AnyView {
    let echo = page.echo_of("create");
    let boxes: Vec<_> = scopes
        .iter()
        .map(|scope| {
            let name = field_of(*scope);
            let missing = page.member().and_then(|member| check_grant(member, *scope).err());
            let hint = missing.as_ref().map(text::refusal).unwrap_or_default();
            let disabled = missing.is_some();
            let checked =
                !disabled && echo.map_or(*scope == Scope::Read, |echo| echo.form.is_ticked(&name));
            let label = words::scope(*scope);
            if hint.is_empty() {
                view! { <CheckField name label checked disabled/> }.into_any()
            } else {
                view! { <CheckField name label checked disabled hint/> }.into_any()
            }
        })
        .collect();
    view! {
        <fieldset class="stack">
            <legend>{title}</legend>
            {boxes}
        </fieldset>
    }
    .into_any()
}
