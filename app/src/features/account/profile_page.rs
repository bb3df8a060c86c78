//! One's own name and password.

use std::sync::Arc;

use domain::error::Field;
use leptos::prelude::*;

use crate::page::Loaded;
use crate::routes::SettingsTab;
use crate::text::{account as words, settings};
use crate::ui::{Button, ButtonKind, Fact, Facts, Form, PageHeader, Panel, TextField};

/// Who one is here.
#[component]
pub fn ProfilePage(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    let (name, email) =
        page.member().map(|member| (member.name.clone(), member.email.clone())).unwrap_or_default();
    let name = page.echo_of("rename").map_or(name, |echo| echo.form.get("name").to_owned());
    let message = page.message(Field::Name);
    let password = view! { <PasswordPanel page/> }.into_any();
    view! {
        <PageHeader title=settings::tab(SettingsTab::Profile) lead=words::PROFILE_LEAD/>
        <div class="stack-wide">
            <Panel title=words::NAME_TITLE id="name-panel">
                <Facts>
                    <Fact label=words::EMAIL_LABEL>{email}</Fact>
                </Facts>
                <Form action="rename">
                    <TextField
                        name="name"
                        label=words::NAME_LABEL
                        hint=words::NAME_HINT
                        value=name
                        autocomplete="name"
                        message
                    />
                    <div class="form-actions">
                        <Button label=words::SAVE_NAME/>
                    </div>
                </Form>
            </Panel>
            {password}
        </div>
    }
    .into_any()
}

#[component]
fn PasswordPanel(page: Arc<Loaded>) -> impl IntoView {
    view! {
        <Panel title=words::PASSWORD_TITLE id="password-panel" lead=words::PASSWORD_LEAD>
            <Form action="change_password">
                <TextField
                    name="present_password"
                    label=words::PRESENT_LABEL
                    kind="password"
                    autocomplete="current-password"
                    message=page.message(Field::PresentPassword)
                />
                <TextField
                    name="password"
                    label=words::NEW_LABEL
                    hint=words::NEW_HINT
                    kind="password"
                    autocomplete="new-password"
                    message=page.message(Field::Password)
                />
                <div class="form-actions">
                    <Button label=words::CHANGE_PASSWORD kind=ButtonKind::Primary/>
                </div>
            </Form>
        </Panel>
    }
}
