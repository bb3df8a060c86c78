//! The first visit: an owner, their workspace, its first agent.

use crate::account::{Counted, Email, Password, Session, SessionToken, User};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::event::{Event, EventBody, Head, Stream};
use crate::ids::{UserId, WorkspaceId};
use crate::ports::Passwords;
use crate::write_batch::{Row, WriteBatch};
use crate::{text, workspace};

/// Guesses of the setup token from one network in the window of attempts before it is locked.
pub const MAX_SETUP_GUESSES: u32 = 10;

/// Why a visitor may set the installation up, or may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// They are on the machine itself.
    OnThisMachine,
    /// By the installation's setup token.
    ByToken {
        /// Whether they gave the right one.
        is_right: bool,
        /// The network that they come from.
        network: String,
    },
}

/// What setting up reads. The store counts a guess of the token in the same batch, unless there is
/// nothing left to set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetUpScene {
    /// Whether the first visit has happened.
    pub is_set_up: bool,
    /// Guesses of the token from this network, the present one included.
    pub guesses: Counted,
}

/// A request to set the installation up, as typed.
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
    /// Why the visitor may.
    pub admission: Admission,
}

/// Creates the owner and the first workspace, and signs the owner in. Of two at once, one wins.
///
/// # Errors
/// `Invalid`, `TooMany`, `Refused(AlreadySetUp)`.
pub async fn set_up(
    ctx: &Context,
    passwords: &dyn Passwords,
    input: SetUp,
) -> Result<SessionToken> {
    let network = match &input.admission {
        Admission::OnThisMachine => None,
        Admission::ByToken { network, .. } => Some(network.as_str()),
    };
    let scene = ctx.store.begin_set_up(network, ctx.now()).await?;
    if scene.is_set_up {
        return Err(Refusal::AlreadySetUp.into());
    }
    scene.guesses.check(MAX_SETUP_GUESSES)?;
    if matches!(input.admission, Admission::ByToken { is_right: false, .. }) {
        return Err(Error::invalid(Field::SetupToken, Problem::WrongCredentials));
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
    workspace::found(ctx, &mut batch, actor, (owner, &user.name), name)?;
    batch.rows.insert(0, Row::User(user));
    let (session, token) = Session::begin(owner, id, &input.device, now, random);
    batch.rows.push(Row::Session(session.from_network(&ctx.caller.origin.network)));
    match ctx.commit(batch).await {
        Err(Error::Conflict { .. }) => Err(Refusal::AlreadySetUp.into()),
        Err(other) => Err(other),
        Ok(()) => Ok(token),
    }
}
