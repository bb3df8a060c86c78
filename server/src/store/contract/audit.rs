//! The audit log: complete, bounded, nobody else's, and never changed.

use std::collections::BTreeSet;

use domain::account::{self, Email, Rename, SIGNED_OUT};
use domain::actor::{Actor, Credential, Permission, Role};
use domain::api_key::{CreateKey, RevokeKey, create, revoke};
use domain::audit::{
    AuditEntry, AuditFilter, AuditLine, AuditName, KEY_REFUSED, MAX_REFUSALS_PER_MINUTE, Outcome,
    Particulars, Proof, REQUEST_REFUSED, RunName, entries, list,
};
use domain::context::{Context, RequestOrigin};
use domain::error::Error;
use domain::invitation::{self, Invite};
use domain::scope::Scope;

use super::joining::NoMail;
use super::world::World;
use super::{Bench, check, ok, same, some};
use crate::database::Statement;

async fn read(world: &World, filter: &AuditFilter) -> Result<Vec<AuditLine>, String> {
    ok(list(&world.as_(world.owner), filter).await, "the log").map(|list| list.lines)
}

fn named(name: &str) -> Option<AuditName> {
    Some(AuditName::Text(name.to_owned()))
}

fn key_input(scopes: &[Scope]) -> CreateKey {
    CreateKey {
        name: "Nightly".to_owned(),
        scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        project: String::new(),
        expires: "30".to_owned(),
    }
}

pub(super) async fn what_is_done_is_an_entry_with_who_what_and_from_where(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let mut ctx = world.as_(world.writer);
    ctx.caller.origin = RequestOrigin {
        network: "203.0.113.7".to_owned(),
        agent: "curl/8".to_owned(),
        request_id: "0123".to_owned(),
    };
    let made = ok(create(&ctx, key_input(&[Scope::Read, Scope::WriteKeys])).await, "a key")?;
    let filter = AuditFilter { person: Some(world.writer.user), ..AuditFilter::default() };
    let lines = read(&world, &filter).await?;
    let line = some(lines.first(), "an entry")?;
    same(lines.len(), 1, "entries of the writer")?;
    let entry = &line.entry;
    same(entry.action.as_str(), "api_key_created", "the action")?;
    same(entry.target.clone(), made.id.to_string(), "the target")?;
    same(line.target.clone(), named("Nightly"), "what the target is called")?;
    same(line.by.clone(), named("member"), "the person's name")?;
    same(entry.actor, Actor::User(world.writer.user), "the actor")?;
    check(matches!(entry.proof, Proof::Session(_)), "the proof")?;
    same(entry.origin.clone(), ctx.caller.origin.clone(), "from where")?;

    let secret = some(made.secret, "the secret")?;
    let by_key = world.at(Credential::Key(secret.hash()), 1);
    ok(create(&by_key, key_input(&[Scope::Read])).await, "a key by a key")?;
    let lines = read(&world, &filter).await?;
    let line = some(lines.first(), "an entry")?;
    same(line.entry.proof, Proof::Key(made.id), "the proof")?;
    same(line.key.as_deref(), Some("Nightly"), "the name of the key that proved it")?;

    let ctx = world.at(Credential::Session(world.viewer.session), 2);
    ok(account::rename(&ctx, Rename { name: "Dmitri".to_owned() }).await, "a new name")?;
    ok(account::sign_out(&ctx).await, "sign out")?;
    ok(account::sign_out(&ctx).await, "sign out again")?;
    let filter = AuditFilter { person: Some(world.viewer.user), ..AuditFilter::default() };
    let actions: Vec<_> =
        read(&world, &filter).await?.iter().map(|line| line.entry.action.clone()).collect();
    let mut sorted = actions.clone();
    sorted.sort_unstable();
    same(sorted, vec!["profile_renamed".to_owned(), SIGNED_OUT.to_owned()], "deeds without events")
}

