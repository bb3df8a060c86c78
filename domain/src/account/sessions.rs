//! The browsers that a person is signed in with.

use serde::Serialize;

use crate::account::profile::{check_browser, deed};
use crate::account::{AccountChange, Ended};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::idempotency::Asked;
use crate::ids::SessionId;

/// The audit log's name of the end of one session.
pub const SESSION_REVOKED: &str = "session_revoked";
/// Of the end of all sessions but one.
pub const SESSIONS_REVOKED: &str = "other_sessions_revoked";

/// A request to end one of one's own sessions.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RevokeSession {
    /// Which.
    pub session: SessionId,
}

/// Ends one of the person's sessions, the present one as well. Somebody else's answers as missing, as
/// does one that has ended.
///
/// # Errors
/// `SignedOut`, `Refused(OnlyInBrowser)`, `NotFound`.
pub async fn revoke_session(ctx: &Context, input: RevokeSession) -> Result<()> {
    let asked = Asked::new("account::revoke_session", &input)?;
    let read = ctx.store.has_session(&ctx.caller, input.session).await?;
    let member = read.principal.member()?;
    check_browser(member)?;
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(());
    }
    if !read.data {
        return Err(Error::NotFound);
    }
    let change = AccountChange::Sessions(Ended::One(input.session));
    let target = (SESSION_REVOKED, input.session.to_string());
    ctx.store.change_account(deed(ctx, member, change, target, &asked)).await
}

/// Ends every session of the person but the one that asks.
///
/// # Errors
/// `SignedOut`, `Refused(OnlyInBrowser)`.
pub async fn revoke_other_sessions(ctx: &Context) -> Result<()> {
    let asked = Asked::new("account::revoke_other_sessions", &())?;
    let read = ctx.store.principal(&ctx.caller).await?;
    let member = read.principal.member()?;
    let session = check_browser(member)?;
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(());
    }
    let change = AccountChange::Sessions(Ended::AllBut(session));
    let target = (SESSIONS_REVOKED, member.user.to_string());
    ctx.store.change_account(deed(ctx, member, change, target, &asked)).await
}
