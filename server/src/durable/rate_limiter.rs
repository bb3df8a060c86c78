//! One principal's requests of one class, counted exactly: the log is in memory and in storage, and an
//! answer leaves only after what it says was written.

use std::cell::RefCell;

use domain::clock::Clock;
use futures_util::future::try_join;
use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call::{CallError, answer, call_within, command, recall, remember};
use super::{run_hook, unknown_command};
use crate::clock::PlatformClock;
use crate::fault;
use crate::limits::{Class, Policy, SlidingLog, Verdict};
use crate::telemetry;

const BINDING: &str = "RATE_LIMITER";
/// What is counted, and by which policy it was last.
const COUNT: &str = "count";
/// How long after the last of it has left the log is forgotten, in milliseconds.
const SLACK_MS: i64 = 1_000;
/// How long to wait after a fault before trying to forget again, in milliseconds.
const AFTER_FAULT_MS: i64 = 30_000;
/// Where tests make it fail or hang.
const FAULT_POINT: &str = "limiter";

/// What a limiter is told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub(crate) enum LimiterCommand {
    /// Decide about a request under this policy, and count it if it may pass.
    Take {
        /// The policy.
        policy: Policy,
    },
    /// Take back what was counted at this moment: the attempt succeeded.
    GiveBack {
        /// The moment, as the verdict named it.
        at: i64,
    },
}

/// Asks the limiter of this name about a request.
pub(crate) async fn take(
    env: &Env,
    name: &str,
    class: Class,
    policy: Policy,
) -> core::result::Result<Verdict, CallError> {
    call_within(class.patience(), env, BINDING, name, &LimiterCommand::Take { policy }).await
}

/// Takes a request back off the limiter of this name.
pub(crate) async fn give_back(
    env: &Env,
    name: &str,
    class: Class,
    at: i64,
) -> core::result::Result<(), CallError> {
    call_within(class.patience(), env, BINDING, name, &LimiterCommand::GiveBack { at }).await
}

/// The log, and the policy that tells how long it is worth keeping.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Count {
    log: SlidingLog,
    policy: Policy,
}

/// Counts one principal's requests of one class.
#[durable_object(alarm)]
pub struct RateLimiter {
    state: State,
    env: Env,
    count: RefCell<Option<Count>>,
}

impl RateLimiter {
    /// Brings what is stored into memory, once.
    async fn wake(&self) -> Result<()> {
        if self.count.borrow().is_some() {
            return Ok(());
        }
        let stored: Option<Count> = recall(&self.state, COUNT).await?;
        // Somebody else may have been faster, and have counted since.
        let mut count = self.count.borrow_mut();
        if count.is_none() {
            *count = stored;
        }
        Ok(())
    }

    async fn take(&self, policy: Policy) -> Result<Verdict> {
        self.wake().await?;
        let now = PlatformClock.now().0;
        // Decided without a pause: no other request comes in between.
        let (verdict, kept, is_first) = {
            let mut count = self.count.borrow_mut();
            let count = count.get_or_insert_with(|| Count { log: SlidingLog::default(), policy });
            count.policy = policy;
            let verdict = count.log.take(now, policy);
            (verdict, verdict.allowed.then(|| count.clone()), count.log.len() == 1)
        };
        if let Some(kept) = kept {
            let written = remember(&self.state, COUNT, &kept);
            if is_first {
                // Both at once, so that nothing is kept which nobody will forget.
                try_join(written, self.wake_up_to_forget(policy.window_ms())).await?;
            } else {
                written.await?;
            }
        }
        Ok(verdict)
    }

    async fn give_back(&self, at: i64) -> Result<()> {
        self.wake().await?;
        let kept = {
            let mut count = self.count.borrow_mut();
            count.as_mut().map(|count| {
                count.log.give_back(at);
                count.clone()
            })
        };
        match kept {
            Some(kept) => remember(&self.state, COUNT, &kept).await,
            None => Ok(()),
        }
    }

    async fn wake_up_to_forget(&self, after_ms: i64) -> Result<()> {
        self.state.storage().set_alarm(after_ms.saturating_add(SLACK_MS)).await
    }

    /// Forgets everything once nothing is counted any more; else looks again when that is so.
    async fn forget(&self) -> Result<()> {
        self.wake().await?;
        let now = PlatformClock.now().0;
        let left_ms = {
            let mut count = self.count.borrow_mut();
            let left_ms = count.as_mut().map_or(0, |count| {
                count.log.settle(now, count.policy);
                count.log.empty_in_ms(now, count.policy)
            });
            if left_ms == 0 {
                *count = None;
            }
            left_ms
        };
        if left_ms == 0 {
            return self.state.storage().delete_all().await;
        }
        self.wake_up_to_forget(left_ms).await
    }

    async fn obey(&self, command: LimiterCommand) -> Result<Response> {
        if fault::is_broken(FAULT_POINT) {
            return Response::error("unavailable", 503);
        }
        fault::point(FAULT_POINT).await;
        match command {
            LimiterCommand::Take { policy } => answer(&self.take(policy).await?),
            LimiterCommand::GiveBack { at } => answer(&self.give_back(at).await?),
        }
    }
}

impl DurableObject for RateLimiter {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, count: RefCell::new(None) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        run_hook(&request, &self.env);
        match command(&mut request).await {
            Some(command) => self.obey(command).await,
            None => unknown_command(),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        // Never an error: the platform gives up on an alarm that fails too often.
        if let Err(error) = self.forget().await {
            telemetry::log_error("alarm", None, &error);
            let _ = self.state.storage().set_alarm(AFTER_FAULT_MS).await;
        }
        Response::empty()
    }
}
