//! Making a sandbox and giving it its source.

use domain::sandbox::protocol::{Phase, SandboxView, SourceState};
use domain::sandbox::{SandboxState, Settled, settle};

use super::{Fault, Next, Servant, Service, ServicePhase, loss_words};
use crate::fault;

/// How soon to look again while the source is unpacked, in milliseconds.
const UNPACKING_MS: i64 = 200;

impl Servant<'_> {
    pub(super) async fn provision(&self, service: &mut Service) -> Result<Next, Fault> {
        // Before looking: who wakes it after this is seen by the next step.
        self.memory.take_wake().await?;
        let Some(standing) = self.standing(service).await? else {
            return Ok(Next::In(0));
        };
        let sandbox = standing.sandbox;
        fault::point("before_provision").await;
        let view = self.host.provision(service.sandbox, &sandbox.request.spec).await?;
        fault::point("after_provision").await;
        service.isolation = view.isolation.or(service.isolation);
        if let Phase::Failed { reason } = &view.phase {
            return Ok(self.give_up(service, loss_words(reason)));
        }
        let is_new = matches!(sandbox.state, SandboxState::Provisioning { .. });
        if !is_new && view.source == SourceState::None {
            // The host forgot it: this is another sandbox of the same name, without its files.
            return Ok(self.give_up(service, "It lost the sandbox."));
        }
        let view = match (&view.source, sandbox.request.purpose.standalone()) {
            (SourceState::None, Some(of)) => {
                let Some(bytes) = self.vault.source(&of.source.sha256).await? else {
                    return Ok(self.give_up(service, "The project's source is gone."));
                };
                fault::point("before_source").await;
                let view = self.host.put_source(service.sandbox, of.source.kind, bytes).await?;
                fault::point("after_source").await;
                view
            }
            _ => view,
        };
        self.when_unpacked(service, view).await
    }

    async fn when_unpacked(&self, service: &mut Service, view: SandboxView) -> Result<Next, Fault> {
        match view.source {
            SourceState::None | SourceState::Unpacking => Ok(Next::In(UNPACKING_MS)),
            SourceState::Rejected { detail, .. } => Ok(self.give_up(service, detail)),
            SourceState::Ready { .. } => {
                let ready = Settled::Ready { isolation: service.isolation };
                settle(&self.now_context(), service.sandbox, ready).await?;
                service.phase = ServicePhase::Idle;
                Ok(Next::In(0))
            }
        }
    }
}
