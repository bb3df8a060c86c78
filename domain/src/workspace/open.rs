//! A workspace beside the first one, which the first visit makes.

use crate::account::{Email, Password, User};
use crate::actor::{Actor, Role};
use crate::agent::{Agent, AgentKind};
use crate::context::Context;
use crate::error::{Field, Result};
use crate::event::{EventBody, Head, Stream};
use crate::ids::{AgentId, UserId, WorkspaceId};
use crate::ports::Passwords;
use crate::text;
use crate::workspace::{Membership, Workspace};
use crate::write_batch::{Row, WriteBatch};

/// Where a workspace's stream lets its first member in: after its own beginning.
const MEMBER_AT: i64 = 2;

/// A request to open a workspace with a new owner.
#[derive(Clone, Debug)]
pub struct OpenWorkspace {
    /// Its name.
    pub workspace: String,
    /// The owner's name.
    pub name: String,
    /// The owner's email address.
    pub email: String,
    /// The owner's password.
    pub password: String,
}

/// Opens a workspace beside those there are.
///
/// # Errors
/// `SignedOut` for everybody but MonoTask itself, `Invalid` (a taken email address among them).
pub async fn open(
    ctx: &Context,
    passwords: &dyn Passwords,
    input: OpenWorkspace,
) -> Result<WorkspaceId> {
    ctx.store.principal(&ctx.caller).await?.principal.require_system()?;
    let now = ctx.now();
    let name = text::line(Field::WorkspaceName, &input.workspace, 1, 80)?;
    let owner = User {
        id: UserId::generate(now, &*ctx.random),
        name: text::line(Field::Name, &input.name, 1, 80)?,
        email: Email::parse(&input.email)?,
        password_hash: passwords.hash(&Password::choose(&input.password)?).await?,
        created_at: now,
    };
    let id = WorkspaceId::generate(now, &*ctx.random);
    let mut batch = WriteBatch::new(id);
    found(ctx, &mut batch, Actor::System, (owner.id, &owner.name), name)?;
    batch.rows.insert(0, Row::User(owner));
    ctx.commit(batch).await?;
    Ok(id)
}

/// The events and rows of a new workspace, its owner's membership and its first agent. The owner's own
/// row must stand before them, if they are new.
///
/// # Errors
/// As [`crate::event::Event::next`].
pub(crate) fn found(
    ctx: &Context,
    batch: &mut WriteBatch,
    actor: Actor,
    (user, owner): (UserId, &str),
    name: String,
) -> Result<()> {
    let now = ctx.now();
    let id = batch.workspace;
    let stream = Stream::Workspace(id);
    let role = Role::Owner;
    let agent = Agent {
        id: AgentId::generate(now, &*ctx.random),
        workspace: id,
        name: "Script".to_owned(),
        kind: AgentKind::Script,
    };
    let mut head = Head::start();
    for body in [
        EventBody::WorkspaceCreated { name: name.clone() },
        EventBody::MemberJoined { user, name: owner.to_owned(), role, invitation: None },
        EventBody::AgentAdded { agent: agent.clone() },
    ] {
        batch.append(&mut head, stream, actor, now, body)?;
    }
    batch.rows.push(Row::Workspace(Workspace {
        id,
        name,
        created_at: now,
        settings_version: 1,
        head,
    }));
    batch.rows.push(Row::Membership(Membership {
        workspace: id,
        user,
        role,
        joined_at: now,
        version: MEMBER_AT,
    }));
    batch.rows.push(Row::Agent(agent));
    Ok(())
}
