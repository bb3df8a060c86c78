//! Workspaces, who is in them, and which one a session has open.

use async_trait::async_trait;
use domain::actor::{Credential, Role};
use domain::context::Caller;
use domain::ids::{SessionId, UserId, WorkspaceId};
use domain::ports::Read;
use domain::views::PageRead;
use domain::workspace::{
    MemberEntry, MemberList, MemberScene, Membership, Workspace, WorkspaceLink, WorkspaceScene,
    WorkspaceStore,
};
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::fault::bug;
use crate::store::pages::{frame, nobody as no_page, page};
use crate::store::reading::{Answer, Reading, nobody};
use crate::store::{SqlStore, projects};

/// A member's columns, of `members m JOIN users u`.
pub(super) const MEMBER: &str = "m.workspace_id, m.user_id, m.role, m.joined_at, m.version, u.name, \
     u.email, EXISTS (SELECT 1 FROM members e WHERE e.user_id = m.user_id \
     AND e.workspace_id <> m.workspace_id) AS is_elsewhere";

#[async_trait]
impl WorkspaceStore for SqlStore {
    async fn workspace(&self, caller: &Caller) -> Result<Read<Option<WorkspaceScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        push_scene(&mut reading);
        let mut answer = reading.run(&*self.database).await?;
        let scene = take_scene(&mut answer)?;
        Ok(answer.with(scene))
    }

    async fn member(
        &self,
        caller: &Caller,
        user: Option<UserId>,
    ) -> Result<Read<Option<MemberScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        push_own(&mut reading);
        push_owners(&mut reading);
        let (workspace, own) = (reading.workspace(), reading.user());
        reading.push(
            format!(
                "SELECT {MEMBER}, (SELECT o.workspace_id FROM members o \
                 WHERE o.user_id = m.user_id AND o.workspace_id <> m.workspace_id \
                 ORDER BY o.joined_at LIMIT 1) AS elsewhere \
                 FROM members m JOIN users u ON u.id = m.user_id \
                 WHERE m.workspace_id = {workspace} AND m.user_id = COALESCE(?3, {own})"
            ),
            [user.map(|user| user.to_string()).into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let workspace = answer.one("workspaces", workspace_row)?;
        let owners = answer.one("members", |row| row.number("n"))?.unwrap_or_default();
        let entry = answer.one("members", |row| {
            Ok((member_entry(row)?, row.optional_parse::<WorkspaceId>("elsewhere")?))
        })?;
        let scene = workspace.zip(entry).map(|(workspace, (entry, elsewhere))| MemberScene {
            workspace,
            entry,
            owners,
            elsewhere,
        });
        Ok(answer.with(scene))
    }

    async fn members(
        &self,
        caller: &Caller,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Read<MemberList>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        push_members(&mut reading, after, limit);
        let mut answer = reading.run(&*self.database).await?;
        let members = answer.all("members", member_entry)?;
        Ok(answer.with(members))
    }

    async fn workspaces(&self, caller: &Caller) -> Result<Read<Vec<WorkspaceLink>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        push_links(&mut reading);
        let mut answer = reading.run(&*self.database).await?;
        let links = answer.all("workspaces", link)?;
        Ok(answer.with(links))
    }

    async fn move_session(&self, caller: &Caller, to: WorkspaceId) -> Result<Read<bool>> {
        let (Credential::Session(hash), Some(mut reading)) =
            (&caller.credential, Reading::begin(caller))
        else {
            return Ok(nobody());
        };
        let user = reading.user();
        // In the same batch and after the read, so that it tells where the session comes from.
        reading.push(
            format!(
                "UPDATE sessions SET workspace_id = ?3 WHERE token_hash = ?4 \
                 AND revoked_at IS NULL AND EXISTS (SELECT 1 FROM members o \
                 WHERE o.workspace_id = ?3 AND o.user_id = {user}) RETURNING id"
            ),
            [to.to_string().into(), hex::encode(hash).into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let has_moved = !answer.all("sessions", |row| row.parse::<SessionId>("id"))?.is_empty();
        let from = answer.principal.workspace();
        if let (Some(watch), Some(from), true) = (&self.watch, from, has_moved) {
            watch.sessions_ended(from).await;
        }
        Ok(answer.with(has_moved))
    }

    async fn workspace_page(&self, caller: &Caller) -> Result<PageRead<WorkspaceScene>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(no_page());
        };
        frame::push(&mut reading);
        push_scene(&mut reading);
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let scene = take_scene(&mut answer)?;
        Ok(page(answer, frame, scene))
    }
}