pub(super) async fn an_entry_tells_what_its_ids_are_called_and_what_was_given(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let owner = world.as_(world.owner);
    let invite = Invite { role: "member".to_owned(), email: "lee@example.com".to_owned() };
    let invited = ok(invitation::invite(&owner, &NoMail, invite).await, "an invitation")?;
    let held = world.review("Named").await?;
    let of = async |target: String| {
        let filter = AuditFilter { target: Some(target), ..AuditFilter::default() };
        some(read(&world, &filter).await?.into_iter().next(), "an entry")
    };
    let line = of(invited.id.to_string()).await?;
    same(line.target, named("lee@example.com"), "whom an invitation is for")?;
    let email = ok(Email::parse("lee@example.com"), "an address")?;
    let told = Particulars::Invitation { role: Role::Member, email: Some(email) };
    same(line.entry.particulars, Some(told), "what was given")?;
    let run = AuditName::Run(RunName { task: held.task.to_string(), attempt: 1 });
    same(of(held.run.to_string()).await?.target, Some(run.clone()), "what a run is called")?;

    let ctx = world.system(30);
    let actor = (Actor::Run(held.run), Proof::Run(held.run));
    let what = (REQUEST_REFUSED, "GET /api/v1/me".to_owned());
    let refused = AuditEntry::refused(&ctx, world.workspace, actor, what, "view");
    ok(ctx.store.note_refusal(&refused).await, "note")?;
    let line = of("GET /api/v1/me".to_owned()).await?;
    same(line.by, Some(run), "a run that did something")
}

