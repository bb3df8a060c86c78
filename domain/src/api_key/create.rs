//! Making a key.

use serde::Serialize;

use crate::actor::{Actor, Credential, Member, Permission};
use crate::api_key::{ApiKey, ApiKeySecret, Lifetime, MAX_LIVE_KEYS, SecretHash, check_grant};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::event::{ApiKeyCreated, EventBody, Stream};
use crate::idempotency::Asked;
use crate::ids::{ApiKeyId, ProjectId};
use crate::scope::{Scope, Scopes};
use crate::text;
use crate::write_batch::{Row, WriteBatch};

/// A request to make a key, as typed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CreateKey {
    /// What its owner calls it.
    pub name: String,
    /// The names of its scopes.
    pub scopes: Vec<String>,
    /// The id of its only project; empty is all of them.
    pub project: String,
    /// How long it lasts: `30`, `90` or `365` days, or `never`.
    pub expires: String,
}

/// A key that was made.
#[derive(Clone, Debug)]
pub struct CreatedKey {
    /// The key.
    pub id: ApiKeyId,
    /// Its text, shown this once; none when the request is a retry, whose first answer showed it.
    pub secret: Option<ApiKeySecret>,
    /// When it ends by itself, which may be sooner than was asked.
    pub expires_at: Option<Timestamp>,
}

impl CreatedKey {
    /// The first answer again, which is stored without the secret: nobody can show that twice.
    fn repeated(answer: &str) -> Result<Self> {
        let (id, end) = answer.split_once(' ').map_or((answer, None), |(id, end)| (id, Some(end)));
        let end = end.map(str::parse).transpose().map_err(|_| Error::Internal)?;
        let id = id.parse().map_err(|_| Error::Internal)?;
        Ok(Self { id, secret: None, expires_at: end.map(Timestamp) })
    }

    /// What is stored of it as the answer.
    fn answer(id: ApiKeyId, expires_at: Option<Timestamp>) -> String {
        expires_at.map_or_else(|| id.to_string(), |end| format!("{id} {}", end.0))
    }
}

/// Makes a key of the caller's own. It can't do more than whoever makes it: not more than their role
/// allows, and if a key makes it, not more than that one's scopes and project, and not for longer.
/// Once made it stands by itself: revoking the key that made it leaves it as it is. A token makes none:
/// whoever was given one for some minutes would keep it for good.
///
/// # Errors
/// `SignedOut`, `Forbidden` or `OutOfScope` (a scope that the caller can't give among them),
/// `Invalid`, `Refused(TooManyKeys)`, `Refused(ConfinedToProject)`,
/// `Refused(KeyNeeded)`, `Conflict`.
pub async fn create(ctx: &Context, input: CreateKey) -> Result<CreatedKey> {
    let asked = Asked::new("api_key::create", &input)?;
    let project = project_of(&input.project);
    let read = ctx.store.key_to_create(&ctx.caller, project.clone().unwrap_or_default()).await?;
    let member = read.principal.require(Permission::ManageKeys)?;
    if matches!(ctx.caller.credential, Credential::KeyToken { .. }) {
        return Err(Refusal::KeyNeeded.into());
    }
    if let Some(answer) = asked.first_answer(read.answered.as_ref())? {
        return CreatedKey::repeated(answer);
    }
    let scene = read.data.ok_or(Error::Internal)?;
    let name = text::line(Field::Name, &input.name, 1, 80)?;
    let scopes = scopes_of(member, &input.scopes)?;
    let lifetime = Lifetime::parse(&input.expires)?;
    let project = project?;
    check_project(member, project)?;
    if project != scene.project {
        return Err(Error::invalid(Field::Project, Problem::Malformed));
    }
    if scene.live >= MAX_LIVE_KEYS {
        return Err(Refusal::TooManyKeys { max: MAX_LIVE_KEYS }.into());
    }
    let secret = ApiKeySecret::generate(&*ctx.random);
    let id = ApiKeyId::generate(ctx.now(), &*ctx.random);
    let maker = member.grant();
    let bound = maker.and_then(|maker| maker.expires_at);
    let expires_at = lifetime.end_within(ctx.now(), bound);
    let created = ApiKeyCreated {
        key: id,
        user: member.user,
        name,
        prefix: secret.prefix().to_owned(),
        scopes,
        project,
        expires_at,
        made_by: maker.map(|maker| maker.key),
    };
    let mut workspace = scene.workspace;
    let (stream, actor) = (Stream::Workspace(workspace.id), Actor::User(member.user));
    let mut batch = WriteBatch::new(workspace.id);
    let body = EventBody::ApiKeyCreated(Box::new(created));
    batch.append(&mut workspace.head, stream, actor, ctx.now(), body)?;
    let key = batch.events.first().and_then(ApiKey::begin).ok_or(Error::Internal)?;
    batch.answer(ctx, member.user, &asked, &CreatedKey::answer(id, expires_at));
    batch.rows.push(Row::Workspace(workspace));
    batch.rows.push(Row::NewApiKey { key: Box::new(key), secret: SecretHash(secret.hash()) });
    ctx.commit(batch).await?;
    Ok(CreatedKey { id, secret: Some(secret), expires_at })
}

fn project_of(text: &str) -> Result<Option<ProjectId>> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = text.parse().map_err(|_| Error::invalid(Field::Project, Problem::Malformed))?;
    Ok(Some(id))
}

/// A key that is for one project makes keys for that project only.
fn check_project(member: &Member, project: Option<ProjectId>) -> Result<()> {
    match member.grant().and_then(|grant| grant.project) {
        Some(own) if project != Some(own) => Err(Refusal::ConfinedToProject.into()),
        _ => Ok(()),
    }
}

fn scopes_of(member: &Member, names: &[String]) -> Result<Scopes> {
    let known: Option<Scopes> = names.iter().map(|name| Scope::parse(name)).collect();
    let scopes = known.ok_or(Error::invalid(Field::Scopes, Problem::Malformed))?;
    if scopes.is_empty() {
        return Err(Error::invalid(Field::Scopes, Problem::Empty));
    }
    for scope in scopes.iter() {
        check_grant(member, scope)?;
    }
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_given_again_without_the_secret() {
        let id: ApiKeyId = "key_01hv3v6k3e0123456789abcdef".parse().unwrap();
        for expires_at in [None, Some(Timestamp(1_800_000_000_000))] {
            let again = CreatedKey::repeated(&CreatedKey::answer(id, expires_at)).unwrap();
            assert_eq!((again.id, again.expires_at), (id, expires_at));
            assert!(again.secret.is_none());
        }
        for bad in ["", "key_1", "key_01hv3v6k3e0123456789abcdef soon"] {
            assert_eq!(CreatedKey::repeated(bad).map(|_| ()), Err(Error::Internal), "{bad:?}");
        }
    }
}
