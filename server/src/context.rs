//! The composition root: what a use case gets, put together for one request, message or alarm.

use std::sync::Arc;

use domain::actor::Credential;
use domain::clock::Clock;
use domain::context::{Caller, Context, IdempotencyKey, RequestOrigin, Settings};
use domain::sandbox::SandboxSpec;
use worker::Env;

use crate::bindings;
use crate::clock::PlatformClock;
use crate::database::Database;
use crate::database::d1::D1;
use crate::outbox::{After, Dispatching};
use crate::random::PlatformRandom;
use crate::store::SqlStore;

/// The binding of the database.
const DATABASE: &str = "DB";
/// How long a run's lease lasts without renewal, in seconds.
const LEASE_SECONDS: &str = "LEASE_SECONDS";
/// How many runs of a workspace may be alive at once.
const RUN_SLOTS: &str = "RUN_SLOTS";

/// How many sandboxes of a workspace may be alive at once that no run uses.
const SANDBOX_SLOTS: &str = "SANDBOX_SLOTS";

/// What a run's sandbox grants: seconds of its whole job, megabytes, processes.
const SANDBOX_WALL_SECONDS: &str = "SANDBOX_WALL_SECONDS";
const SANDBOX_MEMORY_MB: &str = "SANDBOX_MEMORY_MB";
const SANDBOX_DISK_MB: &str = "SANDBOX_DISK_MB";
const SANDBOX_PROCESSES: &str = "SANDBOX_PROCESSES";

/// This deployment's limits; a variable that is no number within its range counts as absent.
#[must_use]
pub fn settings(env: &Env) -> Settings {
    let standard = Settings::default();
    let number = |name: &str, most: u32| {
        bindings::text(env, name)
            .and_then(|text| text.parse::<u32>().ok())
            .filter(|number| (1..=most).contains(number))
    };
    let megabytes = |name: &str| number(name, 65_536).map(|size| u64::from(size) << 20);
    let sandbox = SandboxSpec {
        wall_ms: number(SANDBOX_WALL_SECONDS, 86_400)
            .map_or(standard.sandbox.wall_ms, |seconds| u64::from(seconds).saturating_mul(1_000)),
        memory_bytes: megabytes(SANDBOX_MEMORY_MB).unwrap_or(standard.sandbox.memory_bytes),
        disk_bytes: megabytes(SANDBOX_DISK_MB).unwrap_or(standard.sandbox.disk_bytes),
        processes: number(SANDBOX_PROCESSES, 4_096).unwrap_or(standard.sandbox.processes),
        ..standard.sandbox
    };
    Settings {
        sandbox,
        lease_ms: number(LEASE_SECONDS, 3_600)
            .map_or(standard.lease_ms, |seconds| i64::from(seconds).saturating_mul(1_000)),
        run_slots: number(RUN_SLOTS, 1_000)
            .and_then(|slots| usize::try_from(slots).ok())
            .unwrap_or(standard.run_slots),
        sandbox_slots: number(SANDBOX_SLOTS, 1_000)
            .and_then(|slots| usize::try_from(slots).ok())
            .unwrap_or(standard.sandbox_slots),
    }
}

/// The database.
///
/// # Errors
/// `Unavailable` when none is bound.
pub fn database(env: &Env) -> domain::Result<Arc<dyn Database>> {
    let binding = env.d1(DATABASE).map_err(|_| domain::Error::Unavailable)?;
    Ok(Arc::new(D1::new(binding)))
}

/// What a use case of a request gets, over the request's own database handle. What its commits
/// leave to be done is done after the answer.
#[must_use]
pub fn for_request(
    env: &Env,
    database: Arc<dyn Database>,
    platform: Arc<worker::Context>,
    credential: Credential,
    idempotency_key: Option<IdempotencyKey>,
    origin: RequestOrigin,
) -> Context {
    let caller = Caller { idempotency_key, origin, ..Caller::new(credential, PlatformClock.now()) };
    open(env, database, caller, After::TheAnswer(platform))
}

/// What a use case gets that MonoTask itself asks for, from a queue, a timer or the cron. What its
/// commits leave to be done is done before they return.
///
/// # Errors
/// `Unavailable` when no database is bound.
pub fn for_system(env: &Env) -> domain::Result<Context> {
    let caller = Caller::new(Credential::System, PlatformClock.now());
    Ok(open(env, database(env)?, caller, After::Now))
}

fn open(env: &Env, database: Arc<dyn Database>, caller: Caller, after: After) -> Context {
    let dispatching = Dispatching::new(env.clone(), Arc::clone(&database), after);
    Context {
        caller,
        store: Arc::new(SqlStore::watched(database, Arc::new(dispatching))),
        random: Arc::new(PlatformRandom),
        settings: settings(env),
    }
}
