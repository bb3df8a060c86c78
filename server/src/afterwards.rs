//! What a request leaves to be noted after its answer, which doesn't wait for it: what was refused, for
//! the audit log, and the use of a key.
//!
//! It is written over a database handle of its own: a request's count of round trips is what it waited
//! for.

use std::cell::RefCell;
use std::collections::HashMap;

use domain::actor::{Actor, Credential, Principal};
use domain::api_key::{ApiKeyStore, USE_NOTED_EVERY_MS};
use domain::audit::{AuditEntry, AuditStore, Outcome, REQUEST_REFUSED, proof};
use domain::context::Caller;
use domain::ids::{ApiKeyId, AuditId};
use http::{Method, StatusCode};

use crate::random::PlatformRandom;
use crate::rules::secret_paths::without_secrets;
use crate::scope::RequestScope;
use crate::store::SqlStore;
use crate::{context, telemetry};

/// How many keys' last uses this instance remembers.
const MOST_KEYS: usize = 1_000;
/// Most characters of an address that an entry keeps.
const LONGEST_TARGET: usize = 200;

thread_local! {
    // When this instance last noted the use of a key, so that a busy one isn't written about each time.
    static NOTED: RefCell<HashMap<ApiKeyId, i64>> = RefCell::new(HashMap::new());
}

/// What is to be noted of one request.
struct Notes {
    refusals: Vec<AuditEntry>,
    refused_key: bool,
    used: Option<ApiKeyId>,
}

impl Notes {
    fn is_empty(&self) -> bool {
        self.refusals.is_empty() && !self.refused_key && self.used.is_none()
    }
}

/// Notes what a request came to, once it is answered.
pub fn note(scope: &RequestScope, method: &Method, path: &str, status: StatusCode) {
    let Some(caller) = scope.caller() else {
        return;
    };
    let notes = notes(&caller, method, path, status);
    if notes.is_empty() {
        return;
    }
    let (env, id) = (scope.env().clone(), scope.id().to_owned());
    scope.platform().wait_until(async move {
        if let Err(error) = write(&env, &caller, notes).await {
            telemetry::log_error("not_noted", Some(&id), &error);
        }
    });
}

fn notes(caller: &Caller, method: &Method, path: &str, status: StatusCode) -> Notes {
    let mut refusals = caller.witness.take_refusals();
    let seen = caller.witness.seen();
    if status == StatusCode::FORBIDDEN {
        refusals.extend(seen.and_then(|principal| forbidden(caller, principal, method, path)));
    }
    let is_key = matches!(caller.credential, Credential::Key(_) | Credential::KeyToken { .. });
    let refused_key =
        is_key && status == StatusCode::UNAUTHORIZED && !matches!(seen, Some(Principal::Member(_)));
    Notes { refusals, refused_key, used: seen.and_then(|principal| used(principal, caller.now.0)) }
}

/// The entry of somebody known who asked for what they may not have.
fn forbidden(
    caller: &Caller,
    principal: &Principal,
    method: &Method,
    path: &str,
) -> Option<AuditEntry> {
    let actor = match principal {
        Principal::Member(member) => Actor::User(member.user),
        Principal::Run(reporter) => Actor::Run(reporter.run),
        Principal::SignedOut | Principal::System => return None,
    };
    let target: String =
        format!("{method} {}", without_secrets(path)).chars().take(LONGEST_TARGET).collect();
    Some(AuditEntry {
        id: AuditId::generate(caller.now, &PlatformRandom),
        workspace: principal.workspace()?,
        at: caller.now,
        actor,
        proof: proof(principal)?,
        action: REQUEST_REFUSED.to_owned(),
        target,
        outcome: Outcome::Refused,
        detail: Some(
            caller.witness.missing().map_or_else(|| "forbidden".to_owned(), |it| it.to_string()),
        ),
        particulars: None,
        origin: caller.origin.clone(),
    })
}

/// The key that was used, if that wasn't noted here lately.
fn used(principal: &Principal, now: i64) -> Option<ApiKeyId> {
    let Principal::Member(member) = principal else {
        return None;
    };
    let key = member.grant()?.key;
    NOTED.with_borrow_mut(|noted| {
        if noted.get(&key).is_some_and(|at| now.saturating_sub(*at).abs() < USE_NOTED_EVERY_MS) {
            return None;
        }
        if noted.len() >= MOST_KEYS {
            noted.clear();
        }
        noted.insert(key, now);
        Some(key)
    })
}

async fn write(env: &worker::Env, caller: &Caller, notes: Notes) -> domain::Result<()> {
    let store = SqlStore::new(context::database(env)?);
    for entry in &notes.refusals {
        store.note_refusal(entry).await?;
    }
    if notes.refused_key {
        let id = AuditId::generate(caller.now, &PlatformRandom);
        store.note_refused_key(caller, id).await?;
    }
    if let Some(key) = notes.used {
        store.note_key_used(key, caller.now).await?;
    }
    Ok(())
}
