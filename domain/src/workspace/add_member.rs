//! A person joins a workspace. Invitations, which let a member ask for it, come with the rest of
//! identity; until then only MonoTask itself does.

use crate::account::{Email, Password, User};
use crate::actor::{Actor, Role};
use crate::context::Context;
use crate::error::{Error, Field, Result};
use crate::event::{EventBody, Stream};
use crate::ids::{UserId, WorkspaceId};
use crate::ports::Passwords;
use crate::text;
use crate::workspace::{Membership, Workspace};
use crate::write_batch::{Row, WriteBatch};

/// A request to add a person to a workspace.
#[derive(Clone, Debug)]
pub struct AddMember {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The person's name.
    pub name: String,
    /// Their email address.
    pub email: String,
    /// Their password.
    pub password: String,
    /// Their role.
    pub role: Role,
}

/// Adds a new person to a workspace.
///
/// # Errors
/// `SignedOut` for everybody but MonoTask itself, `NotFound`, `Invalid` (a taken email address
/// among them), `Conflict` when somebody else joined at the same moment.
pub async fn add_member(
    ctx: &Context,
    passwords: &dyn Passwords,
    input: AddMember,
) -> Result<UserId> {
    ctx.store.principal(&ctx.caller).await?.principal.require_system()?;
    let stream = Stream::Workspace(input.workspace);
    let mut workspace =
        Workspace::replay(&ctx.store.stream(stream).await?).ok_or(Error::NotFound)?;
    let name = text::line(Field::Name, &input.name, 1, 80)?;
    let email = Email::parse(&input.email)?;
    let password = Password::choose(&input.password)?;
    let now = ctx.now();
    let user = User {
        id: UserId::generate(now, &*ctx.random),
        name: name.clone(),
        email,
        password_hash: passwords.hash(&password).await?,
        created_at: now,
    };
    let (id, role) = (user.id, input.role);
    let mut batch = WriteBatch::new(workspace.id);
    let body = EventBody::MemberJoined { user: id, name, role, invitation: None };
    batch.append(&mut workspace.head, stream, Actor::System, now, body)?;
    let version = workspace.head.version;
    let membership =
        Membership { workspace: workspace.id, user: id, role, joined_at: now, version };
    batch.rows.push(Row::User(user));
    batch.rows.push(Row::Workspace(workspace));
    batch.rows.push(Row::Membership(membership));
    ctx.commit(batch).await?;
    Ok(id)
}
