//! The form that invites, and the link that it gives.

use std::sync::Arc;

use domain::actor::Role;
use domain::error::Field;
use domain::ids::InvitationId;
use leptos::prelude::*;

use super::forms::{INVITE, RENEW};
use super::link_once::LinkOnce;
use crate::page::{Loaded, Shown};
use crate::text::{frame, members as words, states};
use crate::ui::{
    Button, ButtonKind, ChoiceOption, Form, Notice, Panel, SelectField, TextField, Tone,
};

/// Makes a link; after that, shows it this once.
#[component]
pub fn InvitePanel(
    /// The page.
    page: Arc<Loaded>,
    /// Why the reader can't.
    because: Option<String>,
) -> impl IntoView {
    let own = page.member().map_or(Role::Viewer, |member| member.role);
    let options = Role::ALL
        .into_iter()
        .rev()
        .filter(|role| *role <= own)
        .map(|role| ChoiceOption::new(role.as_str(), states::role(role)))
        .collect();
    let echo = page.echo_of(INVITE);
    let typed = |name: &str| echo.map(|echo| echo.form.get(name).to_owned()).unwrap_or_default();
    let (role, email) = (typed("role"), typed("email"));
    let role = Some(role).filter(|role| !role.is_empty());
    let role = role.unwrap_or_else(|| Role::Member.as_str().to_owned());
    let message = |field| echo.and_then(|echo| echo.message(field));
    let (of_role, of_email) = (message(Field::Role), message(Field::Email));
    let disabled = because.is_some();
    let link = match page.shown.clone() {
        Some(Shown::Invitation { id, link, sent }) => Some(view! { <Invited id link sent/> }),
        _ => None,
    };
    view! {
        <Panel id="invite" title=words::INVITE_TITLE lead=words::INVITE_LEAD>
            {link}
            <Form action=INVITE label=words::INVITE_TITLE class="stack form-narrow">
                <SelectField
                    name="role"
                    label=words::ROLE_LABEL
                    options
                    value=role
                    message=of_role
                />
                <TextField
                    name="email"
                    label=words::EMAIL_LABEL
                    aside=frame::OPTIONAL
                    hint=words::EMAIL_HINT
                    kind="email"
                    value=email
                    message=of_email
                    disabled
                />
                <div class="form-actions">
                    <Button
                        label=words::INVITE
                        kind=ButtonKind::Primary
                        disabled_because=because
                    />
                </div>
            </Form>
        </Panel>
    }
}

/// The link. Where the form was sent again, which isn't told it: the way to another one.
#[component]
fn Invited(id: InvitationId, link: Option<String>, sent: bool) -> impl IntoView {
    match link {
        Some(link) => {
            let advice = if sent { words::LINK_SENT } else { words::LINK_ADVICE };
            view! { <LinkOnce title=words::LINK_TITLE advice id="invitation-link" link/> }
                .into_any()
        }
        None => {
            let id = id.to_string();
            view! {
                <Notice
                    tone=Tone::Attention
                    title=words::LINK_GONE
                    advice=words::LINK_GONE_ADVICE.to_owned()
                >
                    <Form action=RENEW target=format!("shown-{id}")>
                        <input type="hidden" name="invitation" value=id/>
                        <Button label=words::RENEW_SHOWN/>
                    </Form>
                </Notice>
            }
            .into_any()
        }
    }
}
