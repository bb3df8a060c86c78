//! The form that creates a project.

use std::sync::Arc;

use domain::error::Field;
use leptos::prelude::*;

use crate::page::Loaded;
use crate::routes::Route;
use crate::text::{frame, projects as words, tasks};
use crate::ui::{Button, ButtonKind, Form, PageHeader, TextField};

/// Creates a project.
#[component]
pub fn NewProjectPage(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    view! {
        <PageHeader title=words::NEW_TITLE lead=words::NEW_LEAD/>
        <Form action="create" label=words::NEW_TITLE class="stack form-narrow">
            <TextField
                name="name"
                label=words::NAME_LABEL
                value=page.typed("name")
                example=words::NAME_EXAMPLE
                message=page.message(Field::ProjectName)
                autofocus=page.echo.is_none()
            />
            <TextField
                name="key"
                label=words::KEY_LABEL
                value=page.typed("key")
                hint=words::KEY_HINT
                example=words::KEY_EXAMPLE
                mono=true
                message=page.message(Field::ProjectKey)
            />
            <TextField
                name="repository_url"
                label=words::URL_LABEL
                aside=frame::OPTIONAL
                value=page.typed("repository_url")
                hint=words::URL_HINT
                example=words::URL_EXAMPLE
                kind="url"
                message=page.message(Field::RepositoryUrl)
            />
            <div class="form-actions">
                <Button label=words::CREATE kind=ButtonKind::Primary/>
                <a class="quiet-link" href=Route::MyWork.path()>
                    {tasks::CANCEL}
                </a>
            </div>
        </Form>
    }
}