/// Adds the read of the caller's workspace.
pub(super) fn push_own(reading: &mut Reading) {
    let workspace = reading.workspace();
    reading.push(format!("SELECT w.* FROM workspaces w WHERE w.id = {workspace}"), []);
}

/// Adds the count of the owners, as `n`.
pub(super) fn push_owners(reading: &mut Reading) {
    let workspace = reading.workspace();
    reading.push(
        format!(
            "SELECT COUNT(*) AS n FROM members m \
             WHERE m.workspace_id = {workspace} AND m.role = 'owner'"
        ),
        [],
    );
}

fn push_scene(reading: &mut Reading) {
    push_own(reading);
    push_owners(reading);
    let workspace = reading.workspace();
    reading.push(
        format!(
            "SELECT o.origin FROM allowed_origins o WHERE o.workspace_id = {workspace} \
             ORDER BY o.origin"
        ),
        [],
    );
}

fn take_scene(answer: &mut Answer) -> Result<Option<WorkspaceScene>> {
    let workspace = answer.one("workspaces", workspace_row)?;
    let owners = answer.one("members", |row| row.number("n"))?.unwrap_or_default();
    let origins = answer.all("allowed_origins", |row| row.string("origin"))?;
    Ok(workspace.map(|workspace| WorkspaceScene { workspace, origins, owners }))
}

/// Adds the read of members by when they joined.
pub(super) fn push_members(reading: &mut Reading, after: Option<UserId>, limit: u32) {
    let workspace = reading.workspace();
    let from = |user: UserId| {
        let place = format!(
            "(SELECT x.joined_at, x.user_id FROM members x \
             WHERE x.workspace_id = {workspace} AND x.user_id = ?4)"
        );
        (format!("AND (m.joined_at, m.user_id) > {place}"), user)
    };
    let (condition, after) = after.map(from).unzip();
    let mut params = vec![limit.into()];
    params.extend(after.map(|user| user.to_string().into()));
    reading.push(
        format!(
            "SELECT {MEMBER} FROM members m JOIN users u ON u.id = m.user_id \
             WHERE m.workspace_id = {workspace} {} ORDER BY m.joined_at, m.user_id LIMIT ?3",
            condition.unwrap_or_default()
        ),
        params,
    );
}

/// Adds the read of the workspaces that the caller is in.
pub(super) fn push_links(reading: &mut Reading) {
    let mine = reading.my_memberships("m");
    reading.push(
        format!(
            "SELECT w.id, w.name, m.role FROM members m JOIN workspaces w \
             ON w.id = m.workspace_id WHERE {mine} ORDER BY w.name, w.id"
        ),
        [],
    );
}

/// A row of `members m JOIN workspaces w`, as `w.id, w.name, m.role`.
pub(super) fn link(row: &Row) -> Result<WorkspaceLink, DatabaseInconsistency> {
    Ok(WorkspaceLink {
        id: row.parse("id")?,
        name: row.string("name")?,
        role: row.word("role", Role::parse)?,
    })
}

/// A row of `workspaces`.
pub(super) fn workspace_row(row: &Row) -> Result<Workspace, DatabaseInconsistency> {
    Ok(Workspace {
        id: row.parse("id")?,
        name: row.string("name")?,
        created_at: row.time("created_at")?,
        settings_version: row.integer("settings_version")?,
        head: projects::head(row)?,
    })
}

