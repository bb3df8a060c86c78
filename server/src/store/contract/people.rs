//! Roles, removal, leaving, several workspaces, and what a workspace's settings are.

use domain::actor::{Credential, Permission, Principal, Role, Via};
use domain::ids::{InvitationId, UserId, WorkspaceId};
use domain::workspace::{
    ChangeRole, ChangeSettings, CreateWorkspace, MemberScene, RemoveMember, change_role,
    change_settings, create, leave, remove_member, switch,
};
use domain::{Context, Error, Refusal, Result as Outcome};
use futures_util::future::join;

use super::world::{Someone, World};
use super::{Bench, check, ok, same, some};
use crate::database::Statement;

/// A member as the owner sees them.
pub(super) async fn seen(world: &World, user: UserId) -> Result<MemberScene, String> {
    let ctx = world.as_(world.owner);
    some(ok(ctx.store.member(&ctx.caller, Some(user)).await, "member")?.data, "the member")
}

/// Gives somebody a role, as the owner.
pub(super) async fn promote(world: &World, who: Someone, role: Role) -> Result<(), String> {
    ok(give(world, world.owner, who.user, role).await?, "change a role")
}

async fn give(world: &World, by: Someone, user: UserId, role: Role) -> Result<Outcome<()>, String> {
    let seen = seen(world, user).await?.entry.membership.version;
    let input = ChangeRole { user, role: role.as_str().to_owned(), seen };
    Ok(change_role(&world.as_(by), input).await.map(|_| ()))
}

async fn remove(world: &World, by: Someone, user: UserId) -> Result<Outcome<()>, String> {
    let seen = seen(world, user).await?.entry.membership.version;
    Ok(remove_member(&world.as_(by), RemoveMember { user, seen }).await.map(|_| ()))
}

async fn principal(ctx: &Context) -> Result<Principal, String> {
    Ok(ok(ctx.store.principal(&ctx.caller).await, "principal")?.principal)
}

pub(super) async fn a_role_is_changed_and_holds_at_once(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let before = seen(&world, world.viewer.user).await?.entry.membership;
    promote(&world, world.viewer, Role::Admin).await?;
    let role = principal(&world.as_(world.viewer)).await?.member().map(|member| member.role);
    same(role, Ok(Role::Admin), "the role of an open session")?;
    let after = seen(&world, world.viewer.user).await?.entry.membership;
    check(after.version > before.version, "the version didn't move")?;
    let stale = ChangeRole { user: after.user, role: "viewer".to_owned(), seen: before.version };
    let outcome = change_role(&world.as_(world.owner), stale).await;
    let stale = Err(Error::Conflict { current: after.version });
    same(outcome.map(|_| ()), stale, "a stale version")?;
    let unknown = ChangeRole { user: after.user, role: "root".to_owned(), seen: after.version };
    let outcome = change_role(&world.as_(world.owner), unknown).await;
    check(matches!(outcome, Err(Error::Invalid { .. })), "an unknown role")
}

pub(super) async fn nobody_reaches_above_their_own_role(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let (owner, admin) = (world.owner, world.decider);
    promote(&world, admin, Role::Admin).await?;
    let above = Err(Error::Refused(Refusal::AboveOwnRole));
    same(give(&world, admin, owner.user, Role::Member).await?, above.clone(), "demote an owner")?;
    same(give(&world, admin, world.viewer.user, Role::Owner).await?, above.clone(), "make one")?;
    same(give(&world, admin, admin.user, Role::Owner).await?, above.clone(), "oneself upwards")?;
    same(remove(&world, admin, owner.user).await?, above, "remove an owner")?;
    let missing = |missing| Err(Error::Forbidden { missing });
    let outcome = give(&world, world.writer, world.writer.user, Role::Admin).await?;
    same(outcome, missing(Permission::ManageMembers), "a member upwards")?;
    let outcome = remove(&world, world.viewer, world.writer.user).await?;
    same(outcome, missing(Permission::RemoveMembers), "a viewer removes")?;
    same(give(&world, admin, world.viewer.user, Role::Admin).await?, Ok(()), "up to one's own")?;
    same(give(&world, admin, admin.user, Role::Viewer).await?, Ok(()), "oneself downwards")
}

