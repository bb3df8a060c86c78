//! Keys for programs.

use async_trait::async_trait;
use domain::actor::{Member, Permission, Principal, Role};
use domain::api_key::{
    ApiKey, ApiKeyStore, KeyCursor, KeyFilter, KeyList, KeyScene, KeySummary, NewKeyScene,
    SecretHash, USE_NOTED_EVERY_MS, Whose,
};
use domain::context::Caller;
use domain::ids::{ApiKeyId, ProjectId};
use domain::ports::Read;
use domain::views::{PAGE_SIZE, PageRead};
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Statement, Value};
use crate::store::fault::fault;
use crate::store::pages::{self, frame};
use crate::store::reading::{Reading, nobody};
use crate::store::upsert::json;
use crate::store::{SqlStore, projects, workspaces};

#[async_trait]
impl ApiKeyStore for SqlStore {
    async fn key_to_create(
        &self,
        caller: &Caller,
        project: Option<ProjectId>,
    ) -> Result<Read<Option<NewKeyScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        workspaces::push_own(&mut reading);
        let (mine, workspace, user) =
            (reading.my_projects("p"), reading.workspace(), reading.user());
        reading.push(
            format!("SELECT p.id FROM projects p WHERE {mine} AND p.id = ?3"),
            [project.map(|id| id.to_string()).into()],
        );
        reading.push(
            format!(
                "SELECT COUNT(*) AS n FROM api_keys k WHERE k.user_id = {user} \
                 AND k.workspace_id = {workspace} AND k.revoked_at IS NULL \
                 AND COALESCE(k.expires_at, ?2 + 1) > ?2"
            ),
            [],
        );
        let mut answer = reading.run(&*self.database).await?;
        let workspace = answer.one("workspaces", workspaces::workspace_row)?;
        let project = answer.one("projects", |row| row.parse("id"))?;
        let live = usize::try_from(answer.count("api_keys")?).unwrap_or(usize::MAX);
        let scene = workspace.map(|workspace| NewKeyScene { workspace, project, live });
        Ok(answer.with(scene))
    }

    async fn key_to_revoke(
        &self,
        caller: &Caller,
        key: ApiKeyId,
    ) -> Result<Read<Option<KeyScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        workspaces::push_own(&mut reading);
        let (workspace, reaches) = (reading.workspace(), reading.reaches("k.project_id"));
        reading.push(
            format!(
                "SELECT k.* FROM api_keys k \
                 WHERE k.id = ?3 AND k.workspace_id = {workspace} AND {reaches}"
            ),
            [key.to_string().into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let workspace = answer.one("workspaces", workspaces::workspace_row)?;
        let key = answer.one("api_keys", api_key)?;
        let scene = workspace.zip(key).map(|(workspace, key)| KeyScene { workspace, key });
        Ok(answer.with(scene))
    }

    async fn api_keys(&self, caller: &Caller, filter: &KeyFilter) -> Result<PageRead<KeyList>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(pages::nobody());
        };
        let limit = if filter.limit == 0 { PAGE_SIZE } else { filter.limit };
        frame::push(&mut reading);
        push_list(&mut reading, filter, limit);
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let keys = answer.all("api_keys", summary)?;
        let may_see = filter.whose == Whose::Mine || sees_everybodys(&answer.principal);
        let list = if may_see { cut(keys, limit) } else { KeyList::default() };
        Ok(pages::page(answer, frame, Some(list)))
    }

    async fn api_key(&self, caller: &Caller, key: ApiKeyId) -> Result<Read<Option<KeySummary>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let (workspace, reaches) = (reading.workspace(), reading.reaches("k.project_id"));
        reading.push(
            format!(
                "SELECT {SUMMARY} \
                 WHERE k.id = ?3 AND k.workspace_id = {workspace} AND {reaches}"
            ),
            [key.to_string().into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let key = answer.one("api_keys", summary)?.filter(|summary| {
            let is_own = |member: &Member| member.user == summary.key.user;
            answer.principal.member().is_ok_and(is_own) || sees_everybodys(&answer.principal)
        });
        Ok(answer.with(key))
    }

    async fn note_key_used(&self, key: ApiKeyId, now: Timestamp) -> Result<()> {
        let statement = Statement::new(
            "UPDATE api_keys SET last_used_at = ?2 \
             WHERE id = ?1 AND COALESCE(last_used_at, 0) <= ?3",
            [
                key.to_string().into(),
                now.0.into(),
                now.plus_ms(USE_NOTED_EVERY_MS.saturating_neg()).0.into(),
            ],
        );
        self.database.execute(statement).await.map_err(|error| fault(&error))
    }
}

