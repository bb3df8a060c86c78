//! Passwords, sessions and links that reset a password.

use async_trait::async_trait;
use domain::account::{
    self, ChangePassword, Email, MAX_PER_PAIR, OfferReset, Opening, Password, PasswordHash,
    RESET_MS, Rename, ResetLink, ResetPassword, RevokeSession, Session, change_password,
    offer_reset, reset_password,
};
use domain::actor::{Credential, Permission, Principal};
use domain::api_key::{CreateKey, create};
use domain::context::Context;
use domain::error::{Error, Field, Problem, Refusal};
use domain::ids::SessionId;
use domain::invitation::LinkToken;
use domain::ports::Passwords;
use futures_util::future::join_all;

use super::world::{Someone, World};
use super::{Bench, check, ok, same, some};
use crate::database::Statement;

const OLD: &str = "the old password";
const NEW: &str = "a new password 42";

/// A hash is the password itself, so that a case can tell which one is stored.
struct Plain;

#[async_trait]
impl Passwords for Plain {
    async fn hash(&self, password: &Password) -> domain::Result<PasswordHash> {
        Ok(PasswordHash(String::from_utf8_lossy(password.expose()).into_owned()))
    }

    async fn verify(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
    ) -> domain::Result<bool> {
        Ok(hash.is_some_and(|hash| hash.0.as_bytes() == password.expose()))
    }
}

async fn execute(world: &World, sql: &'static str, params: &[&str]) -> Result<(), String> {
    let params: Vec<_> = params.iter().map(|param| (*param).into()).collect();
    ok(world.bench.database.execute(Statement::new(sql, params)).await, sql)
}

/// A workspace whose people know a password.
async fn opened(bench: &Bench) -> Result<World, String> {
    let world = World::empty(bench).await?;
    for someone in [world.owner, world.writer, world.decider, world.viewer] {
        let sql = "UPDATE users SET password_hash = ?2 WHERE id = ?1";
        execute(&world, sql, &[&someone.user.to_string(), OLD]).await?;
    }
    Ok(world)
}

/// Another browser of this person.
async fn browser(world: &World, who: Someone) -> Result<(Someone, SessionId), String> {
    let random = &*world.bench.random;
    let (session, _) = Session::begin(who.user, world.workspace, "other", world.bench.now, random);
    let (id, token_hash) = (session.id, session.token_hash);
    let email = ok(Email::parse(&format!("{}@example.org", who.user)), "an address")?;
    let opening = Opening::unproved(session.from_network("10.0.0.9"), &email, "10.0.0.9");
    ok(world.bench.store.open_session(opening).await, "open a session")?;
    Ok((Someone { user: who.user, session: token_hash }, id))
}

async fn is_in(world: &World, who: Someone) -> Result<bool, String> {
    let ctx = world.as_(who);
    Ok(ok(ctx.store.principal(&ctx.caller).await, "principal")?.principal != Principal::SignedOut)
}

async fn change(ctx: &Context, present: &str, password: &str) -> Result<(), Error> {
    let input = ChangePassword { present: present.to_owned(), password: password.to_owned() };
    change_password(ctx, &Plain, input).await.map_err(|(error, _)| error)
}

fn wrong() -> Error {
    Error::invalid(Field::PresentPassword, Problem::WrongCredentials)
}

