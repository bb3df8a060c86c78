//! One sandbox, from provisioning to cleanup: short steps, one alarm each, so that a trap, an
//! eviction or a restart loses nothing and a run outlives every request.

use async_trait::async_trait;
use domain::Timestamp;
use domain::clock::Clock;
use domain::ids::{RunId, SandboxId, WorkspaceId};
use domain::run::LeaseToken;
use serde::{Deserialize, Serialize};
use serde_json::json;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call::{CallError, answer, call, command, recall, remember};
use super::{room, run_hook, unknown_command};
use crate::clock::PlatformClock;
use crate::random::PlatformRandom;
use crate::sandboxes::{
    Drive, Driver, Live, Memory, Next, Phase, R2Vault, RunAccess, RunTokens, RunnerHost,
    SandboxHost, VaultError,
};
use crate::{bindings, context, telemetry, tokens};

const BINDING: &str = "SANDBOX_LIFECYCLE";
/// The drive as far as it is.
const DRIVE: &str = "drive";
/// Which run and which sandbox: from these a drive that this version can't read begins anew.
const SUBJECT: &str = "subject";
/// Apart from the drive, so that a step under way can't write over it.
const STOP: &str = "stop";
/// Apart from the drive for the same reason.
const TAKE_DOWN: &str = "take_down";
/// How long to wait after a fault of the platform's, in milliseconds.
pub(super) const AFTER_FAULT_MS: i64 = 2_000;

/// What a sandbox's object is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub(crate) enum SandboxCommand {
    /// Drive the run in this sandbox to its end. Again while it is driven changes nothing.
    Drive {
        /// The run.
        run: RunId,
        /// The sandbox.
        sandbox: SandboxId,
    },
    /// Stop the run's processes; what they left is kept.
    Cancel {
        /// The run.
        run: RunId,
        /// The sandbox.
        sandbox: SandboxId,
    },
    /// Take the sandbox down, whatever happens in it.
    Stop {
        /// The run it was made for.
        run: RunId,
        /// The sandbox.
        sandbox: SandboxId,
    },
    /// See what a sandbox that no run uses needs. Again changes nothing.
    Serve {
        /// The sandbox.
        sandbox: SandboxId,
    },
    /// Say how far it is.
    Status,
}

/// What an object is about.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Subject {
    run: RunId,
    sandbox: SandboxId,
}

/// How far a drive is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DriveStatus {
    /// The phase's name; none when nothing is driven.
    pub phase: Option<String>,
    /// Output up to this line is kept.
    pub after: u64,
}

/// Tells a sandbox's object.
pub(crate) async fn tell(
    env: &Env,
    sandbox: SandboxId,
    command: &SandboxCommand,
) -> core::result::Result<DriveStatus, CallError> {
    call(env, BINDING, &sandbox.to_string(), command).await
}

/// Drives one sandbox.
#[durable_object(alarm)]
pub struct SandboxLifecycle {
    pub(super) state: State,
    pub(super) env: Env,
}

impl SandboxLifecycle {
    async fn obey(&self, command: SandboxCommand) -> Result<DriveStatus> {
        match command {
            SandboxCommand::Drive { run, sandbox } => {
                self.begin(run, sandbox).await?;
                self.wake().await?;
            }
            SandboxCommand::Cancel { run, sandbox } => {
                // It may come before the drive does.
                self.begin(run, sandbox).await?;
                remember(&self.state, STOP, &true).await?;
                self.wake().await?;
                self.stop_at_once(sandbox);
            }
            SandboxCommand::Stop { run, sandbox } => {
                self.begin(run, sandbox).await?;
                remember(&self.state, TAKE_DOWN, &true).await?;
                self.wake().await?;
            }
            SandboxCommand::Serve { sandbox } => {
                self.wake_service(sandbox).await?;
                self.wake().await?;
            }
            SandboxCommand::Status => {}
        }
        self.status().await
    }

    async fn begin(&self, run: RunId, sandbox: SandboxId) -> Result<()> {
        if self.subject().await?.is_some() {
            return Ok(());
        }
        remember(&self.state, SUBJECT, &Subject { run, sandbox }).await
    }

    async fn subject(&self) -> Result<Option<Subject>> {
        recall(&self.state, SUBJECT).await
    }

    /// The drive as it was remembered. One of another version begins anew, it isn't forgotten.
    async fn drive(&self) -> Result<Option<Drive>> {
        let text: Option<String> = self.state.storage().get(DRIVE).await?;
        if let Some(drive) = text.as_deref().and_then(Drive::recalled) {
            return Ok(Some(drive));
        }
        let begin = |of: Subject| Drive::begin(of.run, of.sandbox, PlatformClock.now());
        Ok(self.subject().await?.map(begin))
    }

    /// Tells the host beside whatever step is under way, which may be a long one. The step after
    /// it tells it again and sees what came of it.
    fn stop_at_once(&self, sandbox: SandboxId) {
        let host = RunnerHost::open(&self.env);
        self.state.wait_until(async move {
            if let Err(error) = host.cancel(sandbox).await {
                telemetry::log_warning(
                    "cancel_not_at_once",
                    &json!({ "cause": error.to_string() }),
                );
            }
        });
    }

