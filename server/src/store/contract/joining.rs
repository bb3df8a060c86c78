//! Invitations: made, sent, accepted once, taken back, outlived.

use async_trait::async_trait;
use domain::account::{Attempts, Password, PasswordHash, SignIn, sign_in};
use domain::actor::{Credential, Permission, Principal, Role};
use domain::invitation::{
    Accept, INVITATION_MS, Invite, Invited, Joined, Joiner, Letter, MAX_OPEN, accept, invite,
    renew, revoke,
};
use domain::ports::{Mailer, Passwords};
use domain::workspace::{RemoveMember, remove_member};
use domain::{Context, Error, Field, Problem, Refusal};
use futures_util::future::join;

use super::people::{promote, seen};
use super::world::{Someone, World};
use super::{Bench, check, ok, same, some};
use crate::database::Statement;

/// Nobody delivers anything.
pub(super) struct NoMail;

#[async_trait]
impl Mailer for NoMail {
    async fn send(&self, _: &Letter) -> domain::Result<bool> {
        Ok(false)
    }
}

/// Passwords that can be verified, and take no time.
struct Plain;

#[async_trait]
impl Passwords for Plain {
    async fn hash(&self, password: &Password) -> domain::Result<PasswordHash> {
        Ok(PasswordHash(format!("$argon2id${}", hex::encode(password.expose()))))
    }

    async fn verify(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
    ) -> domain::Result<bool> {
        let given = self.hash(password).await?;
        Ok(hash == Some(&given))
    }
}

const PASSWORD: &str = "correct horse battery";

async fn make(world: &World, by: Someone, role: &str, email: &str) -> Result<Invited, String> {
    let input = Invite { role: role.to_owned(), email: email.to_owned() };
    ok(invite(&world.as_(by), &NoMail, input).await, "invite")
}

async fn link(world: &World, by: Someone, role: &str, email: &str) -> Result<String, String> {
    let token = make(world, by, role, email).await?.token;
    Ok(some(token, "a token")?.expose().to_owned())
}

fn mail(world: &World, name: &str) -> String {
    format!("{name}-{}@example.org", world.workspace)
}

fn newcomer(world: &World, token: &str, name: &str) -> Accept {
    let (email, password) = (mail(world, name), PASSWORD.to_owned());
    arrival(world, token, Joiner::New { name: name.to_owned(), email, password })
}

fn arrival(world: &World, token: &str, joiner: Joiner) -> Accept {
    let network = format!("net {}", world.workspace);
    Accept { token: token.to_owned(), joiner, network, device: "contract".to_owned() }
}

async fn arrive(ctx: &Context, input: Accept) -> Result<Joined, Error> {
    loop {
        match accept(ctx, &Plain, input.clone()).await {
            // A race for the stream is tried again, as the Worker does.
            Err((Error::Conflict { current: 0 }, _)) => {}
            settled => return settled.map_err(|(error, _): (Error, Attempts)| error),
        }
    }
}

pub(super) async fn a_link_lets_one_new_person_in(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let token = link(&world, world.owner, "member", "").await?;
    let stranger = world.at(Credential::Anonymous, 1);
    let joined = ok(arrive(&stranger, newcomer(&world, &token, "eve")).await, "join")?;
    same(joined.workspace, world.workspace, "the workspace")?;
    let session = some(joined.token, "a session")?;
    let ctx = world.at(Credential::Session(session.hash()), 1);
    let read = ok(ctx.store.project(&ctx.caller, &world.project).await, "project")?;
    let role = read.principal.member().map(|member| member.role);
    same((role, read.data.is_some()), (Ok(Role::Member), true), "what they may do")?;
    let again = arrive(&stranger, newcomer(&world, &token, "mallory")).await;
    same(again.map(|_| ()), Err(Refusal::LinkOver.into()), "a second use")?;
    let page = ok(ctx.store.members_page(&ctx.caller).await, "page")?;
    let page = some(page.data, "the page")?;
    same((page.count, page.owners, page.members.len()), (5, 1, 5), "the people")?;
    let owner = world.as_(world.owner);
    let pending = ok(owner.store.invitations(&owner.caller, None, 10).await, "invitations")?;
    check(pending.data.is_empty(), "a used invitation waits")
}

