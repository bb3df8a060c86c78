//! What is behind an invitation's link.

use std::sync::Arc;

use domain::error::Field;
use domain::invitation::JoinScene;
use leptos::prelude::*;

use super::forms::{JOIN, JOIN_KNOWN, JOIN_NEW};
use crate::layouts::SignInLayout;
use crate::page::Loaded;
use crate::routes::Route;
use crate::text::{accounts, members as words};
use crate::ui::{Button, ButtonKind, Disclosure, Form, LinkButton, TextField};

/// Who asks whom to join what; or that the link lets nobody in, and nothing else.
#[component]
pub fn JoinPage(
    /// The page.
    page: Arc<Loaded>,
    /// What is behind the link.
    scene: Option<JoinScene>,
) -> impl IntoView {
    let Some(scene) = scene else {
        return view! {
            <SignInLayout page title=words::OVER_TITLE lead=words::OVER_ADVICE>
                <div class="form-actions">
                    <LinkButton label=accounts::SIGN_IN href=Route::SignIn.path()/>
                </div>
            </SignInLayout>
        }
        .into_any();
    };
    let workspace = scene.workspace.name.clone();
    let lead = if scene.is_member {
        words::member_already(&workspace)
    } else {
        words::join_lead(&scene.inviter, &workspace, scene.invitation.role)
    };
    let for_one = (scene.invitation.email.is_some() && !scene.is_member)
        .then(|| view! { <p class="fine-print">{words::FOR_ONE}</p> });
    let content = match page.member() {
        _ if scene.is_member => view! {
            <div class="form-actions">
                <LinkButton
                    label=words::TO_WORK
                    href=Route::MyWork.path()
                    kind=ButtonKind::Primary
                />
            </div>
        }
        .into_any(),
        Some(member) => {
            let (name, email) = (member.name.clone(), member.email.clone());
            view! {
                <Form action=JOIN>
                    <div class="form-actions">
                        <Button label=words::join_as(&name) kind=ButtonKind::Primary/>
                    </div>
                </Form>
                <p class="fine-print">{words::not_you(&email)}</p>
            }
            .into_any()
        }
        None => view! { <Arrivals page=page.clone()/> }.into_any(),
    };
    view! {
        <SignInLayout page title=words::JOIN_TITLE lead=lead>
            {for_one} {content}
        </SignInLayout>
    }
    .into_any()
}

/// Both ways in for somebody who isn't signed in.
#[component]
fn Arrivals(page: Arc<Loaded>) -> impl IntoView {
    let is_known = page.echo_of(JOIN_KNOWN).is_some();
    let new = view! { <NewForm page=page.clone()/> }.into_any();
    let known = view! { <KnownForm page/> }.into_any();
    view! {
        <Disclosure summary=words::NEW_HERE open=!is_known>
            {new}
        </Disclosure>
        <Disclosure summary=words::KNOWN_HERE open=is_known>
            {known}
        </Disclosure>
    }
}

#[component]
fn NewForm(page: Arc<Loaded>) -> impl IntoView {
    let echo = page.echo_of(JOIN_NEW);
    let typed = |name: &str| echo.map(|echo| echo.form.get(name).to_owned()).unwrap_or_default();
    let message = |field| echo.and_then(|echo| echo.message(field));
    let (name, email) = (typed("name"), typed("email"));
    let (of_name, of_email) = (message(Field::Name), message(Field::Email));
    let of_password = message(Field::Password);
    view! {
        <Form action=JOIN_NEW label=words::NEW_HERE>
            <TextField
                name="name"
                label=accounts::NAME_LABEL
                hint=accounts::NAME_HINT
                value=name
                autocomplete="name"
                message=of_name
            />
            <TextField
                name="email"
                label=accounts::EMAIL_LABEL
                value=email
                kind="email"
                autocomplete="username"
                message=of_email
            />
            <TextField
                name="password"
                label=accounts::PASSWORD_LABEL
                hint=accounts::PASSWORD_HINT
                kind="password"
                autocomplete="new-password"
                message=of_password
            />
            <div class="form-actions">
                <Button label=words::JOIN_NEW kind=ButtonKind::Primary/>
            </div>
        </Form>
    }
}

#[component]
fn KnownForm(page: Arc<Loaded>) -> impl IntoView {
    let echo = page.echo_of(JOIN_KNOWN);
    let email = echo.map(|echo| echo.form.get("email").to_owned()).unwrap_or_default();
    let of_email = echo.and_then(|echo| echo.message(Field::Email));
    let of_password = echo.and_then(|echo| echo.message(Field::Password));
    view! {
        <Form action=JOIN_KNOWN label=words::KNOWN_HERE>
            <KnownField name="email" value=email kind="email" message=of_email/>
            <KnownField name="password" value=String::new() kind="password" message=of_password/>
            <div class="form-actions">
                <Button label=words::JOIN_KNOWN kind=ButtonKind::Primary/>
            </div>
        </Form>
    }
}

/// A field whose name another form of the page has as well: only its id differs.
#[component]
fn KnownField(
    name: &'static str,
    value: String,
    kind: &'static str,
    message: Option<String>,
) -> impl IntoView {
    let id = format!("known-{name}");
    let (label, autocomplete) = match name {
        "email" => (accounts::EMAIL_LABEL, "username"),
        _ => (accounts::PASSWORD_LABEL, "current-password"),
    };
    let described = message.is_some().then(|| format!("{id}-message"));
    let invalid = message.is_some().then_some("true");
    let class = if message.is_some() { "field field-invalid" } else { "field" };
    view! {
        <div class=class>
            <label class="field-label" for=id.clone()>
                {label}
            </label>
            <input
                class="input"
                type=kind
                id=id.clone()
                name=name
                value=value
                autocomplete=autocomplete
                aria-describedby=described
                aria-invalid=invalid
                autofocus=invalid.is_some()
            />
            {message
                .map(|message| {
                    view! { <p class="field-message" id=format!("{id}-message")>{message}</p> }
                })}
        </div>
    }
}