pub(super) async fn a_workspace_keeps_an_owner(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let last = Err(Error::Refused(Refusal::LastOwner));
    let owner = world.owner.user;
    same(give(&world, world.owner, owner, Role::Admin).await?, last.clone(), "steps down")?;
    same(remove(&world, world.owner, owner).await?, last, "leaves")?;
    promote(&world, world.decider, Role::Owner).await?;
    // Two owners who take the role off each other at once, each as they see it now.
    let versions = [
        seen(&world, owner).await?.entry.membership.version,
        seen(&world, world.decider.user).await?.entry.membership.version,
    ];
    let demote = async |by: Someone, user: UserId, seen: i64| loop {
        let input = ChangeRole { user, role: "member".to_owned(), seen };
        match change_role(&world.as_(by), input).await.map(|_| ()) {
            // A race for the stream is tried again, as the Worker does.
            Err(Error::Conflict { current: 0 }) => {}
            settled => return settled,
        }
    };
    let [first, second] = versions;
    let (one, other) =
        join(demote(world.decider, owner, first), demote(world.owner, world.decider.user, second))
            .await;
    check(one.is_ok() != other.is_ok(), "not exactly one of them won")?;
    let statement = Statement::new(
        "SELECT COUNT(*) AS n FROM members m WHERE m.workspace_id = ?1 AND m.role = 'owner'",
        [world.workspace.to_string().into()],
    );
    let rows = ok(bench.database.query(statement).await, "owners")?;
    let owners = ok(some(rows.0.first(), "a count")?.integer("n"), "owners")?;
    same(owners, 1, "owners that are left")
}

/// A key of this person, with every scope.
async fn key_of(world: &World, who: Someone, id: &str) -> Result<[u8; 32], String> {
    let mut hash = who.session;
    hash.reverse();
    let scopes = ok(serde_json::to_string(&domain::scope::Scopes::all()), "scopes")?;
    let statement = Statement::new(
        "INSERT INTO api_keys (id, workspace_id, user_id, name, prefix, secret_hash, scopes, \
         created_at, version) VALUES (?1, ?2, ?3, 'Robot', 'mt_12345678', ?4, ?5, ?6, 1)",
        [
            id.into(),
            world.workspace.to_string().into(),
            who.user.to_string().into(),
            hex::encode(hash).into(),
            scopes.into(),
            world.time(0).0.into(),
        ],
    );
    ok(world.bench.database.execute(statement).await, "a key")?;
    Ok(hash)
}

fn key_id(world: &World) -> String {
    domain::ids::ApiKeyId::generate(world.time(0), &*world.bench.random).to_string()
}

pub(super) async fn a_removed_members_session_and_keys_end(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let who = world.writer;
    let key = key_of(&world, who, &key_id(&world)).await?;
    let reads = async |credential: Credential| -> Result<bool, String> {
        let ctx = world.at(credential, 1);
        let read = ok(ctx.store.project(&ctx.caller, &world.project).await, "project")?;
        Ok(read.data.is_some())
    };
    for credential in [Credential::Session(who.session), Credential::Key(key)] {
        check(reads(credential).await?, "they read nothing before: the case proves nothing")?;
    }
    let sessions = [ok(session_of(&world, who).await, "session")?];
    same(remove(&world, world.owner, who.user).await?, Ok(()), "remove")?;
    for credential in [Credential::Session(who.session), Credential::Key(key)] {
        check(!reads(credential).await?, "somebody removed reads a project")?;
    }
    let sql = crate::store::SqlStore::new(bench.database.clone());
    let feed = ok(sql.feed(world.workspace, 0, 1, &sessions, world.time(1)).await, "feed")?;
    check(feed.valid.is_empty(), "somebody removed hears of events")?;
    // Whoever comes back gets neither of them back.
    let statement = Statement::new(
        "INSERT INTO members (workspace_id, user_id, role, joined_at, version) \
         VALUES (?1, ?2, 'owner', ?3, 1)",
        [world.workspace.to_string().into(), who.user.to_string().into(), world.time(1).0.into()],
    );
    ok(bench.database.execute(statement).await, "come back")?;
    for credential in [Credential::Session(who.session), Credential::Key(key)] {
        check(!reads(credential).await?, "what ended came back with the person")?;
    }
    Ok(())
}

