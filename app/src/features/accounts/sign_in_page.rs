//! Signing in.

use std::sync::Arc;

use domain::error::Field;
use leptos::prelude::*;

use super::forms::AFTER;
use crate::layouts::SignInLayout;
use crate::page::Loaded;
use crate::text::accounts as words;
use crate::ui::{Button, ButtonKind, Form, Notice, TextField, Tone};

/// The form that signs in. Where to go afterwards stands in its address.
#[component]
pub fn SignInPage(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    let email = page.typed("email");
    let (name, value) = AFTER;
    let after_reset = page.echo.is_none() && page.query.get(name) == Some(value);
    let changed = after_reset.then(|| {
        view! {
            <Notice
                tone=Tone::Good
                title=words::CHANGED_TITLE
                advice=words::CHANGED_ADVICE.to_owned()
            />
        }
        .into_any()
    });
    view! {
        <SignInLayout page=page.clone() title=words::SIGN_IN_TITLE>
            {changed}
            <Form action="sign_in">
                <TextField
                    name="email"
                    label=words::EMAIL_LABEL
                    autofocus=email.is_empty()
                    value=email
                    kind="email"
                    autocomplete="username"
                    message=page.message(Field::Email)
                />
                <TextField
                    name="password"
                    label=words::PASSWORD_LABEL
                    kind="password"
                    autocomplete="current-password"
                    message=page.message(Field::Password)
                />
                <div class="form-actions">
                    <Button label=words::SIGN_IN kind=ButtonKind::Primary/>
                </div>
            </Form>
            <p class="fine-print">{words::SIGN_IN_HELP}</p>
        </SignInLayout>
    }
}
