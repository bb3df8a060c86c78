//! Hooks of `/__test/*` that make what a test or a demonstration needs, through the same use cases as
//! everything else. [`crate::test_hooks`] has checked the secret.

mod registry;

use std::sync::Arc;

use app::failure_page::Failure;
use axum::{body::Body, response::Response};
use domain::Error;
use domain::account::Password;
use domain::actor::Role;
use domain::ports::Passwords;
use domain::workspace::{self, AddMember, OpenWorkspace};
use http::{HeaderValue, Request, StatusCode, header};
use serde_json::{Value, json};
use worker::{Env, send::SendFuture};

use crate::database::Statement;
use crate::limits::{self, Class, Policy};
use crate::scheduled::anchors;
use crate::store::{
    SqlStore,
    contract::{Bench, run_all},
};
use crate::{
    context, failure, forms::ParsedForm, pages, request_context, scope::RequestScope, seed,
};

pub use registry::{forms, operations};

/// Answers a hook, or says that there is none.
pub async fn answer(scope: &RequestScope, hook: &str, request: Request<Body>) -> Response<Body> {
    match hook {
        "seed" => match seed::plant(scope).await {
            Ok(told) => text(told),
            Err(error) => refused(&error),
        },
        "contract" => match contract(scope).await {
            Ok(told) => json_response(StatusCode::OK, &told),
            Err(error) => refused(&error),
        },
        "verify" | "tamper" => {
            let form = match pages::read_form(request).await {
                Ok(form) => form,
                Err(failure) => return failure::respond(scope, failure),
            };
            match chain(scope.env(), hook, &form).await {
                Ok(told) => json_response(StatusCode::OK, &told),
                Err(error) => refused(&error),
            }
        }
        "hash" => match hash().await {
            Ok(told) => json_response(StatusCode::OK, &told),
            Err(error) => refused(&error),
        },
        "limits" => {
            let form = match pages::read_form(request).await {
                Ok(form) => form,
                Err(failure) => return failure::respond(scope, failure),
            };
            match set_limit(scope.env(), &form).await {
                Ok(told) => json_response(StatusCode::OK, &told),
                Err(error) => refused(&error),
            }
        }
        "workspaces" | "members" => {
            let form = match pages::read_form(request).await {
                Ok(form) => form,
                Err(failure) => return failure::respond(scope, failure),
            };
            match make(scope, hook, &form).await {
                Ok(made) => json_response(StatusCode::CREATED, &made),
                Err(error) => refused(&error),
            }
        }
        _ => failure::respond(scope, Failure::NotFound),
    }
}

/// Runs the store's contract over this deployment's database: the names of the cases, and what was
/// wrong with those that failed.
async fn contract(scope: &RequestScope) -> domain::Result<Value> {
    let database = context::database(scope.env())?;
    let ctx = context::for_system(scope.env())?;
    // The store alone: what the cases leave in the outbox is nobody's work.
    let store = Arc::new(SqlStore::new(database.clone()));
    let now = ctx.now();
    let bench = Bench { store, database, random: ctx.random, now };
    let results = run_all(&bench).await;
    let failed: Vec<_> = results
        .iter()
        .filter_map(|result| result.outcome.as_ref().err().map(|why| json!([result.name, why])))
        .collect();
    Ok(json!({ "cases": results.len(), "failed": failed }))
}

/// Verifies the log of `workspace`, or writes `to` for `from` in the body of its event `seq` as nothing
/// but an intruder would.
async fn chain(env: &Env, hook: &str, form: &ParsedForm) -> domain::Result<Value> {
    let database = context::database(env)?;
    let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let workspace = field("workspace").parse().map_err(|_| Error::NotFound)?;
    if hook == "tamper" {
        let seq: i64 = field("seq").parse().map_err(|_| Error::NotFound)?;
        let statement = Statement::new(
            "UPDATE events SET body = replace(body, ?3, ?4) WHERE workspace_id = ?1 AND seq = ?2",
            [field("workspace").into(), seq.into(), field("from").into(), field("to").into()],
        );
        database.execute(statement).await.map_err(|_| Error::Internal)?;
        return Ok(json!({}));
    }
    let store = SqlStore::new(database);
    let anchored = store.anchored_seq(workspace).await?;
    let verified = SendFuture::new(anchors::verify(env, &store, workspace)).await;
    Ok(match verified {
        Ok(differences) => json!({ "anchored": anchored, "differences": differences }),
        Err(cause) => json!({ "failed": cause }),
    })
}

/// How long one password takes, in milliseconds: the platform's clock runs on while we do, here.
async fn hash() -> domain::Result<Value> {
    let password = Password::choose("correct horse battery")?;
    let begun = worker::Date::now().as_millis();
    request_context::passwords().verify(&password, None).await?;
    Ok(json!({ "ms": worker::Date::now().as_millis().saturating_sub(begun) }))
}

/// Sets the policy of `class` to `requests` in `window_s`, for everybody or for a `workspace`, and
/// forgets what is remembered of policies and principals; with `only_here`, not what KV keeps.
/// Without a class it only forgets.
async fn set_limit(env: &Env, form: &ParsedForm) -> domain::Result<Value> {
    let workspace = form.get("workspace");
    let number = |name: &str| form.get(name).and_then(|text| text.parse().ok());
    if let Some(class) = form.get("class").and_then(Class::parse) {
        let policy = number("requests").zip(number("window_s"));
        let policy = policy.and_then(|(requests, window_s)| Policy::new(requests, window_s));
        let store = SqlStore::new(context::database(env)?);
        store.set_rate_limit_policy(workspace, class, policy.ok_or(Error::NotFound)?).await?;
    }
    limits::forget_principals();
    if form.get("only_here").is_some() {
        limits::forget_policies_here();
    } else {
        SendFuture::new(limits::forget_policies(env, workspace)).await;
    }
    Ok(json!({}))
}

/// Opens a further workspace, or adds a member to one: `workspace`, `name`, `email`, `password`, and
/// for a member `role`.
async fn make(scope: &RequestScope, hook: &str, form: &ParsedForm) -> domain::Result<Value> {
    let ctx = context::for_system(scope.env())?;
    let passwords = request_context::passwords();
    let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let (name, email, password) = (field("name"), field("email"), field("password"));
    if hook == "workspaces" {
        let input = OpenWorkspace { workspace: field("workspace"), name, email, password };
        let id = workspace::open(&ctx, &passwords, input).await?;
        return Ok(json!({ "workspace": id.to_string() }));
    }
    let workspace = field("workspace").parse().map_err(|_| Error::NotFound)?;
    let role = Role::parse(&field("role")).ok_or(Error::NotFound)?;
    let input = AddMember { workspace, name, email, password, role };
    let user = workspace::add_member(&ctx, &passwords, input).await?;
    Ok(json!({ "user": user.to_string() }))
}

fn text(told: String) -> Response<Body> {
    let mut response = Response::new(Body::from(told));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn refused(error: &Error) -> Response<Body> {
    json_response(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "error": error.to_string() }))
}

fn json_response(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
