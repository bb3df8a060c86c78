//! The forms that write tasks.

use domain::Context;
use domain::error::Result;
use domain::project::ProjectKey;
use domain::task::{CreateTask, EditTask, TaskDraft, TaskKey, TaskRef, create, edit};

use crate::page::{Form, Submitted};
use crate::routes::Route;

/// Writes a task.
///
/// # Errors
/// As [`create`].
pub async fn submit_new(ctx: &Context, project: &ProjectKey, form: &Form) -> Result<Submitted> {
    let input = CreateTask {
        project: project.clone(),
        draft: draft_of(form),
        ready: form.get("stage") != "backlog",
    };
    let key = create(ctx, input).await?;
    Ok(Submitted::SeeOther(Route::Task { key }.path()))
}

/// Changes a task.
///
/// # Errors
/// As [`edit`].
pub async fn submit_edit(ctx: &Context, key: &TaskKey, form: &Form) -> Result<Submitted> {
    let input =
        EditTask { task: TaskRef::Key(key.clone()), seen: form.seen(), draft: draft_of(form) };
    let key = edit(ctx, input).await?;
    Ok(Submitted::SeeOther(Route::Task { key }.path()))
}

/// The task as typed.
pub fn draft_of(form: &Form) -> TaskDraft {
    TaskDraft {
        title: form.get("title").to_owned(),
        description: form.get("description").to_owned(),
        priority: form.get("priority").to_owned(),
        labels: form.get("labels").to_owned(),
        agent: form.get("agent").to_owned(),
        steps: form.get("steps").to_owned(),
        artifacts: form.get("artifacts").to_owned(),
    }
}