/// A row of [`MEMBER`].
pub(super) fn member_entry(row: &Row) -> Result<MemberEntry, DatabaseInconsistency> {
    Ok(MemberEntry {
        membership: Membership {
            workspace: row.parse("workspace_id")?,
            user: row.parse("user_id")?,
            role: row.word("role", Role::parse)?,
            joined_at: row.time("joined_at")?,
            version: row.integer("version")?,
        },
        name: row.string("name")?,
        email: row.string("email")?,
        is_elsewhere: row.boolean("is_elsewhere")?,
    })
}

pub(super) fn upsert(workspace: &Workspace) -> Statement {
    Statement::new(
        "INSERT INTO workspaces (id, name, created_at, settings_version, version, hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
         settings_version = excluded.settings_version, version = excluded.version, \
         hash = excluded.hash",
        [
            workspace.id.to_string().into(),
            workspace.name.as_str().into(),
            workspace.created_at.0.into(),
            workspace.settings_version.into(),
            workspace.head.version.into(),
            workspace.head.hash.0.as_str().into(),
        ],
    )
}

pub(super) fn upsert_member(membership: &Membership) -> Statement {
    Statement::new(
        "INSERT INTO members (workspace_id, user_id, role, joined_at, version) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (workspace_id, user_id) DO UPDATE SET \
         role = excluded.role, version = excluded.version",
        [
            membership.workspace.to_string().into(),
            membership.user.to_string().into(),
            membership.role.as_str().into(),
            membership.joined_at.0.into(),
            membership.version.into(),
        ],
    )
}

pub(super) fn delete_member(workspace: WorkspaceId, user: UserId) -> Statement {
    Statement::new(
        "DELETE FROM members WHERE workspace_id = ?1 AND user_id = ?2",
        [workspace.to_string().into(), user.to_string().into()],
    )
}

pub(super) fn end_sessions(workspace: WorkspaceId, user: UserId, at: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sessions SET revoked_at = ?3 \
         WHERE user_id = ?2 AND workspace_id = ?1 AND revoked_at IS NULL",
        [workspace.to_string().into(), user.to_string().into(), at.0.into()],
    )
}

pub(super) fn move_sessions(
    user: UserId,
    session: Option<SessionId>,
    from: WorkspaceId,
    to: WorkspaceId,
) -> Statement {
    Statement::new(
        "UPDATE sessions SET workspace_id = ?4 WHERE user_id = ?1 AND workspace_id = ?3 \
         AND id = COALESCE(?2, id) AND revoked_at IS NULL",
        [
            user.to_string().into(),
            session.map(|session| session.to_string()).into(),
            from.to_string().into(),
            to.to_string().into(),
        ],
    )
}

pub(super) fn end_keys(
    workspace: WorkspaceId,
    user: UserId,
    at: Timestamp,
    version: i64,
) -> Statement {
    Statement::new(
        "UPDATE api_keys SET revoked_at = ?3, version = ?4 \
         WHERE user_id = ?2 AND workspace_id = ?1 AND revoked_at IS NULL",
        [workspace.to_string().into(), user.to_string().into(), at.0.into(), version.into()],
    )
}

pub(super) fn drop_origins(workspace: WorkspaceId) -> Statement {
    Statement::new(
        "DELETE FROM allowed_origins WHERE workspace_id = ?1",
        [workspace.to_string().into()],
    )
}

pub(super) fn keep_origins(workspace: WorkspaceId, origins: &[String]) -> Result<Statement> {
    let origins = serde_json::to_string(origins).map_err(|_| bug("origins without JSON"))?;
    Ok(Statement::new(
        "INSERT INTO allowed_origins (workspace_id, origin) \
         SELECT ?1, j.value FROM json_each(?2) j",
        [workspace.to_string().into(), origins.into()],
    ))
}
