//! Joining by an invitation.

use super::{InvitationEnd, JoinScene, LinkToken, Newcomer};
use crate::account::{Attempts, Email, Password, Session, SessionToken, User};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::event::EventBody;
use crate::ids::{UserId, WorkspaceId};
use crate::ports::Passwords;
use crate::text;
use crate::workspace::Membership;
use crate::write_batch::{Guard, Row, WriteBatch};

/// Who wants in.
#[derive(Clone, Debug)]
pub enum Joiner {
    /// Whoever is signed in.
    Present,
    /// Somebody who has no account yet.
    New {
        /// Their name.
        name: String,
        /// Their email address.
        email: String,
        /// The password that they choose.
        password: String,
    },
    /// Somebody who has an account and isn't signed in, or isn't a member of any workspace.
    Known {
        /// Their email address.
        email: String,
        /// Their password.
        password: String,
    },
}

/// A request to join, as it came.
#[derive(Clone, Debug)]
pub struct Accept {
    /// What the link holds.
    pub token: String,
    /// Who wants in.
    pub joiner: Joiner,
    /// The network that it comes from.
    pub network: String,
    /// The browser.
    pub device: String,
}

/// Somebody joined.
#[derive(Debug)]
pub struct Joined {
    /// The workspace that their session has open now.
    pub workspace: WorkspaceId,
    /// For the cookie, where they weren't signed in before.
    pub token: Option<SessionToken>,
}

/// Lets a person into a workspace by a link. Of two at once, one gets in.
///
/// # Errors
/// `SignedOut`, `Invalid` (`WrongCredentials`: hold the answer back by
/// [`crate::account::slow_down_ms`]), `TooMany`, `Refused(LinkOver)`, `Refused(OtherAddress)`,
/// `Refused(AlreadyMember)`, `Conflict` when the workspace changed at the same moment.
pub async fn accept(
    ctx: &Context,
    passwords: &dyn Passwords,
    input: Accept,
) -> Result<Joined, (Error, Attempts)> {
    let uncounted = |error: Error| (error, Attempts::default());
    let token = LinkToken::parse(&input.token).ok_or(uncounted(Refusal::LinkOver.into()))?;
    if let Joiner::Present = input.joiner {
        return join_present(ctx, &token).await.map_err(uncounted);
    }
    arrive(ctx, passwords, &token, &input).await
}

/// Whoever is signed in joins, and has the workspace open then.
async fn join_present(ctx: &Context, token: &LinkToken) -> Result<Joined> {
    let read = ctx.store.joining(&ctx.caller, &token.hash()).await?;
    let member = read.principal.member()?;
    let session = member.session().ok_or(Error::SignedOut)?;
    let scene = read.data.ok_or(Refusal::LinkOver)?;
    // Somebody who is in already isn't told that the link was used, perhaps by themselves.
    if scene.is_member {
        return Err(Refusal::AlreadyMember.into());
    }
    scene.check_open(ctx.now())?;
    scene.check_address(&member.email)?;
    let (user, from) = (member.user, member.workspace);
    let (mut batch, to) = join(ctx, scene, user, member.name.clone())?;
    batch.rows.push(Row::SessionsMoved { user, session: Some(session), from, to });
    ctx.commit(batch).await?;
    Ok(Joined { workspace: to, token: None })
}

/// Somebody without a session joins, and is signed in then.
async fn arrive(
    ctx: &Context,
    passwords: &dyn Passwords,
    token: &LinkToken,
    input: &Accept,
) -> Result<Joined, (Error, Attempts)> {
    let uncounted = |error: Error| (error, Attempts::default());
    let email = match &input.joiner {
        Joiner::New { email, .. } | Joiner::Known { email, .. } => {
            Email::parse(email).map_err(uncounted)?
        }
        Joiner::Present => return Err(uncounted(Error::SignedOut)),
    };
    let newcomer = Newcomer { email: &email, network: &input.network };
    let scene = ctx.store.arriving(&token.hash(), newcomer, ctx.now()).await.map_err(uncounted)?;
    let attempts = scene.attempts;
    let counted = |error: Error| (error, attempts);
    attempts.check().map_err(counted)?;
    let join_scene = scene.join.ok_or(counted(Refusal::LinkOver.into()))?;
    join_scene.check_open(ctx.now()).map_err(|refusal| counted(refusal.into()))?;
    join_scene.check_address(email.as_str()).map_err(|refusal| counted(refusal.into()))?;
    let is_member = join_scene.is_member;
    let (user, name, is_new, proved_by) = match &input.joiner {
        Joiner::New { name, password, .. } => {
            if scene.user.is_some() {
                return Err(counted(Error::invalid(Field::Email, Problem::Taken)));
            }
            let user = register(ctx, passwords, name, email, password).await.map_err(counted)?;
            (user.id, user.name.clone(), Some(user), None)
        }
        Joiner::Known { password, .. } => {
            let user = recognise(passwords, scene.user, password).await.map_err(counted)?;
            (user.id, user.name, None, Some(user.password_hash))
        }
        Joiner::Present => return Err(counted(Error::SignedOut)),
    };
    if is_member {
        return Err(counted(Refusal::AlreadyMember.into()));
    }
    let (mut batch, workspace) = join(ctx, join_scene, user, name).map_err(counted)?;
    if let Some(user) = is_new {
        batch.rows.insert(0, Row::User(user));
    }
    // A password that was changed while it was verified opens no session.
    batch.guards.extend(proved_by.map(|hash| Guard::PasswordAt { user, hash }));
    let (session, token) = Session::begin(user, workspace, &input.device, ctx.now(), &*ctx.random);
    batch.rows.push(Row::Session(session.from_network(&input.network)));
    ctx.commit(batch).await.map_err(counted)?;
    Ok(Joined { workspace, token: Some(token) })
}

async fn register(
    ctx: &Context,
    passwords: &dyn Passwords,
    name: &str,
    email: Email,
    password: &str,
) -> Result<User> {
    let name = text::line(Field::Name, name, 1, 80)?;
    let password = Password::choose(password)?;
    Ok(User {
        id: UserId::generate(ctx.now(), &*ctx.random),
        name,
        email,
        password_hash: passwords.hash(&password).await?,
        created_at: ctx.now(),
    })
}

/// The person, if the password is theirs. Whether there is one takes as long to say.
async fn recognise(passwords: &dyn Passwords, user: Option<User>, password: &str) -> Result<User> {
    let wrong = Error::invalid(Field::Password, Problem::WrongCredentials);
    let password = Password::attempt(password).ok_or_else(|| wrong.clone())?;
    let hash = user.as_ref().map(|user| &user.password_hash);
    let is_right = passwords.verify(&password, hash).await?;
    user.filter(|_| is_right).ok_or(wrong)
}

/// The batch that lets the person in, and the workspace.
fn join(
    ctx: &Context,
    scene: JoinScene,
    user: UserId,
    name: String,
) -> Result<(WriteBatch, WorkspaceId)> {
    let JoinScene { workspace, mut invitation, .. } = scene;
    let (id, now, role) = (workspace.id, ctx.now(), invitation.role);
    let mut batch = WriteBatch::new(id);
    let body = EventBody::MemberJoined { user, name, role, invitation: Some(invitation.id) };
    let version = workspace.record(ctx, &mut batch, Actor::User(user), body)?;
    let membership = Membership { workspace: id, user, role, joined_at: now, version };
    batch.rows.push(Row::Membership(membership));
    invitation.end = Some(InvitationEnd::Accepted { by: user, at: now });
    invitation.version = version;
    batch.rows.push(Row::Invitation(invitation));
    Ok((batch, id))
}