pub(super) async fn the_log_is_filtered_and_paged_without_a_gap(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    for n in 0..7 {
        world.write(&format!("Task {n}")).await?;
    }
    let all = read(&world, &AuditFilter { limit: 1_000, ..AuditFilter::default() }).await?;
    let mut seen = vec![];
    let mut filter = AuditFilter { limit: 3, ..AuditFilter::default() };
    loop {
        let page = ok(list(&world.as_(world.owner), &filter).await, "a page")?;
        seen.extend(page.lines);
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    same(seen.len(), all.len(), "entries over pages")?;
    same(seen, all.clone(), "the pages together")?;
    let rest = AuditFilter { limit: 1_000, skip: 2, ..AuditFilter::default() };
    let rest = ok(entries(&world.as_(world.owner), &rest).await, "entries")?;
    same(rest.lines.as_slice(), all.get(2..).unwrap_or_default(), "all but the first two")?;
    check(rest.people.is_empty() && rest.next.is_none(), "more than entries")?;
    let ids: BTreeSet<_> = all.iter().map(|line| line.entry.id).collect();
    same(ids.len(), all.len(), "entries that differ")?;

    let count = async |filter: AuditFilter| read(&world, &filter).await.map(|lines| lines.len());
    let default = AuditFilter::default;
    let action = Some("task_created".to_owned());
    same(count(AuditFilter { action: action.clone(), ..default() }).await?, 7, "by action")?;
    let writer = Some(world.writer.user);
    same(count(AuditFilter { person: writer, action, ..default() }).await?, 7, "by person")?;
    let refused = Some(Outcome::Refused);
    same(count(AuditFilter { outcome: refused, ..default() }).await?, 0, "by outcome")?;
    let target = all.iter().find(|line| line.entry.action == "task_created");
    let target = some(target, "a task")?.entry.target.clone();
    same(count(AuditFilter { target: Some(target), ..default() }).await?, 1, "by target")?;
    let now = Some(world.time(0));
    same(count(AuditFilter { until: now, ..default() }).await?, 0, "before")?;
    same(count(AuditFilter { from: now, ..default() }).await?, all.len(), "since")?;
    let odd = Some("' OR 1=1 --".to_owned());
    same(count(AuditFilter { target: odd, ..default() }).await?, 0, "by a strange target")
}

pub(super) async fn the_log_is_for_admins_of_its_workspace(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let filter = AuditFilter::default();
    let forbidden = || Err(Error::Forbidden { missing: Permission::ReadAudit });
    for someone in [world.viewer, world.writer] {
        let ctx = world.as_(someone);
        same(list(&ctx, &filter).await, forbidden(), "who is no admin")?;
        same(entries(&ctx, &filter).await, forbidden(), "who is no admin")?;
    }
    let owner = world.as_(world.owner);
    let project = ok(owner.store.project(&owner.caller, &world.project).await, "project")?;
    let project = some(project.data, "the project")?.details.id.to_string();
    let confined = CreateKey { project, ..key_input(&[Scope::Read, Scope::ReadAudit]) };
    let secret = some(ok(create(&owner, confined).await, "a key")?.secret, "its secret")?;
    let by_key = world.at(Credential::Key(secret.hash()), 0);
    let missing = Error::OutOfScope { missing: Scope::ReadAudit };
    same(list(&by_key, &filter).await, Err(missing.clone()), "a key for one project")?;
    same(entries(&by_key, &filter).await, Err(missing.clone()), "a key for one project")?;
    let reader = key_input(&[Scope::Read]);
    let secret = some(ok(create(&owner, reader).await, "a key")?.secret, "its secret")?;
    let by_reader = world.at(Credential::Key(secret.hash()), 0);
    same(list(&by_reader, &filter).await, Err(missing), "a key without the scope")?;
    let stranger = World::empty(bench).await?;
    let own: Vec<_> = read(&stranger, &filter).await?;
    check(own.iter().all(|line| line.entry.workspace == stranger.workspace), "another's entry")?;
    let nobody = world.at(Credential::Anonymous, 0);
    same(list(&nobody, &filter).await, Err(Error::SignedOut), "nobody")
}

fn refusal(ctx: &Context, world: &World) -> AuditEntry {
    let (actor, proof) = (Actor::User(world.viewer.user), Proof::Secret);
    let what = (REQUEST_REFUSED, "POST /projects/new".to_owned());
    AuditEntry::refused(ctx, world.workspace, (actor, proof), what, "manage_projects")
}

pub(super) async fn refusals_flood_nothing(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let refused = AuditFilter { outcome: Some(Outcome::Refused), ..AuditFilter::default() };
    let many = MAX_REFUSALS_PER_MINUTE + 10;
    for (round, at) in [0, 60_001].into_iter().enumerate() {
        let ctx = world.system(at);
        for _ in 0..many {
            ok(ctx.store.note_refusal(&refusal(&ctx, &world)).await, "note")?;
        }
        let most = usize::try_from(MAX_REFUSALS_PER_MINUTE).unwrap_or(0) * (round + 1);
        let filter = AuditFilter { limit: 1_000, ..refused.clone() };
        same(read(&world, &filter).await?.len(), most, "refusals that were written")?;
    }
    let filter = AuditFilter { limit: 1, ..refused };
    let lines = read(&world, &filter).await?;
    let entry = &some(lines.first(), "a refusal")?.entry;
    same(entry.detail.as_deref(), Some("manage_projects"), "why")?;
    same(entry.target.as_str(), "POST /projects/new", "what")
}

pub(super) async fn a_key_that_does_not_hold_leaves_an_entry(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let ctx = world.as_(world.writer);
    let made = ok(create(&ctx, key_input(&[Scope::Read])).await, "a key")?;
    let secret = some(made.secret, "the secret")?;
    let filter = AuditFilter { action: Some(KEY_REFUSED.to_owned()), ..AuditFilter::default() };
    let shown = async |credential: Credential, at: i64| {
        let ctx = world.at(credential, at);
        ok(ctx.store.note_refused_key(&ctx.caller, World::entry(&ctx)).await, "note")?;
        let lines = read(&world, &filter).await?;
        Ok::<_, String>((lines.len(), lines.first().and_then(|l| l.entry.detail.clone())))
    };
    let key = Credential::Key(secret.hash());
    same(shown(key.clone(), 0).await?, (0, None), "a key that holds")?;
    same(shown(Credential::Key([3; 32]), 0).await?, (0, None), "a key that never was")?;
    let month = 30 * 86_400_000;
    same(shown(key.clone(), month).await?, (1, Some("expired".into())), "an expired key")?;
    ok(revoke(&ctx, RevokeKey { key: made.id }).await, "revoke")?;
    let token = Credential::KeyToken { key: made.id, scopes: domain::scope::Scopes::all() };
    let later = month + 1;
    same(shown(token, later).await?, (2, Some("revoked".into())), "a revoked key's token")
}

pub(super) async fn the_log_refuses_to_be_changed(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let all = AuditFilter { limit: 1_000, ..AuditFilter::default() };
    let before = read(&world, &all).await?;
    check(!before.is_empty(), "no entry: the case proves nothing")?;
    for sql in [
        "UPDATE audit SET outcome = 'refused' WHERE workspace_id = ?1",
        "DELETE FROM audit WHERE workspace_id = ?1",
    ] {
        let statement = Statement::new(sql, [world.workspace.to_string().into()]);
        check(bench.database.execute(statement).await.is_err(), sql)?;
    }
    same(read(&world, &all).await?, before, "the log")
}