    /// Makes the next step due now.
    async fn wake(&self) -> Result<()> {
        self.state.storage().set_alarm(0_i64).await
    }

    async fn status(&self) -> Result<DriveStatus> {
        let drive = self.drive().await?;
        let phase = drive.as_ref().map(|drive| phase_name(&drive.phase).to_owned());
        Ok(DriveStatus { phase, after: drive.map_or(0, |drive| drive.after) })
    }

    /// One step, and the alarm of the next.
    async fn advance(&self) -> Result<()> {
        if let Some(service) = self.service().await? {
            return self.advance_service(service).await;
        }
        let Some(mut drive) = self.drive().await? else {
            return self.state.storage().delete_all().await;
        };
        let take_down = recall::<bool>(&self.state, TAKE_DOWN).await?.unwrap_or(false);
        if take_down && !matches!(drive.phase, Phase::Cleanup { .. } | Phase::Over) {
            drive.phase = Phase::Cleanup { since: PlatformClock.now(), tries: 0 };
        }
        let next = self.step(&mut drive).await;
        match next {
            Ok(Next::Never) => self.state.storage().delete_all().await,
            Ok(Next::In(wait)) => self.sleep(&drive, wait).await,
            Err(cause) => {
                telemetry::log_error("drive", None, &cause);
                self.state.storage().set_alarm(AFTER_FAULT_MS).await
            }
        }
    }

    async fn sleep(&self, drive: &Drive, wait: i64) -> Result<()> {
        // A stop that came during the step must not wait for the next look.
        let is_asked = recall::<bool>(&self.state, STOP).await?.unwrap_or(false);
        let is_new = is_asked
            && drive.stop_seen.is_none()
            && !matches!(drive.phase, Phase::Finish(_) | Phase::Cleanup { .. } | Phase::Over);
        let wait = if is_new { wait.min(50) } else { wait };
        self.state.storage().set_alarm(wait).await
    }

    async fn step(&self, drive: &mut Drive) -> core::result::Result<Next, String> {
        let say = |error: &dyn core::fmt::Display| error.to_string();
        let system = context::for_system(&self.env).map_err(|error| say(&error))?;
        let host = RunnerHost::open(&self.env);
        let vault = R2Vault::open(&self.env).map_err(|error| say(&error))?;
        let live = Watchers { state: &self.state, env: &self.env };
        let driver = Driver {
            host: &host,
            vault: &vault,
            memory: self,
            tokens: &Tokens(&self.env),
            live: &live,
            clock: &PlatformClock,
            context: &system,
            log: &|event, cause| telemetry::log_error(event, None, cause),
        };
        Ok(driver.step(drive).await)
    }
}

fn phase_name(phase: &Phase) -> &'static str {
    match phase {
        Phase::Provision => "provision",
        Phase::Execute => "execute",
        Phase::Collect(_) => "collect",
        Phase::Finish(_) => "finish",
        Phase::Cleanup { .. } => "cleanup",
        Phase::Over => "over",
    }
}

#[async_trait(?Send)]
impl Memory for SandboxLifecycle {
    async fn save(&self, drive: &Drive) -> core::result::Result<(), VaultError> {
        remember(&self.state, DRIVE, drive).await.map_err(|error| VaultError(error.to_string()))
    }

    async fn stop_asked(&self) -> core::result::Result<bool, VaultError> {
        recall(&self.state, STOP)
            .await
            .map(|asked| asked.unwrap_or(false))
            .map_err(|error| VaultError(error.to_string()))
    }
}

/// The tokens of runs.
struct Tokens<'a>(&'a Env);

#[async_trait(?Send)]
impl RunTokens for Tokens<'_> {
    async fn issue(
        &self,
        run: RunId,
        lease: &LeaseToken,
        until: Timestamp,
    ) -> core::result::Result<Option<RunAccess>, String> {
        let Some(issuer) = tokens::of_deployment(self.0) else {
            return Ok(None);
        };
        let now = PlatformClock.now();
        let seconds = u32::try_from(until.ms_since(now) / 1_000).unwrap_or(u32::MAX);
        let token = issuer
            .issue_for_run(run, lease, seconds, now, &PlatformRandom)
            .map_err(|error| error.to_string())?;
        Ok(Some(RunAccess { url: bindings::public_origin(self.0), token }))
    }
}

/// The browsers that watch the run's workspace.
struct Watchers<'a> {
    state: &'a State,
    env: &'a Env,
}

impl Live for Watchers<'_> {
    fn log_advanced(&self, workspace: WorkspaceId, run: RunId, through: u64) {
        let env = self.env.clone();
        self.state.wait_until(async move {
            room::log_advanced(&env, workspace, run, through).await;
        });
    }
}

impl DurableObject for SandboxLifecycle {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        run_hook(&request, &self.env);
        match command(&mut request).await {
            Some(command) => answer(&self.obey(command).await?),
            None => unknown_command(),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        // Never an error: the platform gives up on an alarm that fails too often.
        if let Err(error) = self.advance().await {
            telemetry::log_error("alarm", None, &error);
            let _ = self.state.storage().set_alarm(AFTER_FAULT_MS).await;
        }
        Response::empty()
    }
}