async fn session_of(world: &World, who: Someone) -> Result<domain::ids::SessionId, String> {
    let principal = principal(&world.as_(who)).await?;
    match &ok(principal.member(), "a member")?.via {
        Via::Session(session) => Ok(*session),
        Via::Key(_) => Err("a key".to_owned()),
    }
}

pub(super) async fn other_workspaces_people_answer_as_missing(bench: &Bench) -> Result<(), String> {
    let (world, stranger) = (World::empty(bench).await?, World::empty(bench).await?);
    let ctx = stranger.as_(stranger.owner);
    let missing = UserId::generate(bench.now, &*bench.random);
    for user in [world.writer.user, missing] {
        let read = ok(ctx.store.member(&ctx.caller, Some(user)).await, "member")?;
        check(read.data.is_none(), "a stranger reads a member")?;
        let input = ChangeRole { user, role: "viewer".to_owned(), seen: 3 };
        let outcome = change_role(&ctx, input).await.map(|_| ());
        same(outcome, Err(Error::NotFound), "change a role")?;
        let outcome = remove_member(&ctx, RemoveMember { user, seen: 3 }).await;
        same(outcome, Err(Error::NotFound), "remove")?;
    }
    let members = ok(ctx.store.members(&ctx.caller, Some(missing), 10).await, "members")?;
    check(members.data.is_empty(), "a list after somebody who isn't there")?;
    let nowhere = WorkspaceId::generate(bench.now, &*bench.random);
    for to in [world.workspace, nowhere] {
        same(switch(&ctx, to).await, Err(Error::NotFound), "switch")?;
    }
    let page = ok(ctx.store.members_page(&ctx.caller).await, "page")?;
    let page = some(page.data, "their own page")?;
    let foreign = |user: UserId| page.members.iter().any(|entry| entry.membership.user == user);
    check(!foreign(world.writer.user) && page.members.len() == 4, "another's people on a page")?;
    let id = InvitationId::generate(bench.now, &*bench.random);
    let read = ok(ctx.store.invitation(&ctx.caller, id).await, "invitation")?;
    check(read.data.is_none(), "an invitation that isn't")
}

pub(super) async fn a_person_founds_switches_and_leaves(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let mut ctx = world.keyed(world.viewer, "found-it-1");
    let input = CreateWorkspace { name: "  Second  ".to_owned() };
    let second = ok(create(&ctx, input.clone()).await, "found")?;
    let member = ok(principal(&ctx).await?.member().cloned(), "a member")?;
    same(
        (member.workspace, member.workspace_name.as_str(), member.role),
        (second, "Second", Role::Owner),
        "what the session has open",
    )?;
    same(create(&ctx, input).await, Ok(second), "the same request again")?;
    let links = ok(ctx.store.workspaces(&ctx.caller).await, "workspaces")?.data;
    let names: Vec<_> = links.iter().map(|link| (link.name.as_str(), link.role)).collect();
    same(names, vec![("Case", Role::Viewer), ("Second", Role::Owner)], "their workspaces")?;
    ctx.caller.idempotency_key = None;
    same(switch(&ctx, world.workspace).await, Ok(()), "back")?;
    let session = session_of(&world, world.viewer).await?;
    let sql = crate::store::SqlStore::new(bench.database.clone());
    let feed = ok(sql.feed(second, 0, 1, &[session], world.time(0)).await, "feed")?;
    check(feed.valid.is_empty(), "the workspace that was left open still sends to the session")?;
    let agents = ok(ctx.store.workspace(&ctx.caller).await, "workspace")?;
    same(some(agents.data, "it")?.workspace.id, world.workspace, "what is open")?;
    // Leaving leads to the other one.
    let left = ok(leave(&ctx).await, "leave")?;
    same(left.elsewhere, Some(second), "where it leads")?;
    same(principal(&ctx).await?.workspace(), Some(second), "what is open then")?;
    same(switch(&ctx, world.workspace).await, Err(Error::NotFound), "back to what was left")?;
    let key = key_of(&world, world.owner, &key_id(&world)).await?;
    let by_key = world.at(Credential::Key(key), 0);
    let another = CreateWorkspace { name: "By a key".to_owned() };
    let outcome = create(&by_key, another).await.map(|_| ());
    same(outcome, Err(Refusal::OnlyInBrowser.into()), "a key founds")?;
    let anonymous = world.at(Credential::Anonymous, 0);
    same(switch(&anonymous, second).await, Err(Error::SignedOut), "a stranger switches")
}