pub(super) async fn of_two_who_accept_at_once_one_gets_in(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let token = link(&world, world.owner, "viewer", "").await?;
    let stranger = world.at(Credential::Anonymous, 1);
    let both = join(
        arrive(&stranger, newcomer(&world, &token, "eve")),
        arrive(&stranger, newcomer(&world, &token, "mallory")),
    )
    .await;
    let outcomes = [both.0, both.1];
    same(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "winners")?;
    let over = Error::Refused(Refusal::LinkOver);
    let mut losers = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    check(losers.all(|error| *error == over), "the loser wasn't told that the link is used")?;
    let users = Statement::new(
        "SELECT COUNT(*) AS n FROM users u WHERE u.email IN (?1, ?2)",
        [mail(&world, "eve").into(), mail(&world, "mallory").into()],
    );
    let rows = ok(bench.database.query(users).await, "users")?;
    same(ok(some(rows.0.first(), "a count")?.integer("n"), "n")?, 1, "people that came to be")
}

pub(super) async fn a_link_that_is_over_tells_nobody_why(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    promote(&world, world.decider, Role::Admin).await?;
    let owner = world.as_(world.owner);
    let revoked = make(&world, world.owner, "member", "").await?;
    ok(revoke(&owner, revoked.id).await, "revoke")?;
    ok(revoke(&owner, revoked.id).await, "revoke again")?;
    let by_admin = link(&world, world.decider, "admin", "").await?;
    let expired = link(&world, world.owner, "member", "").await?;
    promote(&world, world.decider, Role::Member).await?;
    let revoked = some(revoked.token, "a token")?.expose().to_owned();
    let unknown = "0".repeat(64);
    let over = || Err(Error::Refused(Refusal::LinkOver));
    for (token, after, what) in [
        (&revoked, 1, "a revoked link"),
        (&by_admin, 1, "one whose maker couldn't make it now"),
        (&expired, INVITATION_MS, "an expired link"),
        (&unknown, 1, "an unknown link"),
        (&"../etc".to_owned(), 1, "no link at all"),
    ] {
        let stranger = world.at(Credential::Anonymous, after);
        let outcome = arrive(&stranger, newcomer(&world, token, "eve")).await;
        same(outcome.map(|_| ()), over(), what)?;
    }
    let last = world.at(Credential::Anonymous, INVITATION_MS - 1);
    ok(arrive(&last, newcomer(&world, &expired, "eve")).await, "in the last moment")?;
    let other = World::empty(bench).await?;
    let id = make(&world, world.owner, "member", "").await?.id;
    let outcome = revoke(&other.as_(other.owner), id).await;
    same(outcome, Err(Error::NotFound), "another workspace revokes")?;
    let missing = Permission::RemoveMembers;
    let outcome = revoke(&world.as_(world.writer), id).await;
    same(outcome, Err(Error::Forbidden { missing }), "a member revokes")
}

pub(super) async fn a_lost_link_is_made_anew(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    promote(&world, world.decider, Role::Admin).await?;
    let (owner, address) = (world.keyed(world.owner, "renew-it-1"), mail(&world, "eve"));
    let first = make(&world, world.owner, "member", &address).await?;
    let renewed = ok(renew(&owner, &NoMail, first.id).await, "renew")?;
    let again = ok(renew(&owner, &NoMail, first.id).await, "the same request again")?;
    same((again.id, again.token), (renewed.id, None), "what a retry is told")?;
    let stranger = world.at(Credential::Anonymous, 1);
    let over = || Err(Error::Refused(Refusal::LinkOver));
    let old = some(first.token, "a token")?;
    let outcome = arrive(&stranger, newcomer(&world, old.expose(), "eve")).await;
    same(outcome.map(|_| ()), over(), "the old link")?;
    let plain = world.as_(world.owner);
    let pending = ok(plain.store.invitations(&plain.caller, None, 10).await, "invitations")?.data;
    let told = pending.iter().map(|entry| (entry.invitation.id, entry.invitation.role));
    same(told.collect::<Vec<_>>(), vec![(renewed.id, Role::Member)], "what waits")?;
    let outcome = renew(&plain, &NoMail, first.id).await;
    same(outcome.map(|_| ()), over(), "one that was taken back")?;
    let new = some(renewed.token, "a token")?;
    let other = arrive(&stranger, newcomer(&world, new.expose(), "mallory")).await;
    let elsewhere = Err(Error::Refused(Refusal::OtherAddress));
    same(other.map(|_| ()), elsewhere, "the new link, for another address")?;
    ok(arrive(&stranger, newcomer(&world, new.expose(), "eve")).await, "the new link")?;
    let outcome = renew(&plain, &NoMail, renewed.id).await;
    same(outcome.map(|_| ()), over(), "one that was used")?;

    let high = make(&world, world.owner, "owner", "").await?.id;
    let outcome = renew(&world.as_(world.decider), &NoMail, high).await;
    same(outcome.map(|_| ()), Err(Refusal::AboveOwnRole.into()), "above one's own role")?;
    let missing = Permission::ManageMembers;
    let outcome = renew(&world.as_(world.writer), &NoMail, high).await;
    same(outcome.map(|_| ()), Err(Error::Forbidden { missing }), "a member")?;
    let stranger = World::empty(bench).await?;
    let outcome = renew(&stranger.as_(stranger.owner), &NoMail, high).await;
    same(outcome.map(|_| ()), Err(Error::NotFound), "another workspace")
}

