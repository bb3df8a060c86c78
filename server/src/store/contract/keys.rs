//! Keys for programs: what each reaches, and when it stops.

use domain::Error;
use domain::actor::{Credential, Permission, Principal, Role};
use domain::api_key::{
    ApiKey, ApiKeySecret, CreateKey, KeyFilter, MAX_LIVE_KEYS, RevokeKey, Whose, create, revoke,
};
use domain::context::{Context, IdempotencyKey};
use domain::error::{Field, Problem, Refusal};
use domain::event::Stream;
use domain::ids::ApiKeyId;
use domain::project::{self, CreateProject, ProjectKey};
use domain::scope::{Scope, Scopes};
use domain::task::CreateTask;
use futures_util::future::join_all;

use super::world::{Someone, World};
use super::{Bench, check, ok, same, some};
use crate::database::Statement;

const DAY_MS: i64 = 86_400_000;

fn wanted(scopes: &[Scope], expires: &str) -> CreateKey {
    CreateKey {
        name: "Deploy".to_owned(),
        scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        project: String::new(),
        expires: expires.to_owned(),
    }
}

/// A new key and what it shows.
async fn key(ctx: &Context, input: CreateKey) -> Result<(ApiKeyId, Credential), String> {
    let made = ok(create(ctx, input).await, "make a key")?;
    let secret: ApiKeySecret = some(made.secret, "the secret")?;
    Ok((made.id, Credential::Key(secret.hash())))
}

async fn principal(world: &World, credential: &Credential, at: i64) -> Result<Principal, String> {
    let ctx = world.at(credential.clone(), at);
    ok(ctx.store.principal(&ctx.caller).await, "principal").map(|read| read.principal)
}

async fn write_task(world: &World, credential: &Credential) -> Result<(), Error> {
    let input =
        CreateTask { project: world.project.clone(), draft: world.draft("By key"), ready: true };
    domain::task::create(&world.at(credential.clone(), 0), input).await.map(|_| ())
}

async fn set_role(world: &World, who: Someone, role: &str) -> Result<(), String> {
    let statement = Statement::new(
        "UPDATE members SET role = ?3 WHERE workspace_id = ?1 AND user_id = ?2",
        [world.workspace.to_string().into(), who.user.to_string().into(), role.into()],
    );
    ok(world.bench.database.execute(statement).await, "a role")
}

pub(super) async fn a_key_acts_for_its_owner_until_it_is_revoked(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let ctx = world.keyed(world.writer, "make-a-key-once");
    let input = wanted(&[Scope::Read, Scope::WriteTasks], "90");
    let (id, credential) = key(&ctx, input.clone()).await?;
    let again = ok(create(&ctx, input).await, "the same request")?;
    same(again.id, id, "the key of a retry")?;
    check(again.secret.is_none(), "a retry showed the secret again")?;
    let other = create(&ctx, wanted(&[Scope::Read], "30")).await.map(|made| made.id);
    same(other, Err(Error::invalid(Field::Form, Problem::KeyReused)), "another request")?;

    let seen = principal(&world, &credential, 1).await?;
    let member = ok(seen.member(), "a member")?;
    same((member.user, member.role), (world.writer.user, Role::Member), "in whose name")?;
    same(member.grant().map(|grant| grant.key), Some(id), "by which key")?;
    same(write_task(&world, &credential).await, Ok(()), "what its scope allows")?;
    let held = world.review("Decide on me").await?;
    let seen = world.version(&held.task).await?;
    let task = domain::task::TaskRef::Key(held.task.clone());
    let approve = domain::validation::Approve { task, seen };
    let outcome = domain::validation::approve(&world.at(credential.clone(), 1), approve).await;
    let missing = Error::OutOfScope { missing: Scope::WriteApprovals };
    same(outcome, Err(missing), "what its scopes don't allow")?;

    ok(revoke(&world.as_(world.writer), RevokeKey { key: id }).await, "revoke")?;
    same(principal(&world, &credential, 1).await?, Principal::SignedOut, "a revoked key")?;
    same(write_task(&world, &credential).await, Err(Error::SignedOut), "its next request")?;
    ok(revoke(&world.as_(world.writer), RevokeKey { key: id }).await, "revoke again")?;
    replays(&world).await
}