pub(super) async fn a_new_password_keeps_the_present_session_alone(
    bench: &Bench,
) -> Result<(), String> {
    let world = opened(bench).await?;
    let (phone, _) = browser(&world, world.writer).await?;
    let ctx = world.keyed(world.writer, "change-my-password");
    same(change(&ctx, "guess", NEW).await, Err(wrong()), "a wrong one")?;
    let short = Error::invalid(Field::Password, Problem::TooShort { min: 12 });
    same(change(&ctx, OLD, "short").await, Err(short), "a short one")?;
    check(is_in(&world, phone).await?, "a refused change ended a session")?;
    same(change(&ctx, OLD, NEW).await, Ok(()), "the change")?;
    check(is_in(&world, world.writer).await?, "the present session ended")?;
    check(!is_in(&world, phone).await?, "another session lives")?;
    check(is_in(&world, world.owner).await?, "somebody else's session ended")?;
    same(change(&ctx, OLD, NEW).await, Ok(()), "the same request again")?;
    let reused = Error::invalid(Field::Form, Problem::KeyReused);
    let third = "a third password 4";
    same(change(&ctx, OLD, third).await, Err(reused), "the same key, another password")?;
    let plain = world.as_(world.writer);
    same(change(&plain, OLD, NEW).await, Err(wrong()), "the old one")?;
    let both = join_all([change(&plain, NEW, OLD), change(&plain, NEW, "the other one 123")]).await;
    same(both.iter().filter(|outcome| outcome.is_ok()).count(), 1, "of two at once")?;
    let losers = both.iter().filter_map(|outcome| outcome.as_ref().err());
    let told = |error: &Error| matches!(error, Error::Conflict { .. }) || *error == wrong();
    check(losers.into_iter().all(told), "what the other was told")
}

pub(super) async fn guesses_of_the_present_password_are_limited(
    bench: &Bench,
) -> Result<(), String> {
    let world = opened(bench).await?;
    let ctx = world.as_(world.writer);
    for n in 0..MAX_PER_PAIR {
        same(change(&ctx, "guess", NEW).await, Err(wrong()), &format!("guess {n}"))?;
    }
    let locked = change(&ctx, OLD, NEW).await;
    check(matches!(locked, Err(Error::TooMany { .. })), "the right one got through a lock")?;
    let other = world.as_(world.decider);
    same(change(&other, OLD, NEW).await, Ok(()), "somebody else")?;
    let nobody = world.at(Credential::Anonymous, 0);
    same(change(&nobody, OLD, NEW).await, Err(Error::SignedOut), "nobody")
}

pub(super) async fn a_session_that_was_proved_by_an_older_password_is_not_opened(
    bench: &Bench,
) -> Result<(), String> {
    let world = opened(bench).await?;
    let random = &*world.bench.random;
    let user = world.writer.user;
    let (session, _) = Session::begin(user, world.workspace, "late", world.bench.now, random);
    let hash = session.token_hash;
    let email = ok(Email::parse(&format!("{user}@example.org")), "an address")?;
    let mut opening = Opening::unproved(session, &email, "10.0.0.1");
    opening.proved_by = Some(PasswordHash("what it was before".to_owned()));
    let outcome = world.bench.store.open_session(opening).await;
    same(outcome, Err(Error::Conflict { current: 0 }), "the session")?;
    check(!is_in(&world, Someone { user, session: hash }).await?, "it was opened")
}

