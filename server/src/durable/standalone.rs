//! The object of a sandbox that no run uses.

use async_trait::async_trait;
use domain::ids::SandboxId;
use worker::Result;

use super::call::{recall, remember};
use super::sandbox_lifecycle::{AFTER_FAULT_MS, SandboxLifecycle};
use crate::clock::PlatformClock;
use crate::sandboxes::{Next, R2Vault, RunnerHost, Servant, Service, ServiceMemory, VaultError};
use crate::{context, telemetry};

/// Which sandbox: from it one that this version can't read begins anew.
const SERVED: &str = "served";
/// The service as far as it is.
const SERVICE: &str = "service";
/// Apart from it, so that a step under way can't write over it.
const WOKEN: &str = "woken";

impl SandboxLifecycle {
    /// Notes that something about the sandbox changed.
    pub(super) async fn wake_service(&self, sandbox: SandboxId) -> Result<()> {
        if recall::<SandboxId>(&self.state, SERVED).await?.is_none() {
            remember(&self.state, SERVED, &sandbox).await?;
        }
        remember(&self.state, WOKEN, &true).await
    }

    /// The service as it was remembered. One of another version begins anew, it isn't forgotten.
    pub(super) async fn service(&self) -> Result<Option<Service>> {
        let text: Option<String> = self.state.storage().get(SERVICE).await?;
        if let Some(service) = text.as_deref().and_then(Service::recalled) {
            return Ok(Some(service));
        }
        Ok(recall::<SandboxId>(&self.state, SERVED).await?.map(Service::begin))
    }

    /// One step, and the alarm of the next.
    pub(super) async fn advance_service(&self, mut service: Service) -> Result<()> {
        match self.serve(&mut service).await {
            Ok(Next::Never) => self.state.storage().delete_all().await,
            Ok(Next::In(wait)) => {
                // Whoever woke it during the step must not wait for the next look.
                let is_woken = recall::<bool>(&self.state, WOKEN).await?.unwrap_or(false);
                self.state.storage().set_alarm(if is_woken { wait.min(50) } else { wait }).await
            }
            Err(cause) => {
                telemetry::log_error("service", None, &cause);
                self.state.storage().set_alarm(AFTER_FAULT_MS).await
            }
        }
    }

    async fn serve(&self, service: &mut Service) -> core::result::Result<Next, String> {
        let say = |error: &dyn core::fmt::Display| error.to_string();
        let system = context::for_system(&self.env).map_err(|error| say(&error))?;
        let host = RunnerHost::open(&self.env);
        let vault = R2Vault::open(&self.env).map_err(|error| say(&error))?;
        let servant = Servant {
            host: &host,
            vault: &vault,
            memory: self,
            clock: &PlatformClock,
            context: &system,
            log: &|event, cause| telemetry::log_error(event, None, cause),
        };
        Ok(servant.step(service).await)
    }
}

#[async_trait(?Send)]
impl ServiceMemory for SandboxLifecycle {
    async fn save(&self, service: &Service) -> core::result::Result<(), VaultError> {
        let saved = remember(&self.state, SERVICE, service).await;
        saved.map_err(|error| VaultError(error.to_string()))
    }

    async fn take_wake(&self) -> core::result::Result<bool, VaultError> {
        let woken = recall::<bool>(&self.state, WOKEN).await;
        let is_woken = woken.map_err(|error| VaultError(error.to_string()))?.unwrap_or(false);
        if is_woken {
            let forgotten = remember(&self.state, WOKEN, &false).await;
            forgotten.map_err(|error| VaultError(error.to_string()))?;
        }
        Ok(is_woken)
    }
}
