//! The form that founds a workspace.

use std::sync::Arc;

use domain::error::Field;
use leptos::prelude::*;

use crate::page::Loaded;
use crate::routes::Route;
use crate::text::{accounts, tasks, workspaces as words};
use crate::ui::{Button, ButtonKind, Form, PageHeader, TextField};

/// Founds a workspace.
#[component]
pub fn NewWorkspacePage(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    view! {
        <PageHeader title=words::NEW_TITLE lead=words::NEW_LEAD/>
        <Form action="create" label=words::NEW_TITLE class="stack form-narrow">
            <TextField
                name="name"
                label=words::NAME_LABEL
                hint=accounts::WORKSPACE_HINT
                value=page.typed("name")
                autocomplete="organization"
                message=page.message(Field::WorkspaceName)
                autofocus=page.echo.is_none()
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