pub(super) async fn only_ones_own_sessions_are_listed_and_ended(
    bench: &Bench,
) -> Result<(), String> {
    let world = opened(bench).await?;
    let (phone, phone_id) = browser(&world, world.writer).await?;
    let (desk, _) = browser(&world, world.writer).await?;
    let (theirs, their_id) = browser(&world, world.owner).await?;
    let ctx = world.as_(world.writer);
    let list = ok(ctx.store.session_list(&ctx.caller).await, "sessions")?;
    let list = some(list.data, "sessions")?;
    same(list.len(), 3, "sessions of the writer")?;
    same(list.iter().filter(|session| session.is_this).count(), 1, "the present one")?;
    let networks = list.iter().filter(|session| session.network == "10.0.0.9").count();
    same(networks, 2, "networks that were noted")?;
    let first = ok(ctx.store.sessions(&ctx.caller, None, 2).await, "a page")?.data;
    let after = some(first.last(), "its last")?.id;
    let rest = ok(ctx.store.sessions(&ctx.caller, Some(after), 2).await, "the next")?.data;
    let paged: Vec<_> = first.iter().chain(&rest).map(|session| session.id).collect();
    same(paged, list.iter().map(|session| session.id).collect(), "in pages")?;
    let beyond = ok(ctx.store.sessions(&ctx.caller, Some(their_id), 2).await, "theirs")?.data;
    check(beyond.is_empty(), "somebody else's session is a place")?;
    let end = |session| account::revoke_session(&ctx, RevokeSession { session });
    same(end(their_id).await, Err(Error::NotFound), "somebody else's")?;
    check(is_in(&world, theirs).await?, "somebody else's session ended")?;
    same(end(phone_id).await, Ok(()), "one's own")?;
    check(!is_in(&world, phone).await? && is_in(&world, desk).await?, "the other one")?;
    same(end(phone_id).await, Err(Error::NotFound), "one that has ended")?;
    same(account::revoke_other_sessions(&ctx).await, Ok(()), "all others")?;
    check(!is_in(&world, desk).await? && is_in(&world, world.writer).await?, "which ended")?;
    check(is_in(&world, theirs).await?, "somebody else's session ended")?;

    let scopes = vec!["read".to_owned(), "keys:write".to_owned()];
    let input = CreateKey { name: "k".into(), scopes, expires: "30".into(), ..Default::default() };
    let secret = some(ok(create(&ctx, input).await, "a key")?.secret, "its secret")?;
    let by_key = world.at(Credential::Key(secret.hash()), 0);
    let browsers_only = Err(Error::Refused(Refusal::OnlyInBrowser));
    same(account::revoke_other_sessions(&by_key).await, browsers_only.clone(), "a key")?;
    let rename = Rename { name: "K".into() };
    same(account::rename(&by_key, rename).await, browsers_only.clone(), "a key")?;
    same(change(&by_key, OLD, NEW).await, browsers_only, "a key")
}

async fn offer(ctx: &Context, who: Someone) -> Result<String, Error> {
    let offered = offer_reset(ctx, OfferReset { user: who.user }).await?;
    Ok(offered.token.map(|token| token.expose().to_owned()).unwrap_or_default())
}

async fn use_link(world: &World, token: &str, at: i64) -> Result<(), Error> {
    let (token, password) = (token.to_owned(), NEW.to_owned());
    let network = format!("reset-{}", world.workspace);
    let ctx = world.at(Credential::Anonymous, at);
    reset_password(&ctx, &Plain, ResetPassword { token, password, network }).await
}

/// What whoever opens a link is shown.
async fn end_of(world: &World, token: &str, at: i64) -> Result<&'static str, String> {
    let hash = some(LinkToken::parse(token), "a token")?.hash();
    Ok(match ok(world.bench.store.reset_link(hash, world.time(at)).await, "the link")? {
        ResetLink::Open(open) if open.user == world.writer.user => "open",
        ResetLink::Open(_) => "somebody else's",
        ResetLink::Used => "used",
        ResetLink::Expired => "expired",
        ResetLink::Void => "void",
    })
}

const VOID: Result<(), Error> = Err(Error::Refused(Refusal::LinkVoid));

pub(super) async fn a_link_resets_a_password_once(bench: &Bench) -> Result<(), String> {
    let world = opened(bench).await?;
    let (phone, _) = browser(&world, world.writer).await?;
    let admin = world.keyed(world.owner, "offer-a-link");
    let token = ok(offer(&admin, world.writer).await, "a link")?;
    let again = ok(offer_reset(&admin, OfferReset { user: world.writer.user }).await, "again")?;
    check(again.token.is_none(), "a retry showed the link again")?;
    same(again.expires_at, world.time(RESET_MS), "when it ends")?;
    same(end_of(&world, &token, 0).await?, "open", "a link that works")?;
    same(end_of(&world, &token, RESET_MS).await?, "expired", "a day later")?;
    same(end_of(&world, &"0".repeat(64), 0).await?, "void", "a guess")?;
    same(use_link(&world, &token, RESET_MS).await, VOID, "a day later")?;
    same(use_link(&world, &"0".repeat(64), 0).await, VOID, "a guess")?;
    same(use_link(&world, "no token", 0).await, VOID, "no token")?;
    check(is_in(&world, phone).await?, "a void link ended a session")?;
    let both = join_all([use_link(&world, &token, 0), use_link(&world, &token, 0)]).await;
    same(both.iter().filter(|outcome| outcome.is_ok()).count(), 1, "of two at once")?;
    check(both.iter().all(|o| o.is_ok() || *o == VOID), "what the other was told")?;
    same(use_link(&world, &token, 0).await, VOID, "a used link")?;
    same(end_of(&world, &token, 0).await?, "used", "a used link")?;
    let gone = !is_in(&world, phone).await? && !is_in(&world, world.writer).await?;
    check(gone, "a session outlived the reset")?;
    let (back, _) = browser(&world, world.writer).await?;
    same(change(&world.as_(back), NEW, OLD).await, Ok(()), "the new password")
}

