//! Who asks.

use domain::actor::{Member, Principal};
use domain::{Error, Result as Domain};
use serde::Serialize;

#[cfg(not(target_arch = "wasm32"))]
use crate::api::shape::words;
use crate::api::{Admission, Answers, ApiAnswer, ApiError, Call, Endpoint, Shape, Tag};

/// Who asks.
pub const READ: Endpoint = Endpoint {
    id: "read_me",
    summary: "Who the credential stands for",
    about: "A person, through a session or through a key of theirs, or a run through its own token.",
    admits: Admission::Anyone,
    by_run: true,
    answers: Answers::Json(Shape::of::<Me>()),
    ..Endpoint::get("/me", Tag::Identity)
};

/// Who asks.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Me {
    /// `session`, `key` or `run`.
    via: &'static str,
    /// The workspace.
    workspace: MyWorkspace,
    /// The person; null for a run.
    user: Option<MyPerson>,
    /// The key, where one was shown.
    key: Option<MyKey>,
    /// The run, where it asks itself.
    run: Option<MyRun>,
}

#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct MyWorkspace {
    id: String,
    /// Null for a run.
    name: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct MyPerson {
    id: String,
    name: String,
    email: String,
    /// Their role in the workspace.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::role"))]
    role: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct MyKey {
    id: String,
    /// What it, or the token that was exchanged for it, may do.
    scopes: Vec<&'static str>,
    /// The id of the only project that it reaches; null when it reaches all.
    project: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct MyRun {
    id: String,
    task: String,
    project: String,
}

/// Answers [`READ`].
///
/// # Errors
/// 401.
pub async fn read(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let read = call.ctx.store.principal(&call.ctx.caller).await?;
    ApiAnswer::json(&told(&read.principal)?)
}

fn told(principal: &Principal) -> Domain<Me> {
    match principal {
        Principal::Member(member) => Ok(of_member(member)),
        Principal::Run(run) => Ok(Me {
            via: "run",
            workspace: MyWorkspace { id: run.workspace.to_string(), name: None },
            user: None,
            key: None,
            run: Some(MyRun {
                id: run.run.to_string(),
                task: run.task.to_string(),
                project: run.project.to_string(),
            }),
        }),
        Principal::SignedOut | Principal::System => Err(Error::SignedOut),
    }
}

fn of_member(member: &Member) -> Me {
    let key = member.grant().map(|grant| MyKey {
        id: grant.key.to_string(),
        scopes: grant.scopes.iter().map(|scope| scope.as_str()).collect(),
        project: grant.project.map(|project| project.to_string()),
    });
    Me {
        via: if key.is_some() { "key" } else { "session" },
        workspace: MyWorkspace {
            id: member.workspace.to_string(),
            name: Some(member.workspace_name.clone()),
        },
        user: Some(MyPerson {
            id: member.user.to_string(),
            name: member.name.clone(),
            email: member.email.clone(),
            role: member.role.as_str(),
        }),
        key,
        run: None,
    }
}