/// What a list shows of a key.
const SUMMARY: &str = "k.*, u.name AS owner, m.role AS owner_role, p.key AS project_key, \
     b.name AS maker \
     FROM api_keys k JOIN users u ON u.id = k.user_id \
     LEFT JOIN members m ON m.workspace_id = k.workspace_id AND m.user_id = k.user_id \
     AND m.joined_at <= k.created_at \
     LEFT JOIN projects p ON p.id = k.project_id \
     LEFT JOIN api_keys b ON b.id = k.made_by";

fn sees_everybodys(principal: &Principal) -> bool {
    principal.member().is_ok_and(|member| member.check(Permission::ManageMembers).is_ok())
}

fn push_list(reading: &mut Reading, filter: &KeyFilter, limit: u32) {
    let mut conditions =
        vec![format!("k.workspace_id = {}", reading.workspace()), reading.reaches("k.project_id")];
    let mut params: Vec<Value> = vec![];
    if filter.whose == Whose::Mine {
        conditions.push(format!("k.user_id = {}", reading.user()));
    }
    if let Some(after) = filter.after {
        params = vec![after.created_at.0.into(), after.id.to_string().into()];
        conditions.push("(k.created_at, k.id) < (?3, ?4)".to_owned());
    }
    reading.push(
        format!(
            "SELECT {SUMMARY} WHERE {} ORDER BY k.created_at DESC, k.id DESC LIMIT {}",
            conditions.join(" AND "),
            limit.saturating_add(1)
        ),
        params,
    );
}

/// Cuts the one key too many that shows whether there is a next page.
fn cut(mut keys: Vec<KeySummary>, limit: u32) -> KeyList {
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_cut = keys.len() > size;
    keys.truncate(size);
    let last = keys.last().filter(|_| is_cut);
    let next = last.map(|last| KeyCursor { created_at: last.key.created_at, id: last.key.id });
    KeyList { keys, next }
}

/// A row of `api_keys`.
fn api_key(row: &Row) -> Result<ApiKey, DatabaseInconsistency> {
    Ok(ApiKey {
        id: row.parse("id")?,
        workspace: row.parse("workspace_id")?,
        user: row.parse("user_id")?,
        name: row.string("name")?,
        prefix: row.string("prefix")?,
        scopes: row.json("scopes")?,
        project: row.optional_parse("project_id")?,
        created_at: row.time("created_at")?,
        expires_at: row.optional_time("expires_at")?,
        made_by: row.optional_parse("made_by")?,
        revoked_at: row.optional_time("revoked_at")?,
        version: row.integer("version")?,
    })
}

fn summary(row: &Row) -> Result<KeySummary, DatabaseInconsistency> {
    let is_member = !row.is_null("owner_role")?;
    let has_project = !row.is_null("project_key")?;
    Ok(KeySummary {
        key: api_key(row)?,
        owner: row.string("owner")?,
        role: is_member.then(|| row.word("owner_role", Role::parse)).transpose()?,
        project: has_project.then(|| row.word("project_key", projects::project_key)).transpose()?,
        maker: row.optional_string("maker")?,
        last_used_at: row.optional_time("last_used_at")?,
    })
}

pub(super) fn insert(key: &ApiKey, secret: &SecretHash) -> Result<Statement> {
    Ok(Statement::new(
        "INSERT INTO api_keys (id, workspace_id, user_id, name, prefix, secret_hash, scopes, \
         project_id, created_at, expires_at, version, made_by) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        [
            key.id.to_string().into(),
            key.workspace.to_string().into(),
            key.user.to_string().into(),
            key.name.as_str().into(),
            key.prefix.as_str().into(),
            hex::encode(secret.0).into(),
            json(&key.scopes)?.into(),
            key.project.map(|id| id.to_string()).into(),
            key.created_at.0.into(),
            key.expires_at.map(|at| at.0).into(),
            key.version.into(),
            key.made_by.map(|id| id.to_string()).into(),
        ],
    ))
}

/// Only what an event can change of a key.
pub(super) fn update(key: &ApiKey) -> Statement {
    Statement::new(
        "UPDATE api_keys SET revoked_at = ?2, version = ?3 WHERE id = ?1",
        [key.id.to_string().into(), key.revoked_at.map(|at| at.0).into(), key.version.into()],
    )
}