/// The keys as stored are what the workspace's stream makes.
async fn replays(world: &World) -> Result<(), String> {
    let ctx = world.as_(world.owner);
    let filter = KeyFilter { whose: Whose::Everybodys, ..KeyFilter::default() };
    let list = some(ok(ctx.store.api_keys(&ctx.caller, &filter).await, "keys")?.data, "keys")?;
    let mut stored: Vec<_> = list.keys.into_iter().map(|summary| summary.key).collect();
    stored.sort_by_key(|key| key.id);
    let stream = Stream::Workspace(world.workspace);
    let mut replayed = ApiKey::replay(&ok(world.bench.store.stream(stream).await, "stream")?);
    replayed.sort_by_key(|key| key.id);
    check(!stored.is_empty(), "no key: the case proves nothing")?;
    same(stored, replayed, "the keys")
}

pub(super) async fn a_key_reads_its_workspace_and_its_project_only(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let owner = world.as_(world.owner);
    let create =
        CreateProject { key: "OTHER".to_owned(), name: "Other".to_owned(), ..Default::default() };
    let other = ok(project::create(&owner, create).await, "another project")?;
    let own = ok(owner.store.project(&owner.caller, &world.project).await, "project")?;
    let own = some(own.data, "the project")?.details.id;
    let input = CreateKey { project: own.to_string(), ..wanted(&Scope::ALL, "never") };
    let (id, credential) = key(&owner, input).await?;
    let sees = async |credential: &Credential, project: &ProjectKey| {
        let ctx = world.at(credential.clone(), 0);
        ok(ctx.store.project(&ctx.caller, project).await, "project").map(|r| r.data.is_some())
    };
    check(sees(&credential, &world.project).await?, "its own project is missing")?;
    check(!sees(&credential, &other).await?, "it sees another project")?;
    let by_key = world.at(credential.clone(), 0);
    let frame = ok(by_key.store.frame(&by_key.caller).await, "frame")?.frame;
    same(frame.projects.len(), 1, "projects that it sees")?;

    let (wide, _) = key(&owner, wanted(&[Scope::Read], "30")).await?;
    let list = ok(by_key.store.api_keys(&by_key.caller, &KeyFilter::default()).await, "keys")?;
    let seen: Vec<_> = some(list.data, "keys")?.keys.iter().map(|k| k.key.id).collect();
    same(seen, vec![id], "keys that it sees")?;
    same(revoke(&by_key, RevokeKey { key: wide }).await, Err(Error::NotFound), "a wider key")?;
    let widened = domain::api_key::create(&by_key, wanted(&[Scope::Read], "30")).await;
    let refused = Err(Error::Refused(Refusal::ConfinedToProject));
    same(widened.map(|made| made.id), refused, "a key without its project")?;

    let stranger = World::open(bench).await?;
    let theirs = stranger.as_(stranger.owner);
    same(revoke(&theirs, RevokeKey { key: id }).await, Err(Error::NotFound), "a stranger")?;
    let input = CreateKey { project: own.to_string(), ..wanted(&[Scope::Read], "30") };
    let taken = domain::api_key::create(&theirs, input).await.map(|made| made.id);
    let unknown = Error::invalid(Field::Project, Problem::Malformed);
    same(taken, Err(unknown), "another workspace's project")?;
    let filter = KeyFilter { whose: Whose::Everybodys, ..KeyFilter::default() };
    let list = ok(theirs.store.api_keys(&theirs.caller, &filter).await, "keys")?;
    check(some(list.data, "keys")?.keys.is_empty(), "a stranger sees keys")
}

