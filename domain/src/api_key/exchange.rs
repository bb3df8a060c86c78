//! Exchanging a key for a token, which can be given away: it carries no more than it needs to, and soon
//! nothing.

use crate::actor::Credential;
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::ids::ApiKeyId;
use crate::scope::Scopes;

/// What a token is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// The key, which must still hold whenever the token is shown.
    pub key: ApiKeyId,
    /// What of the key's scopes it carries.
    pub scopes: Scopes,
}

/// Tells what a token for the caller's key may carry: what they ask for, or all that the key has. It
/// takes no permission, since whoever has the key can do all of that with it.
///
/// # Errors
/// [`Error::SignedOut`] for a key that doesn't hold, [`Refusal::KeyNeeded`] for whoever shows
/// something else, [`Error::OutOfScope`] for more than the key has.
pub async fn exchange(ctx: &Context, wanted: Option<Scopes>) -> Result<Exchanged> {
    let read = ctx.store.principal(&ctx.caller).await?;
    let member = read.principal.member()?;
    let (Credential::Key(_), Some(grant)) = (&ctx.caller.credential, member.grant()) else {
        return Err(Refusal::KeyNeeded.into());
    };
    let scopes = wanted.unwrap_or_else(|| grant.scopes.clone());
    let beyond = scopes.iter().find(|scope| !grant.scopes.allows(*scope));
    if let Some(missing) = beyond {
        return Err(Error::OutOfScope { missing });
    }
    Ok(Exchanged { key: grant.key, scopes })
}