pub(super) async fn a_workspace_is_named_and_its_origins_kept(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let owner = world.as_(world.owner);
    let read = async || -> Result<_, String> {
        let read = ok(owner.store.workspace(&owner.caller).await, "workspace")?;
        some(read.data, "the workspace")
    };
    let version = read().await?.workspace.settings_version;
    let set = |name: Option<&str>, origins: Option<&[&str]>, seen| ChangeSettings {
        workspace: None,
        name: name.map(str::to_owned),
        origins: origins.map(|all| all.iter().map(|&origin| origin.to_owned()).collect()),
        seen,
    };
    let named = set(Some("Renamed"), None, version);
    let renamed = ok(change_settings(&owner, named.clone()).await, "rename")?;
    // Somebody joins or goes: that is no change of the settings.
    promote(&world, world.viewer, Role::Member).await?;
    let scene = read().await?;
    same(scene.workspace.name.as_str(), "Renamed", "the name")?;
    let current = scene.workspace.settings_version;
    check(current > version && current == renamed.version, "the version didn't move")?;
    let stale = Err(Error::Conflict { current });
    same(change_settings(&owner, named).await.map(|_| ()), stale, "a stale version")?;
    let typed = ["https://b.example:443", "", "http://A.example:80"];
    let kept = ["http://a.example", "https://b.example"].map(str::to_owned);
    let both = set(Some("Renamed again"), Some(&typed), current);
    let bad = set(Some("Never"), Some(&["https://*"]), current);
    let outcome = change_settings(&owner, bad).await;
    check(matches!(outcome, Err(Error::Invalid { .. })), "a wildcard")?;
    let changed = ok(change_settings(&owner, both).await, "name and origins")?;
    same((changed.name.as_str(), &changed.origins[..]), ("Renamed again", &kept[..]), "both")?;
    let scene = read().await?;
    same(
        (scene.workspace.name.as_str(), &scene.origins[..]),
        ("Renamed again", &kept[..]),
        "kept",
    )?;
    same(scene.workspace.settings_version, changed.version, "the version that was told")?;
    let mut elsewhere = set(Some("Theirs"), None, changed.version);
    elsewhere.workspace = Some(WorkspaceId::generate(bench.now, &*bench.random));
    let outcome = change_settings(&owner, elsewhere).await.map(|_| ());
    same(outcome, Err(Error::NotFound), "another workspace")?;
    let key = key_of(&world, world.owner, &key_id(&world)).await?;
    let by_key = world.at(Credential::Key(key), 0);
    let grant = principal(&by_key).await?.member().ok().and_then(|m| m.grant().cloned());
    same(some(grant, "a key")?.origins, kept.to_vec(), "the origins of a key")?;
    let seen = scene.workspace.settings_version;
    let none = || set(None, Some(&[]), seen);
    ok(change_settings(&owner, none()).await, "none")?;
    check(read().await?.origins.is_empty(), "they weren't taken away")?;
    let member = world.as_(world.writer);
    let missing = Permission::ManageWorkspace;
    let outcome = change_settings(&member, none()).await.map(|_| ());
    same(outcome, Err(Error::Forbidden { missing }), "a member")
}