pub(super) async fn a_key_ends_with_its_time_its_owner_and_their_role(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let ctx = world.as_(world.writer);
    let (_, credential) = key(&ctx, wanted(&[Scope::Read, Scope::WriteTasks], "30")).await?;
    let last = principal(&world, &credential, 30 * DAY_MS - 1).await?;
    check(last.member().is_ok(), "it ended too early")?;
    let past = principal(&world, &credential, 30 * DAY_MS).await?;
    same(past, Principal::SignedOut, "an expired key")?;

    set_role(&world, world.writer, "viewer").await?;
    let missing = Error::Forbidden { missing: Permission::EditTasks };
    same(write_task(&world, &credential).await, Err(missing), "a demoted owner's key")?;
    let gone = Statement::new(
        "DELETE FROM members WHERE workspace_id = ?1 AND user_id = ?2",
        [world.workspace.to_string().into(), world.writer.user.to_string().into()],
    );
    ok(bench.database.execute(gone).await, "remove")?;
    same(principal(&world, &credential, 1).await?, Principal::SignedOut, "a removed owner's key")?;
    let back = Statement::new(
        "INSERT INTO members (workspace_id, user_id, role, joined_at, version) \
         VALUES (?1, ?2, 'owner', ?3, 9)",
        [
            world.workspace.to_string().into(),
            world.writer.user.to_string().into(),
            world.time(5).0.into(),
        ],
    );
    ok(bench.database.execute(back).await, "come back")?;
    let seen = principal(&world, &credential, 10).await?;
    same(seen, Principal::SignedOut, "a key of before, of somebody who came back")
}

pub(super) async fn a_token_is_narrower_than_its_key_and_ends_with_it(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let ctx = world.as_(world.writer);
    let (id, _) = key(&ctx, wanted(&[Scope::Read, Scope::WriteTasks], "never")).await?;
    let token = |scopes: &[Scope]| Credential::KeyToken {
        key: id,
        scopes: scopes.iter().copied().collect(),
    };
    let narrow = token(&[Scope::Read]);
    let missing = Error::OutOfScope { missing: Scope::WriteTasks };
    same(write_task(&world, &narrow).await, Err(missing), "a narrowed token")?;
    let seen = principal(&world, &token(&Scope::ALL), 0).await?;
    let scopes = ok(seen.member(), "a member")?.grant().map(|grant| grant.scopes.clone());
    let own: Scopes = [Scope::Read, Scope::WriteTasks].into_iter().collect();
    same(scopes, Some(own), "a token that asks for more")?;
    ok(revoke(&ctx, RevokeKey { key: id }).await, "revoke")?;
    same(principal(&world, &narrow, 0).await?, Principal::SignedOut, "a revoked key's token")
}

pub(super) async fn nobody_gives_a_key_more_than_they_have(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let asked = async |ctx: &Context, input: CreateKey| {
        create(ctx, input).await.map(|_| ()).map_err(|error| error.to_string())
    };
    let refused = |error: Error| Err(error.to_string());
    let viewer = world.as_(world.viewer);
    let missing = Error::Forbidden { missing: Permission::EditTasks };
    same(asked(&viewer, wanted(&[Scope::WriteTasks], "30")).await, refused(missing), "a viewer")?;
    let writer = world.as_(world.writer);
    let missing = Error::Forbidden { missing: Permission::ReadAudit };
    same(asked(&writer, wanted(&[Scope::ReadAudit], "30")).await, refused(missing), "a member")?;
    let (_, credential) = key(&writer, wanted(&[Scope::Read, Scope::WriteKeys], "30")).await?;
    let by_key = world.at(credential, 0);
    let missing = Error::OutOfScope { missing: Scope::WriteTasks };
    same(asked(&by_key, wanted(&[Scope::WriteTasks], "30")).await, refused(missing), "a key")?;
    same(asked(&by_key, wanted(&[Scope::Read], "30")).await, Ok(()), "what a key has")?;
    let (_, without) = key(&writer, wanted(&[Scope::Read], "30")).await?;
    let missing = Error::OutOfScope { missing: Scope::WriteKeys };
    let by_reader = world.at(without, 0);
    same(asked(&by_reader, wanted(&[Scope::Read], "30")).await, refused(missing), "a reader")?;

    let good = || wanted(&[Scope::Read], "30");
    let unknown_project = "prj_01hv3v6k3e0123456789abcdef".to_owned();
    for (input, field, problem) in [
        (CreateKey { name: " ".into(), ..good() }, Field::Name, Problem::Empty),
        (CreateKey { name: "x".repeat(81), ..good() }, Field::Name, Problem::TooLong { max: 80 }),
        (CreateKey { scopes: vec![], ..good() }, Field::Scopes, Problem::Empty),
        (CreateKey { scopes: vec!["*".into()], ..good() }, Field::Scopes, Problem::Malformed),
        (CreateKey { expires: "31".into(), ..good() }, Field::Expiry, Problem::Malformed),
        (CreateKey { project: "MONO".into(), ..good() }, Field::Project, Problem::Malformed),
        (CreateKey { project: unknown_project, ..good() }, Field::Project, Problem::Malformed),
    ] {
        let what = format!("{input:?}");
        same(asked(&writer, input).await, refused(Error::invalid(field, problem)), &what)?;
    }
    Ok(())
}

