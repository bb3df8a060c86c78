//! The first visit.

use std::sync::Arc;

use domain::error::Field;
use leptos::prelude::*;

use crate::layouts::SignInLayout;
use crate::page::Loaded;
use crate::text::accounts as words;
use crate::ui::{Button, ButtonKind, Form, TextField};

/// Creates the owner and their workspace.
#[component]
pub fn SetUpPage(
    /// The page.
    page: Arc<Loaded>,
    /// Whether the form asks for the installation's setup token.
    asks_token: bool,
) -> impl IntoView {
    let token = asks_token.then(|| {
        view! {
            <TextField
                name="setup_token"
                label=words::SETUP_TOKEN_LABEL
                hint=words::SETUP_TOKEN_HINT
                kind="password"
                message=page.message(Field::SetupToken)
            />
        }
    });
    view! {
        <SignInLayout page=page.clone() title=words::SET_UP_TITLE lead=words::SET_UP_LEAD>
            <Form action="set_up">
                {token}
                <TextField
                    name="workspace"
                    label=words::WORKSPACE_LABEL
                    hint=words::WORKSPACE_HINT
                    value=page.typed("workspace")
                    autocomplete="organization"
                    message=page.message(Field::WorkspaceName)
                    autofocus=page.echo.is_none()
                />
                <TextField
                    name="name"
                    label=words::NAME_LABEL
                    hint=words::NAME_HINT
                    value=page.typed("name")
                    autocomplete="name"
                    message=page.message(Field::Name)
                />
                <TextField
                    name="email"
                    label=words::EMAIL_LABEL
                    value=page.typed("email")
                    kind="email"
                    autocomplete="username"
                    message=page.message(Field::Email)
                />
                <TextField
                    name="password"
                    label=words::PASSWORD_LABEL
                    hint=words::PASSWORD_HINT
                    kind="password"
                    autocomplete="new-password"
                    message=page.message(Field::Password)
                />
                <div class="form-actions">
                    <Button label=words::SET_UP kind=ButtonKind::Primary/>
                </div>
            </Form>
        </SignInLayout>
    }
}
