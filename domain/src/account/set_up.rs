//! The first visit: an owner, their workspace, its first agent.

use crate::account::{Email, Password, Session, SessionToken, User};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Field, Refusal, Result};
use crate::event::{Event, EventBody, Head, Stream};
use crate::ids::{UserId, WorkspaceId};
use crate::ports::Passwords;
use crate::write_batch::{Row, WriteBatch};
use crate::{text, workspace};

/// A request to set the installation up, as typed. Whether the visitor may ask (localhost, or
/// the setup token) was checked before.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// The owner's name.
    pub name: String,
    /// The owner's email address.
    pub email: String,
    /// The owner's password.
    pub password: String,
    /// The workspace's name.
    pub workspace: String,
    /// The browser.
    pub device: String,
}

/// Creates the owner and the first workspace, and signs the owner in. Of two at once, one wins.
///
/// # Errors
/// `Invalid`, `Refused(AlreadySetUp)`.
pub async fn set_up(
    ctx: &Context,
    passwords: &dyn Passwords,
    input: SetUp,
) -> Result<SessionToken> {
    if ctx.store.is_set_up().await? {
        return Err(Refusal::AlreadySetUp.into());
    }
    let now = ctx.now();
    let random = &*ctx.random;
    let user_name = text::line(Field::Name, &input.name, 1, 80)?;
    let email = Email::parse(&input.email)?;
    let password = Password::choose(&input.password)?;
    let name = text::line(Field::WorkspaceName, &input.workspace, 1, 80)?;
    let user = User {
        id: UserId::generate(now, random),
        name: user_name,
        email,
        password_hash: passwords.hash(&password).await?,
        created_at: now,
    };
    let id = WorkspaceId::generate(now, random);
    let owner = user.id;
    let actor = Actor::User(owner);
    let mut batch = WriteBatch::new(id);
    let body = EventBody::InstallationSetUp { owner };
    let setup = Event::next(&Head::start(), id, Stream::Installation, actor, now, body)?;
    batch.events.push(setup);
    workspace::found(ctx, &mut batch, actor, user, name)?;
    let (session, token) = Session::begin(owner, id, &input.device, now, random);
    batch.rows.push(Row::Session(session));
    match ctx.store.commit(batch).await {
        Err(Error::Conflict { .. }) => Err(Refusal::AlreadySetUp.into()),
        Err(other) => Err(other),
        Ok(()) => Ok(token),
    }
}
