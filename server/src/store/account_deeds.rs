//! What people do to their own accounts, also by a link that resets a password: no events, one batch
//! each, with its entry of the audit log.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::account::{
    AccountChange, AccountDeed, AccountStore, Ended, OfferScene, PasswordHash, PasswordScene,
    ResetLink, ResetScene, SessionSummary,
};
use domain::actor::Role;
use domain::context::Caller;
use domain::ids::{SessionId, UserId, WorkspaceId};
use domain::ports::Read;
use domain::views::PageRead;
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Rows, Statement};
use crate::store::commit::meaning;
use crate::store::fault::{fault, inconsistency};
use crate::store::pages::{self, frame};
use crate::store::reading::{Reading, nobody};
use crate::store::sign_in::{self, network_key};
use crate::store::{SqlStore, answers, audit, guards, resets, workspaces};

/// Most sessions that are listed.
const MAX_SESSIONS: u32 = 100;

#[async_trait]
impl AccountStore for SqlStore {
    async fn begin_password_change(&self, caller: &Caller) -> Result<Read<Option<PasswordScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let now = reading.now();
        let user = reading.user();
        reading.push(
            sign_in::attempt_of(&format!("'password:' || {user}"), &format!("{user} IS NOT NULL")),
            [now.plus_ms(domain::account::ATTEMPT_WINDOW_MS).0.into()],
        );
        reading.push(format!("SELECT u.password_hash FROM users u WHERE u.id = {user}"), []);
        let mut answer = reading.run(&*self.database).await?;
        let attempts = sign_in::counted(answer.rows(), now)?;
        let hash = answer.one("users", |row| Ok(PasswordHash(row.string("password_hash")?)))?;
        Ok(answer.with(hash.map(|hash| PasswordScene { hash, attempts })))
    }

    async fn reset_to_offer(
        &self,
        caller: &Caller,
        user: UserId,
    ) -> Result<Read<Option<OfferScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        workspaces::push_own(&mut reading);
        let workspace = reading.workspace();
        reading.push(
            format!(
                "SELECT u.id, u.name, m.role, EXISTS (SELECT 1 FROM members e \
                 WHERE e.user_id = m.user_id AND e.workspace_id <> m.workspace_id) AS is_elsewhere \
                 FROM members m JOIN users u ON u.id = m.user_id \
                 WHERE m.workspace_id = {workspace} AND m.user_id = ?3"
            ),
            [user.to_string().into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let workspace = answer.one("workspaces", workspaces::workspace_row)?;
        let member = answer.one("members", |row| {
            let is_elsewhere = row.integer("is_elsewhere")? != 0;
            Ok((
                row.parse("id")?,
                row.string("name")?,
                row.word("role", Role::parse)?,
                is_elsewhere,
            ))
        })?;
        let scene = workspace.zip(member);
        let scene = scene.map(|(workspace, (user, name, role, is_elsewhere))| OfferScene {
            workspace,
            user,
            name,
            role,
            is_elsewhere,
        });
        Ok(answer.with(scene))
    }

    async fn reset_link(&self, token_hash: [u8; 32], now: Timestamp) -> Result<ResetLink> {
        let batch = vec![resets::select_open(token_hash, now), resets::select_end(token_hash, now)];
        let mut answers =
            self.database.batch(batch).await.map_err(|error| fault(&error))?.into_iter();
        let found = answers.next().unwrap_or_default();
        resets::link(found, answers.next().unwrap_or_default())
    }

    async fn begin_reset(
        &self,
        token_hash: [u8; 32],
        network: &str,
        now: Timestamp,
    ) -> Result<ResetScene> {
        let batch = vec![
            sign_in::attempt(&network_key(network), now, "1", vec![]),
            resets::select_open(token_hash, now),
        ];
        let mut answers =
            self.database.batch(batch).await.map_err(|error| fault(&error))?.into_iter();
        let attempts = sign_in::counted(answers.next().unwrap_or_default(), now)?;
        let link = resets::open(answers.next().unwrap_or_default())?;
        Ok(ResetScene { link, attempts })
    }

    async fn session_list(&self, caller: &Caller) -> Result<PageRead<Vec<SessionSummary>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(pages::nobody());
        };
        frame::push(&mut reading);
        push_sessions(&mut reading, None, MAX_SESSIONS);
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let sessions = answer.all("sessions", session)?;
        Ok(pages::page(answer, frame, Some(sessions)))
    }

    async fn sessions(
        &self,
        caller: &Caller,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Read<Vec<SessionSummary>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        push_sessions(&mut reading, after, limit);
        let mut answer = reading.run(&*self.database).await?;
        let sessions = answer.all("sessions", session)?;
        Ok(answer.with(sessions))
    }

    async fn has_session(&self, caller: &Caller, session: SessionId) -> Result<Read<bool>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let user = reading.user();
        reading.push(
            format!(
                "SELECT s.id FROM sessions s WHERE s.id = ?3 AND s.user_id = {user} \
                 AND s.revoked_at IS NULL AND s.expires_at > ?2"
            ),
            [session.to_string().into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let found = answer.one("sessions", |row| row.parse::<SessionId>("id"))?.is_some();
        Ok(answer.with(found))
    }

    async fn change_account(&self, deed: AccountDeed) -> Result<()> {
        let mut transaction = self.database.transaction();
        for statement in statements(&deed) {
            transaction.push(statement);
        }
        for statement in deed.idempotency.iter().flat_map(answers::insert) {
            transaction.push(statement);
        }
        transaction.push(audit::insert(&deed.audit)?);
        let ended = ended_by(&deed.change).map(|ended| end_sessions(&deed, ended));
        transaction.push(ended.unwrap_or_else(nothing));
        let answers = transaction.commit().await.map_err(|error| meaning(&error))?;
        let rows = answers.into_iter().last().unwrap_or_default();
        if let Some(watch) = &self.watch {
            for workspace in workspaces(&rows)? {
                watch.sessions_ended(workspace).await;
            }
        }
        Ok(())
    }
}

