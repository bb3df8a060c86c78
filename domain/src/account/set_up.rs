//! The first visit: an owner, their workspace, its first agent.

use crate::account::{Email, Password, Session, SessionToken, User};
use crate::actor::{Actor, Role};
use crate::agent::{Agent, AgentKind};
use crate::context::Context;
use crate::error::{Error, Field, Refusal, Result};
use crate::event::{Event, EventBody, Head, Stream};
use crate::ids::{AgentId, UserId, WorkspaceId};
use crate::ports::Passwords;
use crate::text;
use crate::workspace::{Membership, Workspace};
use crate::write_batch::{Row, WriteBatch};

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
        name: user_name.clone(),
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
    batch.rows.push(Row::User(user));
    let head = open_workspace(ctx, &mut batch, owner, &user_name, &name)?;
    batch.rows.insert(1, Row::Workspace(Workspace { id, name, created_at: now, head }));
    let (session, token) = Session::begin(owner, id, &input.device, now, random);
    batch.rows.push(Row::Session(session));
    match ctx.store.commit(batch).await {
        Err(Error::Conflict { .. }) => Err(Refusal::AlreadySetUp.into()),
        Err(other) => Err(other),
        Ok(()) => Ok(token),
    }
}

/// The events and rows of a new workspace; gives where its stream then stands.
fn open_workspace(
    ctx: &Context,
    batch: &mut WriteBatch,
    owner: UserId,
    owner_name: &str,
    name: &str,
) -> Result<Head> {
    let now = ctx.now();
    let workspace = batch.workspace;
    let actor = Actor::User(owner);
    let stream = Stream::Workspace(workspace);
    let mut head = Head::start();
    let role = Role::Owner;
    let agent = Agent {
        id: AgentId::generate(now, &*ctx.random),
        workspace,
        name: "Script".to_owned(),
        kind: AgentKind::Script,
    };
    for body in [
        EventBody::WorkspaceCreated { name: name.to_owned() },
        EventBody::MemberJoined { user: owner, name: owner_name.to_owned(), role },
        EventBody::AgentAdded { agent: agent.clone() },
    ] {
        batch.append(&mut head, stream, actor, now, body)?;
    }
    batch.rows.push(Row::Membership(Membership { workspace, user: owner, role, joined_at: now }));
    batch.rows.push(Row::Agent(agent));
    Ok(head)
}
