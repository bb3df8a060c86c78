//! What a sandbox uses.

use async_trait::async_trait;

use super::protocol::Metrics;
use crate::actor::Permission;
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::ids::SandboxId;

/// Asks sandboxes' host.
#[async_trait]
pub trait SandboxProbe: Send + Sync {
    /// What a sandbox uses now; none when its host doesn't know it any more.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn metrics(&self, id: SandboxId) -> Result<Option<Metrics>>;
}

/// What a living sandbox uses now.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `NotFound`, `Refused` (it is gone), `Unavailable`.
pub async fn metrics(ctx: &Context, probe: &dyn SandboxProbe, id: SandboxId) -> Result<Metrics> {
    let read = ctx.store.sandbox(&ctx.caller, id).await?;
    read.principal.member()?.check(Permission::View)?;
    let sandbox = read.data.ok_or(Error::NotFound)?;
    if !sandbox.state.is_alive() {
        return Err(Refusal::SandboxEnded.into());
    }
    // A sandbox that is still being made is in D1 before its host hears of it.
    probe.metrics(id).await?.ok_or(Error::Unavailable)
}
