//! Sandboxes that no run uses: made, given one command after the other, taken down when they are
//! stopped or their time is over. As with runs each step is short and may be killed anywhere.

mod cleanup;
mod provision;
mod serve;

use std::sync::Arc;

use async_trait::async_trait;
use domain::clock::Clock;
use domain::ids::{ExecutionId, SandboxId};
use domain::sandbox::protocol::{ErrorCode, Isolation, JailLoss};
use domain::sandbox::{ExecutionLoss, SandboxState, Standing};
use domain::{Context, Error, Timestamp};
use serde::{Deserialize, Serialize};

use super::driver::Fault;
use super::{HostError, Next, SandboxHost, Vault, VaultError};

/// The shape of what is remembered. Another version's begins anew from D1 and the host.
const VERSION: u32 = 1;
/// How soon to look again after a fault, in milliseconds; longer after each more in a row.
const AFTER_FAULT_MS: i64 = 700;
/// Longest pause between two faults, in milliseconds.
const LONGEST_PAUSE_MS: i64 = 15_000;
/// Longest silence of the host that is waited out, in milliseconds.
const LONGEST_SILENCE_MS: i64 = 30_000;
/// How soon to ask a full host again, in milliseconds.
const FULL_HOST_MS: i64 = 2_000;

/// One sandbox that no run uses, on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service {
    version: u32,
    /// The sandbox.
    pub sandbox: SandboxId,
    /// How far it is.
    pub phase: ServicePhase,
    /// When it ends by itself, once that is read.
    pub expires_at: Option<Timestamp>,
    /// Output up to this line is kept.
    pub after: u64,
    /// How it is kept apart from its host, once the host said.
    pub isolation: Option<Isolation>,
    /// Since when the host hasn't answered.
    pub silent_since: Option<Timestamp>,
    /// How many looks in a row found no output.
    pub quiet: u32,
    /// How many steps in a row met a fault.
    pub faults: u32,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum ServicePhase {
    /// It is made and given its source.
    Provision,
    /// It has nothing in hand.
    Idle,
    /// A command executes; its output is pulled.
    Execute {
        /// The command.
        execution: ExecutionId,
    },
    /// It is taken down.
    Cleanup(Cleanup),
    /// Nothing is left to do.
    Over,
}

/// Why and how far a sandbox is taken down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleanup {
    /// What becomes of the command in hand.
    pub loss: ExecutionLoss,
    /// Why the sandbox failed, if it did.
    pub failure: Option<String>,
    /// Whether the command was ended and its last output kept, as far as that was to be had.
    pub is_drained: bool,
    /// Since when.
    pub since: Timestamp,
    /// How often it was tried.
    pub tries: u32,
}

impl Service {
    /// What was remembered, if this version can read it.
    #[must_use]
    pub fn recalled(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|service: &Self| service.version == VERSION)
    }

    /// One at its beginning.
    #[must_use]
    pub fn begin(sandbox: SandboxId) -> Self {
        Self {
            version: VERSION,
            sandbox,
            phase: ServicePhase::Provision,
            expires_at: None,
            after: 0,
            isolation: None,
            silent_since: None,
            quiet: 0,
            faults: 0,
        }
    }
}

/// Where it is remembered between two steps.
#[async_trait(?Send)]
pub trait ServiceMemory {
    /// Remembers it, over what was remembered before.
    async fn save(&self, service: &Service) -> Result<(), VaultError>;
    /// Whether somebody said since this was asked last that something changed.
    async fn take_wake(&self) -> Result<bool, VaultError>;
}

/// Moves one sandbox that no run uses.
pub struct Servant<'a> {
    /// Where the sandbox is.
    pub host: &'a dyn SandboxHost,
    /// Where sources and output are.
    pub vault: &'a dyn Vault,
    /// Where it is remembered.
    pub memory: &'a dyn ServiceMemory,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// The system's context.
    pub context: &'a Context,
    /// Who hears about faults that pass.
    pub log: &'a dyn Fn(&str, &dyn core::fmt::Display),
}