pub(super) async fn an_invitation_for_an_address_is_for_nobody_else(
    bench: &Bench,
) -> Result<(), String> {
    let (world, other) = (World::empty(bench).await?, World::empty(bench).await?);
    let token = link(&world, world.owner, "member", &mail(&world, "EVE").to_uppercase()).await?;
    let stranger = world.at(Credential::Anonymous, 1);
    let elsewhere = || Err(Error::Refused(Refusal::OtherAddress));
    let outcome = arrive(&stranger, newcomer(&world, &token, "mallory")).await;
    same(outcome.map(|_| ()), elsewhere(), "a new person with another address")?;
    let present = other.as_(other.viewer);
    let outcome = arrive(&present, arrival(&world, &token, Joiner::Present)).await;
    same(outcome.map(|_| ()), elsewhere(), "somebody signed in with another address")?;
    ok(arrive(&stranger, newcomer(&world, &token, "eve")).await, "the right one")?;
    let input = Invite { role: "member".to_owned(), email: mail(&world, "eve") };
    let outcome = invite(&world.as_(world.owner), &NoMail, input).await;
    same(outcome.map(|_| ()), Err(Refusal::AlreadyMember.into()), "who is in isn't invited")
}

pub(super) async fn whoever_has_an_account_joins_with_it(bench: &Bench) -> Result<(), String> {
    let (world, other) = (World::empty(bench).await?, World::empty(bench).await?);
    // Signed in elsewhere: the session goes along.
    let token = link(&world, world.owner, "member", "").await?;
    let present = other.as_(other.viewer);
    let joined = ok(arrive(&present, arrival(&world, &token, Joiner::Present)).await, "join")?;
    check(joined.token.is_none(), "a second session")?;
    let read = ok(present.store.principal(&present.caller).await, "principal")?;
    same(read.principal.workspace(), Some(world.workspace), "what is open")?;
    let outcome = arrive(&present, arrival(&world, &token, Joiner::Present)).await;
    same(outcome.map(|_| ()), Err(Refusal::AlreadyMember.into()), "twice")?;
    // Removed from their only workspace, they can't sign in, but be invited again.
    let token = link(&world, world.owner, "member", "").await?;
    let stranger = world.at(Credential::Anonymous, 1);
    ok(arrive(&stranger, newcomer(&world, &token, "eve")).await, "join")?;
    let owner = world.as_(world.owner);
    let members = ok(owner.store.members(&owner.caller, None, 50).await, "members")?.data;
    let eve = members.iter().find(|entry| entry.email == mail(&world, "eve"));
    let eve = some(eve, "eve")?.membership.user;
    let version = seen(&world, eve).await?.entry.membership.version;
    let removal = RemoveMember { user: eve, seen: version };
    ok(remove_member(&owner, removal).await, "remove")?;
    let sign = SignIn {
        email: mail(&world, "eve"),
        password: PASSWORD.to_owned(),
        network: format!("net {}", world.workspace),
        device: "contract".to_owned(),
    };
    let outcome = sign_in(&stranger, &Plain, sign).await.map(|_| ()).map_err(|(error, _)| error);
    same(outcome, Err(Refusal::NoWorkspace.into()), "signs in without a workspace")?;
    let token = link(&world, world.owner, "viewer", "").await?;
    let known = |password: &str| Joiner::Known {
        email: mail(&world, "eve"),
        password: password.to_owned(),
    };
    let outcome = arrive(&stranger, arrival(&world, &token, known("wrong horse battery"))).await;
    let wrong = Error::invalid(Field::Password, Problem::WrongCredentials);
    same(outcome.map(|_| ()), Err(wrong), "a wrong password")?;
    let outcome = arrive(&stranger, newcomer(&world, &token, "eve")).await;
    let taken = Error::invalid(Field::Email, Problem::Taken);
    same(outcome.map(|_| ()), Err(taken), "an account twice")?;
    let joined = ok(arrive(&stranger, arrival(&world, &token, known(PASSWORD))).await, "back")?;
    let session = some(joined.token, "a session")?;
    let ctx = world.at(Credential::Session(session.hash()), 1);
    let read = ok(ctx.store.principal(&ctx.caller).await, "principal")?;
    let role = read.principal.member().map(|member| (member.user, member.role));
    same(role, Ok((eve, Role::Viewer)), "who they are now")
}

