//! Taking a sandbox down.

use domain::Error;
use domain::sandbox::{Settled, close, settle};

use super::{Cleanup, Fault, Next, Servant, Service, ServicePhase};
use crate::fault;

/// Longest time for which taking it down is tried, in milliseconds. The reconciler goes on.
const LONGEST_CLEANUP_MS: i64 = 10 * 60_000;
/// Longest pause between two tries, in milliseconds.
const LONGEST_PAUSE_MS: i64 = 30_000;

impl Servant<'_> {
    pub(super) async fn cleanup(
        &self,
        service: &mut Service,
        mut cleanup: Cleanup,
    ) -> Result<Next, Fault> {
        // Nothing that may have changed keeps it from being taken down.
        self.memory.take_wake().await?;
        if !cleanup.is_drained {
            self.drain(service).await;
            cleanup.is_drained = true;
            service.phase = ServicePhase::Cleanup(cleanup.clone());
            self.memory.save(service).await?;
        }
        // First of all nothing is said to run any more, whatever becomes of the host.
        let context = self.now_context();
        close(&context, service.sandbox, cleanup.loss, service.after).await?;
        fault::point("before_cleanup").await;
        let settled = match self.host.cleanup(service.sandbox).await {
            Ok(()) => match cleanup.failure.clone() {
                Some(reason) => Settled::Failed { reason },
                None => Settled::Stopped,
            },
            Err(error) if self.now().ms_since(cleanup.since) > LONGEST_CLEANUP_MS => {
                (self.log)("cleanup_given_up", &error);
                Settled::Failed { reason: "Its host didn't answer when it was taken down.".into() }
            }
            Err(error) => {
                (self.log)("cleanup", &error);
                let wait = 500_i64.saturating_mul(1_i64 << cleanup.tries.min(8));
                cleanup.tries = cleanup.tries.saturating_add(1);
                service.phase = ServicePhase::Cleanup(cleanup);
                return Ok(Next::In(wait.min(LONGEST_PAUSE_MS)));
            }
        };
        fault::point("after_cleanup").await;
        match settle(&self.now_context(), service.sandbox, settled).await {
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        service.phase = ServicePhase::Over;
        Ok(Next::Never)
    }

    /// Ends what executes and keeps what it printed last. What can't be had is left.
    async fn drain(&self, service: &mut Service) {
        if let Err(error) = self.host.cancel(service.sandbox).await {
            (self.log)("service_not_cancelled", &error);
            return;
        }
        if self.pull(service).await.is_err() {
            (self.log)("service_not_drained", &service.sandbox);
        }
    }
}