impl Servant<'_> {
    /// Does one step and says when the next is due. Never fails: a fault is met by trying again, or by
    /// taking the sandbox down.
    pub async fn step(&self, service: &mut Service) -> Next {
        self.end_expired(service);
        let outcome = match &service.phase {
            ServicePhase::Provision => self.provision(service).await,
            ServicePhase::Idle => self.idle(service).await,
            ServicePhase::Execute { execution } => self.execute(service, *execution).await,
            ServicePhase::Cleanup(cleanup) => self.cleanup(service, cleanup.clone()).await,
            ServicePhase::Over => return Next::Never,
        };
        let next = match outcome {
            Ok(next) => {
                service.silent_since = None;
                service.faults = 0;
                next
            }
            Err(fault) => self.meet(service, fault),
        };
        if let Err(error) = self.memory.save(service).await {
            // What is remembered is a step behind, and goes on from there.
            (self.log)("service_not_saved", &error);
            return self.pause(service);
        }
        next
    }

    fn end_expired(&self, service: &mut Service) {
        let is_ending = matches!(service.phase, ServicePhase::Cleanup(_) | ServicePhase::Over);
        if !is_ending && service.expires_at.is_some_and(|at| at <= self.now()) {
            self.take_down(service, ExecutionLoss::Expired, None);
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn now_context(&self) -> Context {
        let mut context = Context {
            store: Arc::clone(&self.context.store),
            random: Arc::clone(&self.context.random),
            caller: self.context.caller.clone(),
            settings: self.context.settings,
        };
        context.caller.now = self.clock.now();
        context
    }

    /// Reads the sandbox and what it has in hand. None when it is to be taken down, which has begun
    /// then.
    async fn standing(&self, service: &mut Service) -> Result<Option<Standing>, Fault> {
        let context = self.now_context();
        let read = context.store.standing(&context.caller, service.sandbox).await?;
        let standing = read.data.ok_or(Fault::Domain(Error::NotFound))?;
        let Some(expires_at) = standing.sandbox.expires_at() else {
            // A run's: somebody else moves it.
            return Err(Fault::Domain(Error::NotFound));
        };
        service.expires_at = Some(expires_at);
        if expires_at <= self.now() {
            self.take_down(service, ExecutionLoss::Expired, None);
            return Ok(None);
        }
        let state = &standing.sandbox.state;
        if matches!(state, SandboxState::Stopping { .. }) || !state.is_alive() {
            self.take_down(service, ExecutionLoss::Stopped, None);
            return Ok(None);
        }
        Ok(Some(standing))
    }

    fn take_down(
        &self,
        service: &mut Service,
        loss: ExecutionLoss,
        failure: Option<String>,
    ) -> Next {
        service.phase = ServicePhase::Cleanup(Cleanup {
            loss,
            failure,
            is_drained: false,
            since: self.now(),
            tries: 0,
        });
        service.silent_since = None;
        Next::In(0)
    }

    /// Takes a sandbox down that never came to be or that its host lost.
    fn give_up(&self, service: &mut Service, why: impl Into<String>) -> Next {
        self.take_down(service, ExecutionLoss::SandboxLost, Some(why.into()))
    }

    fn pause(&self, service: &mut Service) -> Next {
        let wait = AFTER_FAULT_MS.saturating_mul(1_i64 << service.faults.min(8));
        service.faults = service.faults.saturating_add(1);
        Next::In(wait.min(LONGEST_PAUSE_MS))
    }

    fn meet(&self, service: &mut Service, fault: Fault) -> Next {
        match fault {
            Fault::Domain(Error::NotFound) => {
                service.phase = ServicePhase::Over;
                Next::Never
            }
            Fault::Domain(error) => {
                (self.log)("service_domain", &error);
                self.pause(service)
            }
            Fault::Vault(error) => {
                (self.log)("service_vault", &error);
                self.pause(service)
            }
            Fault::LeaseLost => self.pause(service),
            Fault::Host(error) => {
                (self.log)("service_host", &error);
                self.meet_host(service, &error)
            }
        }
    }

    fn meet_host(&self, service: &mut Service, error: &HostError) -> Next {
        if matches!(service.phase, ServicePhase::Cleanup(_)) {
            return self.pause(service);
        }
        if let HostError::Refused(refusal) = error {
            match refusal.code {
                // Others' sandboxes end sooner or later; this one's time ends the waiting.
                ErrorCode::TooManySandboxes => return Next::In(FULL_HOST_MS),
                ErrorCode::Unauthorized
                | ErrorCode::SourceNotReady
                | ErrorCode::JobUnfinished
                | ErrorCode::Internal => {}
                _ => return self.give_up(service, refusal.message.clone()),
            }
        }
        let now = self.now();
        let since = *service.silent_since.get_or_insert(now);
        if now.ms_since(since) < LONGEST_SILENCE_MS {
            return Next::In(AFTER_FAULT_MS);
        }
        self.give_up(service, "It didn't answer.")
    }
}

/// Why a jail is gone, for people.
fn loss_words(reason: &JailLoss) -> String {
    match reason {
        JailLoss::RunnerRestarted => "It was restarted, and the sandbox is lost.".to_owned(),
        JailLoss::JailDied { detail } => format!("The sandbox died: {detail}."),
        JailLoss::OutOfMemory => "The sandbox ran out of memory.".to_owned(),
        JailLoss::Cancelled => "The sandbox was ended.".to_owned(),
    }
}