pub(super) async fn a_key_ends_no_later_than_the_one_that_made_it(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let ctx = world.as_(world.writer);
    let scopes = [Scope::Read, Scope::WriteKeys];
    let (parent, month) = key(&ctx, wanted(&scopes, "30")).await?;
    let (_, endless) = key(&ctx, wanted(&scopes, "never")).await?;
    let end = |days: i64| Some(world.time(days * DAY_MS));
    let token = Credential::KeyToken { key: parent, scopes: scopes.into_iter().collect() };
    let by_token = world.at(token, DAY_MS);
    let kept = create(&by_token, wanted(&[Scope::Read], "30")).await;
    same(kept.map(|_| ()), Err(Refusal::KeyNeeded.into()), "a token would be kept for good")?;
    for (number, (maker, expires, ends)) in [
        (&month, "30", end(30)),
        (&month, "90", end(30)),
        (&month, "never", end(30)),
        (&endless, "never", None),
        (&endless, "90", end(91)),
    ]
    .into_iter()
    .enumerate()
    {
        let mut by_key = world.at(maker.clone(), DAY_MS);
        by_key.caller.idempotency_key = IdempotencyKey::parse(&format!("key-of-a-key-{number}"));
        let input = || wanted(&[Scope::Read], expires);
        let made = ok(create(&by_key, input()).await, "a key of a key")?;
        same(made.expires_at, ends, expires)?;
        let again = ok(create(&by_key, input()).await, "the same request")?;
        same((again.id, again.expires_at), (made.id, ends), "the answer to a retry")?;
        let credential = Credential::Key(some(made.secret, "the secret")?.hash());
        let last = ends.unwrap_or(world.time(9_999 * DAY_MS)).ms_since(world.time(0)) - 1;
        let seen = principal(&world, &credential, last).await?;
        check(seen.member().is_ok(), "it ended too early")?;
        let past = principal(&world, &credential, last + 1).await?;
        check(ends.is_none() || past == Principal::SignedOut, "it ended too late")?;
    }
    replays(&world).await
}

pub(super) async fn a_key_outlives_the_revoking_of_the_one_that_made_it(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let ctx = world.as_(world.writer);
    let (parent, by) = key(&ctx, wanted(&[Scope::Read, Scope::WriteKeys], "90")).await?;
    let (child, credential) = key(&world.at(by, 0), wanted(&[Scope::Read], "30")).await?;
    let read = async |id: ApiKeyId| {
        let read = ok(ctx.store.api_key(&ctx.caller, id).await, "a key")?;
        some(read.data, "the key")
    };
    ok(revoke(&ctx, RevokeKey { key: parent }).await, "revoke")?;
    let seen = principal(&world, &credential, 1).await?;
    check(seen.member().is_ok(), "the key that it made ended with it")?;
    let told = read(child).await?;
    same((told.key.made_by, told.maker.as_deref()), (Some(parent), Some("Deploy")), "its maker")?;
    same(read(parent).await?.key.made_by, None, "a person's key")?;
    ok(revoke(&ctx, RevokeKey { key: child }).await, "revoke it as well")?;
    same(principal(&world, &credential, 1).await?, Principal::SignedOut, "a revoked key")?;

    let viewer = world.as_(world.viewer);
    let (own, _) = key(&viewer, wanted(&[Scope::Read], "30")).await?;
    let owner = world.as_(world.owner);
    for (who, id, sees) in
        [(&viewer, own, true), (&viewer, child, false), (&ctx, own, false), (&owner, own, true)]
    {
        let read = ok(who.store.api_key(&who.caller, id).await, "a key")?;
        same(read.data.is_some(), sees, "who sees a key")?;
    }
    let stranger = World::empty(bench).await?;
    let theirs = stranger.as_(stranger.owner);
    let read = ok(theirs.store.api_key(&theirs.caller, own).await, "a key")?;
    check(read.data.is_none(), "a stranger sees it")?;
    replays(&world).await
}