pub(super) async fn a_link_is_void_once_its_reason_is_gone(bench: &Bench) -> Result<(), String> {
    let world = opened(bench).await?;
    let owner = world.as_(world.owner);
    let first = ok(offer(&owner, world.writer).await, "a link")?;
    let second = ok(offer(&owner, world.writer).await, "a second link")?;
    same(use_link(&world, &first, 0).await, VOID, "a link that was replaced")?;
    same(end_of(&world, &first, 0).await?, "void", "a link that was replaced")?;
    let writer = world.as_(world.writer);
    same(change(&writer, OLD, "remembered it 1").await, Ok(()), "they remembered")?;
    same(use_link(&world, &second, 0).await, VOID, "after a change of the password")?;

    let by = world.decider.user.to_string();
    let workspace = world.workspace.to_string();
    let role = "UPDATE members SET role = ?3 WHERE workspace_id = ?1 AND user_id = ?2";
    execute(&world, role, &[&workspace, &by, "admin"]).await?;
    let token = ok(offer(&world.as_(world.decider), world.viewer).await, "an admin's link")?;
    execute(&world, role, &[&workspace, &by, "member"]).await?;
    same(use_link(&world, &token, 0).await, VOID, "whoever offered it was demoted")?;
    execute(&world, role, &[&workspace, &by, "admin"]).await?;
    let elsewhere = World::empty(bench).await?;
    let join = "INSERT INTO members (workspace_id, user_id, role, joined_at, version) \
                VALUES (?1, ?2, 'viewer', 1, 9)";
    let viewer = world.viewer.user.to_string();
    execute(&world, join, &[&elsewhere.workspace.to_string(), &viewer]).await?;
    same(use_link(&world, &token, 0).await, VOID, "of somebody who joined elsewhere")
}

pub(super) async fn a_link_is_offered_by_those_who_may(bench: &Bench) -> Result<(), String> {
    let world = opened(bench).await?;
    let stranger = opened(bench).await?;
    let owner = world.as_(world.owner);
    let missing = Error::Forbidden { missing: Permission::ManageMembers };
    same(offer(&world.as_(world.writer), world.viewer).await, Err(missing), "a member")?;
    let refused = |refusal| Err(Error::Refused(refusal));
    same(offer(&owner, world.owner).await, refused(Refusal::OwnReset), "oneself")?;
    same(offer(&owner, stranger.viewer).await, Err(Error::NotFound), "a stranger")?;
    let role = "UPDATE members SET role = 'admin' WHERE workspace_id = ?1 AND user_id = ?2";
    let (workspace, decider) = (world.workspace.to_string(), world.decider.user.to_string());
    execute(&world, role, &[&workspace, &decider]).await?;
    let admin = world.as_(world.decider);
    same(offer(&admin, world.owner).await, refused(Refusal::HigherRole), "an owner")?;
    let join = "INSERT INTO members (workspace_id, user_id, role, joined_at, version) \
                VALUES (?1, ?2, 'viewer', 1, 9)";
    let writer = world.writer.user.to_string();
    execute(&world, join, &[&stranger.workspace.to_string(), &writer]).await?;
    let elsewhere = refused(Refusal::InOtherWorkspaces);
    same(offer(&owner, world.writer).await, elsewhere, "somebody who is elsewhere too")
}
