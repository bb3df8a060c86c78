//! Choosing a new password by a link that an admin handed over.

use std::sync::Arc;

use domain::account::{OpenReset, ResetLink};
use domain::error::Field;
use leptos::prelude::*;

use super::forms::RESET;
use crate::features::moments::Until;
use crate::layouts::SignInLayout;
use crate::page::Loaded;
use crate::routes::Route;
use crate::text::accounts as words;
use crate::ui::{Button, ButtonKind, Form, LinkButton, TextField};

/// Whose password it is and the form that chooses a new one; or what became of the link.
#[component]
pub fn ResetPage(
    /// The page.
    page: Arc<Loaded>,
    /// What is behind the link.
    link: ResetLink,
) -> impl IntoView {
    let (title, advice) = match link {
        ResetLink::Open(open) => return view! { <OpenLink page open=*open/> }.into_any(),
        ResetLink::Used => (words::RESET_USED_TITLE, words::RESET_USED_ADVICE),
        ResetLink::Expired => (words::RESET_EXPIRED_TITLE, words::RESET_EXPIRED_ADVICE),
        ResetLink::Void => (words::RESET_VOID_TITLE, words::RESET_VOID_ADVICE),
    };
    view! {
        <SignInLayout page title lead=advice>
            <div class="form-actions">
                <LinkButton label=words::SIGN_IN href=Route::SignIn.path()/>
            </div>
        </SignInLayout>
    }
    .into_any()
}

#[component]
fn OpenLink(page: Arc<Loaded>, open: OpenReset) -> impl IntoView {
    let (now, message) = (page.now, page.message(Field::Password));
    let lead = words::reset_lead(&open.name, &open.workspace_name);
    view! {
        <SignInLayout page title=words::RESET_TITLE lead=lead>
            <Form action=RESET>
                // Shown, and read by whatever keeps passwords for people.
                <div class="field">
                    <label class="field-label" for="email">
                        {words::EMAIL_LABEL}
                    </label>
                    <input
                        class="input"
                        type="email"
                        id="email"
                        autocomplete="username"
                        value=open.email.as_str().to_owned()
                        readonly=true
                    />
                </div>
                <TextField
                    name="password"
                    label=words::NEW_PASSWORD_LABEL
                    hint=words::PASSWORD_HINT
                    kind="password"
                    autocomplete="new-password"
                    autofocus=true
                    message
                />
                <div class="form-actions">
                    <Button label=words::RESET kind=ButtonKind::Primary/>
                </div>
            </Form>
            <p class="fine-print">
                {words::RESET_ENDS} " " <Until now at=open.expires_at/> ". " {words::RESET_EFFECT}
            </p>
        </SignInLayout>
    }
}
