//! The forms of people and invitations.

use domain::Context;
use domain::account::{OfferReset, offer_reset, slow_down_ms};
use domain::error::{Error, Result};
use domain::ids::UserId;
use domain::invitation::{
    Accept, Invite, Invited, Joiner, LinkToken, accept, invite, renew, revoke,
};
use domain::workspace::{ChangeRole, RemoveMember, change_role, remove_member};

use crate::features::workspaces::{LEAVE, submit_leave};
use crate::page::{Form, Services, Shown, Submitted};
use crate::routes::{Route, SettingsTab};

/// The form that invites.
pub const INVITE: &str = "invite";
/// The form that changes a role.
pub const CHANGE_ROLE: &str = "change_role";
/// The form that removes somebody.
pub const REMOVE: &str = "remove";
/// The form that takes an invitation back.
pub const REVOKE: &str = "revoke";
/// The form that makes an invitation's link anew.
pub const RENEW: &str = "renew";
/// The form that makes a link by which a member chooses a new password.
pub const OFFER_RESET: &str = "offer_reset";
/// The form of whoever is signed in.
pub const JOIN: &str = "join";
/// The form of whoever is new.
pub const JOIN_NEW: &str = "join_new";
/// The form of whoever has an account.
pub const JOIN_KNOWN: &str = "join_known";

/// Carries out a form of the page of people.
///
/// # Errors
/// As the use cases.
pub async fn submit(ctx: &Context, services: &Services<'_>, form: &Form) -> Result<Submitted> {
    let user = || form.get("user").parse().map_err(|_| Error::NotFound);
    let invitation = || form.get("invitation").parse().map_err(|_| Error::NotFound);
    match form.action() {
        INVITE => {
            let (role, email) = (form.get("role").to_owned(), form.get("email").to_owned());
            let invited = invite(ctx, services.mailer, Invite { role, email }).await?;
            return Ok(shown(services, invited));
        }
        RENEW => {
            let invited = renew(ctx, services.mailer, invitation()?).await?;
            return Ok(shown(services, invited));
        }
        OFFER_RESET => return submit_offer(ctx, services, user()?).await,
        CHANGE_ROLE => {
            let role = form.get("role").to_owned();
            change_role(ctx, ChangeRole { user: user()?, role, seen: form.seen() }).await?;
        }
        REMOVE => {
            let removal = RemoveMember { user: user()?, seen: form.seen() };
            remove_member(ctx, removal).await?;
        }
        REVOKE => revoke(ctx, invitation()?).await?,
        LEAVE => return submit_leave(ctx).await,
        _ => return Ok(Submitted::NotUnderstood),
    }
    Ok(Submitted::SeeOther(Route::Settings(SettingsTab::Members).path()))
}

/// The page, with the invitation's link where it may be told.
fn shown(services: &Services<'_>, invited: Invited) -> Submitted {
    let Invited { id, token, sent } = invited;
    let link = token.map(|token| format!("{}{}", services.origin, Route::Join { token }.path()));
    Submitted::Shown(Shown::Invitation { id, link, sent })
}

async fn submit_offer(ctx: &Context, services: &Services<'_>, user: UserId) -> Result<Submitted> {
    let offered = offer_reset(ctx, OfferReset { user }).await?;
    let path = |token| Route::Reset { token }.path();
    let link = offered.token.map(|token| format!("{}{}", services.origin, path(token)));
    let expires_at = offered.expires_at;
    Ok(Submitted::Shown(Shown::Reset { user, link, expires_at }))
}

/// Lets somebody in. A wrong password costs time.
pub async fn submit_join(
    ctx: &Context,
    services: &Services<'_>,
    token: &LinkToken,
    form: Form,
) -> Submitted {
    let text = |name: &str| form.get(name).to_owned();
    let (email, password) = (text("email"), text("password"));
    let joiner = match form.action() {
        JOIN => Joiner::Present,
        JOIN_NEW => Joiner::New { name: text("name"), email, password },
        JOIN_KNOWN => Joiner::Known { email, password },
        _ => return Submitted::NotUnderstood,
    };
    let input = Accept {
        token: token.expose().to_owned(),
        joiner,
        network: services.network.to_owned(),
        device: services.device.to_owned(),
    };
    let to = Route::MyWork.path();
    match accept(ctx, services.passwords, input).await {
        Ok(joined) => match joined.token {
            Some(token) => Submitted::SignedIn { token, to },
            None => Submitted::SeeOther(to),
        },
        Err((error, attempts)) => {
            Submitted::Again { error, form, slow_down_ms: slow_down_ms(&attempts) }
        }
    }
}