pub(super) async fn whoever_tries_to_join_is_counted(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let token = link(&world, world.owner, "member", "").await?;
    let stranger = world.at(Credential::Anonymous, 1);
    let known =
        Joiner::Known { email: mail(&world, "nobody"), password: "not the password".to_owned() };
    let attempt = || arrive(&stranger, arrival(&world, &token, known.clone()));
    for _ in 0..domain::account::MAX_PER_PAIR {
        let wrong = Error::invalid(Field::Password, Problem::WrongCredentials);
        same(attempt().await.map(|_| ()), Err(wrong), "a guess")?;
    }
    let outcome = attempt().await.map(|_| ());
    check(matches!(outcome, Err(Error::TooMany { .. })), "a guess too many")
}

pub(super) async fn an_invitation_is_shown_once_and_bounded(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let input = Invite { role: "member".to_owned(), email: mail(&world, "eve") };
    let ctx = world.keyed(world.owner, "invite-eve-1");
    let first = ok(invite(&ctx, &NoMail, input.clone()).await, "invite")?;
    let again = ok(invite(&ctx, &NoMail, input.clone()).await, "invite again")?;
    same((again.id, again.token), (first.id, None), "the same request again")?;
    let reader = world.as_(world.writer);
    let page = ok(reader.store.members_page(&reader.caller).await, "page")?;
    check(some(page.data, "the page")?.invitations.is_empty(), "a member sees invitations")?;
    let outcome = invite(&world.as_(world.writer), &NoMail, input.clone()).await;
    let missing = Permission::ManageMembers;
    same(outcome.map(|_| ()), Err(Error::Forbidden { missing }), "a member invites")?;
    let outcome = invite(&world.at(Credential::Anonymous, 0), &NoMail, input).await;
    same(outcome.map(|_| ()), Err(Error::SignedOut), "nobody invites")?;
    let numbers: Vec<u32> = (0..MAX_OPEN).collect();
    let fill = Statement::new(
        "INSERT INTO invitations (id, workspace_id, role, token_hash, invited_by, created_at, \
         expires_at, version) \
         SELECT 'filler ' || ?1 || j.value, ?1, 'viewer', substr(?2 || j.value, -64), ?4, ?5, \
         ?5 + 9999, 1 FROM json_each(?3) j",
        [
            world.workspace.to_string().into(),
            format!("{:0>64}", world.workspace.to_string()).into(),
            ok(serde_json::to_string(&numbers), "numbers")?.into(),
            world.owner.user.to_string().into(),
            world.time(0).0.into(),
        ],
    );
    ok(bench.database.execute(fill).await, "fill")?;
    let input = Invite { role: "member".to_owned(), email: String::new() };
    let outcome = invite(&world.as_(world.owner), &NoMail, input.clone()).await;
    let refusal = Refusal::TooManyInvitations { max: MAX_OPEN };
    same(outcome.map(|_| ()), Err(refusal.into()), "one more than may wait")?;
    let later = world.at(Credential::Session(world.owner.session), 20_000);
    check(invite(&later, &NoMail, input).await.is_ok(), "expired ones count")?;
    same(principal_of(&later).await?, Some(world.workspace), "still there")
}

async fn principal_of(ctx: &Context) -> Result<Option<domain::ids::WorkspaceId>, String> {
    let read = ok(ctx.store.principal(&ctx.caller).await, "principal")?;
    Ok(match read.principal {
        Principal::Member(member) => Some(member.workspace),
        _ => None,
    })
}