/// What a deed writes besides its records and the sessions that it ends.
fn statements(deed: &AccountDeed) -> Vec<Statement> {
    let user = deed.user.to_string();
    match &deed.change {
        AccountChange::Name(name) => vec![Statement::new(
            "UPDATE users SET name = ?2 WHERE id = ?1",
            [user.into(), name.as_str().into()],
        )],
        AccountChange::Password { from, to, .. } => vec![
            guards::account(
                "SELECT 1 FROM users u WHERE u.id = ?1 AND u.password_hash = ?2",
                [user.as_str().into(), from.0.as_str().into()],
            ),
            set_password(&user, to),
            resets::void(&user, deed.at),
            Statement::new(
                "DELETE FROM sign_in_attempts WHERE key = 'password:' || ?1",
                [user.into()],
            ),
        ],
        AccountChange::Reset { link, to, network } => {
            let mut statements = vec![
                resets::guard(&link.to_string(), deed.at),
                set_password(&user, to),
                resets::void(&user, deed.at),
            ];
            statements.extend(sign_in::take_back(&network_key(network), "1", None));
            statements
        }
        AccountChange::Sessions(_) => vec![],
    }
}

fn set_password(user: &str, to: &PasswordHash) -> Statement {
    Statement::new(
        "UPDATE users SET password_hash = ?2 WHERE id = ?1",
        [user.into(), to.0.as_str().into()],
    )
}

fn ended_by(change: &AccountChange) -> Option<Ended> {
    match change {
        AccountChange::Name(_) => None,
        AccountChange::Password { ended, .. } | AccountChange::Sessions(ended) => Some(*ended),
        AccountChange::Reset { .. } => Some(Ended::All),
    }
}

fn end_sessions(deed: &AccountDeed, ended: Ended) -> Statement {
    let (which, session) = match ended {
        Ended::One(session) => ("id = ?3", session.to_string()),
        Ended::AllBut(session) => ("id <> ?3", session.to_string()),
        Ended::All => ("id <> ?3", String::new()),
    };
    Statement::new(
        format!(
            "UPDATE sessions SET revoked_at = ?2 WHERE user_id = ?1 AND revoked_at IS NULL \
             AND expires_at > ?2 AND {which} RETURNING workspace_id"
        ),
        [deed.user.to_string().into(), deed.at.0.into(), session.into()],
    )
}

/// In the place of a statement where there is none.
fn nothing() -> Statement {
    Statement::new("SELECT NULL AS workspace_id WHERE 1 = 0", [])
}

fn workspaces(rows: &Rows) -> Result<BTreeSet<WorkspaceId>> {
    let ids: Result<_, _> = rows.0.iter().map(|row| row.parse("workspace_id")).collect();
    ids.map_err(|wrong| inconsistency("sessions", &wrong))
}

/// Adds the read of the person's live sessions, newest first.
fn push_sessions(reading: &mut Reading, after: Option<SessionId>, limit: u32) {
    let user = reading.user();
    let mut params = vec![limit.into()];
    let mut condition = String::new();
    if let Some(after) = after {
        params.push(after.to_string().into());
        condition = format!(
            "AND (s.created_at, s.id) < (SELECT x.created_at, x.id FROM sessions x \
             WHERE x.id = ?4 AND x.user_id = {user})"
        );
    }
    reading.push(
        format!(
            "SELECT s.id, s.device, s.network, s.created_at, s.expires_at, s.workspace_id, \
             s.token_hash = ?1 AS is_this, w.name AS workspace_name \
             FROM sessions s JOIN workspaces w ON w.id = s.workspace_id \
             WHERE s.user_id = {user} AND s.revoked_at IS NULL AND s.expires_at > ?2 {condition} \
             ORDER BY s.created_at DESC, s.id DESC LIMIT ?3"
        ),
        params,
    );
}

fn session(row: &Row) -> Result<SessionSummary, DatabaseInconsistency> {
    Ok(SessionSummary {
        id: row.parse("id")?,
        device: row.string("device")?,
        network: row.string("network")?,
        workspace: row.parse("workspace_id")?,
        workspace_name: row.string("workspace_name")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        is_this: row.integer("is_this")? != 0,
    })
}
