//! Sessions and the first visit.

use async_trait::async_trait;
use domain::account::{Admission, Email, Password, PasswordHash, SESSION_MS, SetUp, User, set_up};
use domain::actor::{Actor, Credential, Principal, Role};
use domain::event::{EventBody, Head, Stream};
use domain::ids::{UserId, WorkspaceId};
use domain::ports::Passwords;
use domain::write_batch::{Row, WriteBatch};
use domain::{Error, Field, Problem, Refusal};
use futures_util::future::join_all;

use super::world::World;
use super::{Bench, check, ok, same};
use crate::database::Statement;

pub(super) async fn a_session_gives_its_member_until_sign_out(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let ctx = world.as_(world.writer);
    let read = ok(ctx.store.principal(&ctx.caller).await, "principal")?;
    let member = ok(read.principal.member(), "a member")?.clone();
    same(member.user, world.writer.user, "the person")?;
    same(member.workspace, world.workspace, "the workspace")?;
    same(member.role, Role::Member, "the role")?;
    same(member.workspace_name.as_str(), "Case", "the workspace's name")?;
    let ended = ok(ctx.store.revoke_session(&ctx.caller, World::entry(&ctx)).await, "sign out")?;
    same(ended, Some(world.workspace), "the workspace that is told")?;
    let again =
        ok(ctx.store.revoke_session(&ctx.caller, World::entry(&ctx)).await, "sign out again")?;
    same(again, None, "nothing is left to end")?;
    let read = ok(ctx.store.principal(&ctx.caller).await, "principal")?;
    same(read.principal, Principal::SignedOut, "after the sign-out")?;
    let other = world.as_(world.owner);
    let read = ok(other.store.principal(&other.caller).await, "principal")?;
    check(read.principal.member().is_ok(), "another session ended with it")
}

pub(super) async fn an_expired_session_reads_nothing(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let key = &world.project;
    let credential = Credential::Session(world.owner.session);
    let last = world.at(credential.clone(), SESSION_MS - 1);
    let read = ok(last.store.project(&last.caller, key).await, "project")?;
    check(read.data.is_some(), "a session ended too early")?;
    let past = world.at(credential, SESSION_MS);
    let read = ok(past.store.project(&past.caller, key).await, "project")?;
    same(read.principal, Principal::SignedOut, "the principal")?;
    check(read.data.is_none(), "an expired session read a project")
}

pub(super) async fn a_lost_membership_reads_nothing(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let delete = Statement::new(
        "DELETE FROM members WHERE workspace_id = ?1 AND user_id = ?2",
        [world.workspace.to_string().into(), world.writer.user.to_string().into()],
    );
    ok(bench.database.execute(delete).await, "delete")?;
    let ctx = world.as_(world.writer);
    let read = ok(ctx.store.project(&ctx.caller, &world.project).await, "project")?;
    same(read.principal, Principal::SignedOut, "the principal")?;
    check(read.data.is_none(), "somebody removed read a project")
}

/// Hashes nothing: what is stored here is never verified.
pub(super) struct NoPasswords;

#[async_trait]
impl Passwords for NoPasswords {
    async fn hash(&self, _: &Password) -> domain::Result<PasswordHash> {
        Ok(PasswordHash("$argon2id$none".to_owned()))
    }

    async fn verify(&self, _: &Password, _: Option<&PasswordHash>) -> domain::Result<bool> {
        Ok(false)
    }
}

pub(super) async fn of_two_setups_at_once_one_wins(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let was_set_up = ok(bench.store.is_set_up().await, "is set up")?;
    let ctx = world.at(Credential::Anonymous, 0);
    let setup = |name: &str| SetUp {
        name: name.to_owned(),
        email: format!("{name}-{}@example.org", world.workspace),
        password: "correct horse battery".to_owned(),
        workspace: "Home".to_owned(),
        device: "contract".to_owned(),
        admission: Admission::OnThisMachine,
    };
    let both =
        join_all([setup("ada"), setup("ben")].map(|input| set_up(&ctx, &NoPasswords, input))).await;
    let winners = both.iter().filter(|outcome| outcome.is_ok()).count();
    same(winners, usize::from(!was_set_up), "winners")?;
    let refused = |error: &Error| *error == Error::Refused(Refusal::AlreadySetUp);
    check(
        both.iter().filter_map(|outcome| outcome.as_ref().err()).all(refused),
        "a loser wasn't told that it is set up",
    )?;
    check(ok(bench.store.is_set_up().await, "is set up")?, "it isn't set up afterwards")
}

pub(super) async fn a_taken_email_address_is_refused(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let (now, random) = (bench.now, &*bench.random);
    let workspace = WorkspaceId::generate(now, random);
    let user = User {
        id: UserId::generate(now, random),
        name: "Copy".to_owned(),
        email: ok(Email::parse(&format!("{}@example.org", world.writer.user)), "an address")?,
        password_hash: PasswordHash("$argon2id$".to_owned()),
        created_at: now,
    };
    let mut batch = WriteBatch::new(workspace);
    let body = EventBody::WorkspaceCreated { name: "Copy".to_owned() };
    let (mut head, actor) = (Head::start(), Actor::User(user.id));
    ok(batch.append(&mut head, Stream::Workspace(workspace), actor, now, body), "append")?;
    batch.rows.push(Row::User(user));
    let taken = Error::invalid(Field::Email, Problem::Taken);
    same(bench.store.commit(batch).await, Err(taken), "the commit")?;
    let events = ok(bench.store.stream(Stream::Workspace(workspace)).await, "stream")?;
    check(events.is_empty(), "the refused batch left an event")
}