pub(super) async fn the_fifty_first_key_is_refused(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let ctx = world.as_(world.viewer);
    let mut last = None;
    for _ in 0..MAX_LIVE_KEYS - 1 {
        last = Some(key(&ctx, wanted(&[Scope::Read], "never")).await?.0);
    }
    let three = join_all((0..3).map(|_| create(&ctx, wanted(&[Scope::Read], "never")))).await;
    same(three.iter().filter(|made| made.is_ok()).count(), 1, "of three at once")?;
    let full = Error::Refused(Refusal::TooManyKeys { max: MAX_LIVE_KEYS });
    let more = create(&ctx, wanted(&[Scope::Read], "never")).await.map(|made| made.id);
    same(more, Err(full), "the fifty-first")?;
    let (other, _) = key(&world.as_(world.writer), wanted(&[Scope::Read], "30")).await?;
    check(last != Some(other), "somebody else's first")?;
    ok(revoke(&ctx, RevokeKey { key: some(last, "a key")? }).await, "revoke")?;
    key(&ctx, wanted(&[Scope::Read], "never")).await.map(|_| ())
}

pub(super) async fn keys_of_others_are_an_admins_to_see_and_revoke(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let (id, credential) = key(&world.as_(world.viewer), wanted(&[Scope::Read], "never")).await?;
    let all = KeyFilter { whose: Whose::Everybodys, limit: 1, ..KeyFilter::default() };
    let listed = async |ctx: &Context, filter: &KeyFilter| {
        some(ok(ctx.store.api_keys(&ctx.caller, filter).await, "keys")?.data, "keys")
    };
    let writer = world.as_(world.writer);
    check(listed(&writer, &all).await?.keys.is_empty(), "a member sees another's key")?;
    same(revoke(&writer, RevokeKey { key: id }).await, Err(Error::NotFound), "a member")?;
    key(&writer, wanted(&[Scope::Read], "never")).await?;
    let owner = world.as_(world.owner);
    let first = listed(&owner, &all).await?;
    let rest = listed(&owner, &KeyFilter { after: first.next, ..all }).await?;
    check(first.next.is_some() && rest.next.is_none(), "the pages of an owner")?;
    let mut seen: Vec<_> = first.keys.iter().chain(&rest.keys).map(|k| k.key.user).collect();
    seen.sort_unstable();
    let mut both = vec![world.viewer.user, world.writer.user];
    both.sort_unstable();
    same(seen, both, "whose keys an owner sees")?;
    ok(revoke(&owner, RevokeKey { key: id }).await, "an owner revokes it")?;
    same(principal(&world, &credential, 0).await?, Principal::SignedOut, "the key")
}

pub(super) async fn a_use_is_noted_once_a_minute(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let ctx = world.as_(world.viewer);
    let (id, _) = key(&ctx, wanted(&[Scope::Read], "never")).await?;
    for (at, noted) in [(1_000, 1_000), (60_999, 1_000), (61_000, 61_000), (5, 61_000)] {
        ok(ctx.store.note_key_used(id, world.time(at)).await, "note")?;
        let list = ok(ctx.store.api_keys(&ctx.caller, &KeyFilter::default()).await, "keys")?;
        let used = some(list.data, "keys")?.keys.first().and_then(|key| key.last_used_at);
        same(used, Some(world.time(noted)), &format!("after a use at {at}"))?;
    }
    Ok(())
}
