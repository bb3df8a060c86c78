//! Somebody whose role may be changed and who may get a new password, and an invitation that waits.

use async_trait::async_trait;
use domain::Context;
use domain::account::{OfferReset, offer_reset};
use domain::ids::UserId;
use domain::invitation::{self, Invite, Letter};
use domain::ports::Mailer;

use super::names::Names;

/// Nobody delivers letters.
pub struct NoMail;

#[async_trait]
impl Mailer for NoMail {
    async fn send(&self, _: &Letter) -> domain::Result<bool> {
        Ok(false)
    }
}

/// What stands for this member, for an invitation that the caller makes, and for a link to a new
/// password.
pub async fn names(ctx: &Context, user: UserId) -> Names {
    let read = ctx.store.member(&ctx.caller, Some(user)).await.expect("a read");
    let version = read.data.expect("the person").entry.membership.version;
    let input = Invite { role: "viewer".to_owned(), email: String::new() };
    let invited = invitation::invite(ctx, &NoMail, input).await.expect("an invitation");
    let offered = offer_reset(ctx, OfferReset { user }).await.expect("a link");
    Names::from([
        ("member", user.to_string()),
        ("member_seen", version.to_string()),
        ("invitation", invited.id.to_string()),
        ("token", invited.token.expect("a token").expose().to_owned()),
        ("reset", offered.token.expect("a token").expose().to_owned()),
    ])
}
