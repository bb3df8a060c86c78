//! The policies that count here: rows of D1, kept in KV and in this isolate for a minute at most.

use std::cell::RefCell;

use domain::clock::Clock;
use serde::{Deserialize, Serialize};
use worker::Env;

use super::patience::patiently;
use super::{Policies, Remembered};
use crate::clock::PlatformClock;
use crate::context;
use crate::scope::RequestScope;
use crate::store::SqlStore;

/// The binding of the cache.
const CACHE: &str = "RATE_LIMITS";
/// How long a reading counts, in milliseconds. KV keeps nothing for less than its 60 seconds.
const VALID_MS: i64 = 60_000;
const VALID_S: u64 = 60;
/// How long the standard counts where nothing could be read, in milliseconds.
const AFTER_FAULT_MS: i64 = 5_000;
/// The most workspaces whose policies an isolate remembers.
const MOST: usize = 1_000;

/// What was read, and when.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Entry {
    policies: Policies,
    read_at: i64,
}

thread_local! {
    static POLICIES: RefCell<Remembered<Policies>> = const {
        RefCell::new(Remembered::new(MOST, VALID_MS))
    };
}

/// The policies of a workspace; without one, everybody's. Where nothing can be read the standard
/// counts: no request fails for want of a policy.
pub(super) async fn of(scope: &RequestScope, workspace: Option<&str>) -> Policies {
    let (name, now) = (name(workspace), PlatformClock.now().0);
    let remembered = POLICIES.with_borrow(|all| all.get(&name, now).map(|(found, _)| *found));
    if let Some(policies) = remembered {
        return policies;
    }
    let (policies, until) = match cached(scope.env(), &name, now).await {
        Some(entry) => (entry.policies, entry.read_at.saturating_add(VALID_MS)),
        None => match read(scope.env(), workspace).await {
            Some(policies) => {
                keep(scope, name.clone(), Entry { policies, read_at: now });
                (policies, now.saturating_add(VALID_MS))
            }
            None => (Policies::default(), now.saturating_add(AFTER_FAULT_MS)),
        },
    };
    POLICIES.with_borrow_mut(|all| all.put(name, policies, until, now));
    policies
}

/// Forgets what is remembered of a workspace, here and in KV, so that what was just set counts.
pub async fn forget(env: &Env, workspace: Option<&str>) {
    forget_here();
    let deleted = async { Ok(env.kv(CACHE)?.delete(&name(workspace)).await?) };
    patiently("policies_not_forgotten", deleted).await;
}

/// Forgets what is remembered in this isolate.
pub fn forget_here() {
    POLICIES.with_borrow_mut(Remembered::clear);
}

fn name(workspace: Option<&str>) -> String {
    workspace.map_or_else(|| "policies".to_owned(), |workspace| format!("policies:{workspace}"))
}

async fn cached(env: &Env, name: &str, now: i64) -> Option<Entry> {
    let read = async { Ok(env.kv(CACHE)?.get(name).text().await?) };
    let text = patiently("policies_not_cached", read).await??;
    let entry: Entry = serde_json::from_str(&text).ok()?;
    (0..VALID_MS).contains(&now.saturating_sub(entry.read_at)).then_some(entry)
}

/// Over a handle of its own: once a minute a request reads this on its way, and what requests
/// themselves ask of the database is counted apart.
async fn read(env: &Env, workspace: Option<&str>) -> Option<Policies> {
    let read = async {
        let database = context::database(env).map_err(|error| error.to_string())?;
        let read = SqlStore::new(database).rate_limit_policies(workspace).await;
        Ok(read.map_err(|error| error.to_string())?)
    };
    patiently("policies_not_read", read).await
}

fn keep(scope: &RequestScope, name: String, entry: Entry) {
    let env = scope.env().clone();
    scope.platform().wait_until(async move {
        let written = async {
            let put = env.kv(CACHE)?.put(&name, serde_json::to_string(&entry)?)?;
            Ok(put.expiration_ttl(VALID_S).execute().await?)
        };
        patiently("policies_not_kept", written).await;
    });
}
