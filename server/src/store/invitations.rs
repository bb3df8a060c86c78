//! Invitations, and what is behind their links.

use async_trait::async_trait;
use domain::account::Email;
use domain::actor::Role;
use domain::context::Caller;
use domain::ids::InvitationId;
use domain::invitation::{
    Invitation, InvitationEnd, InvitationEntry, InvitationScene, InvitationStore, InviteScene,
    JoinScene, MAX_SHOWN, MembersPage, Newcomer, NewcomerScene,
};
use domain::ports::Read;
use domain::views::PageRead;
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::accounts::{one, user};
use crate::store::fault::fault;
use crate::store::pages::{frame, nobody as no_page, page};
use crate::store::reading::{Reading, nobody};
use crate::store::{SqlStore, sign_in, workspaces};

/// How long one that nobody accepted stays in the list after its time, in milliseconds: 30 days.
const LISTED_MS: i64 = 30 * 24 * 3_600_000;

/// Beside an invitation's columns: who made it, and which role they have now.
const INVITER: &str = "COALESCE((SELECT u.name FROM users u WHERE u.id = i.invited_by), '') \
     AS inviter, (SELECT b.role FROM members b WHERE b.workspace_id = i.workspace_id \
     AND b.user_id = i.invited_by AND b.joined_at <= i.created_at) AS inviter_role";

#[async_trait]
impl InvitationStore for SqlStore {
    async fn inviting(
        &self,
        caller: &Caller,
        email: Option<&Email>,
    ) -> Result<Read<Option<InviteScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        workspaces::push_own(&mut reading);
        let workspace = reading.workspace();
        let open = open_ones(&workspace);
        reading.push(
            format!(
                "SELECT {open} AS n, EXISTS (SELECT 1 FROM users u \
                 JOIN members m ON m.user_id = u.id \
                 WHERE u.email = ?3 AND m.workspace_id = {workspace}) AS is_member"
            ),
            [email.map(Email::as_str).into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let workspace = answer.one("workspaces", workspaces::workspace_row)?;
        let counted =
            answer.one("invitations", |row| Ok((row.number("n")?, row.boolean("is_member")?)))?;
        let scene = workspace.zip(counted);
        let scene =
            scene.map(|(workspace, (open, is_member))| InviteScene { workspace, open, is_member });
        Ok(answer.with(scene))
    }

    async fn invitation(
        &self,
        caller: &Caller,
        id: InvitationId,
    ) -> Result<Read<Option<InvitationScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        workspaces::push_own(&mut reading);
        let (workspace, now) = (reading.workspace(), reading.now());
        let open = open_ones(&workspace);
        reading.push(
            format!(
                "SELECT i.*, {INVITER}, {open} AS n FROM invitations i \
                 WHERE i.id = ?3 AND i.workspace_id = {workspace}"
            ),
            [id.to_string().into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let workspace = answer.one("workspaces", workspaces::workspace_row)?;
        let found = answer.one("invitations", |row| Ok((entry(row, now)?, row.number("n")?)))?;
        let scene = workspace.zip(found);
        let scene =
            scene.map(|(workspace, (entry, open))| InvitationScene { workspace, entry, open });
        Ok(answer.with(scene))
    }

    async fn invitations(
        &self,
        caller: &Caller,
        after: Option<InvitationId>,
        limit: u32,
    ) -> Result<Read<Vec<InvitationEntry>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let now = reading.now();
        push_pending(&mut reading, after, limit);
        let mut answer = reading.run(&*self.database).await?;
        let entries = answer.all("invitations", |row| entry(row, now))?;
        Ok(answer.with(entries))
    }

    async fn joining(&self, caller: &Caller, token: &[u8; 32]) -> Result<Read<Option<JoinScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            let batch = behind(token, "x.user_id IS NULL", vec![]).to_vec();
            let mut answers =
                self.database.batch(batch).await.map_err(|error| fault(&error))?.into_iter();
            let data = join_scene(&mut answers)?;
            return Ok(Read { data, ..nobody() });
        };
        let own = format!("x.user_id = {}", reading.user());
        let shown = hex::encode(token);
        for sql in behind_sql("?3", &own) {
            reading.push(sql, [shown.as_str().into()]);
        }
        let mut answer = reading.run(&*self.database).await?;
        let invitation = answer.one("invitations", joinable)?;
        let workspace = answer.one("workspaces", workspaces::workspace_row)?;
        let scene = invitation.zip(workspace).map(|(found, workspace)| found.into_scene(workspace));
        // Whose session doesn't hold is a stranger, and may read what strangers may.
        let (principal, answered) = answer.parts();
        Ok(Read { principal, answered, data: scene })
    }

    async fn arriving(
        &self,
        token: &[u8; 32],
        newcomer: Newcomer<'_>,
        now: Timestamp,
    ) -> Result<NewcomerScene> {
        let Newcomer { email, network } = newcomer;
        let mut batch = sign_in::counting(email, network, now).to_vec();
        batch.push(Statement::new(
            "SELECT u.id, u.name, u.email, u.password_hash, u.created_at FROM users u \
             WHERE u.email = ?1",
            [email.as_str().into()],
        ));
        let own = "x.user_id = (SELECT u.id FROM users u WHERE u.email = ?2)";
        batch.extend(behind(token, own, vec![email.as_str().into()]));
        let mut answers =
            self.database.batch(batch).await.map_err(|error| fault(&error))?.into_iter();
        let attempts = sign_in::attempts(&mut answers, now)?;
        let user = one(("users", answers.next().unwrap_or_default()), user)?;
        let join = join_scene(&mut answers)?;
        Ok(NewcomerScene { join, user, attempts })
    }

    async fn members_page(&self, caller: &Caller) -> Result<PageRead<MembersPage>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(no_page());
        };
        let now = reading.now();
        frame::push(&mut reading);
        workspaces::push_members(&mut reading, None, MAX_SHOWN);
        let workspace = reading.workspace();
        reading.push(
            format!(
                "SELECT COUNT(*) AS n, COALESCE(SUM(m.role = 'owner'), 0) AS owners \
                 FROM members m WHERE m.workspace_id = {workspace}"
            ),
            [],
        );
        push_pending(&mut reading, None, MAX_SHOWN);
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let members = answer.all("members", workspaces::member_entry)?;
        let counts = answer.one("members", |row| Ok((row.number("n")?, row.number("owners")?)))?;
        let (count, owners) = counts.unwrap_or_default();
        let invitations = answer.all("invitations", |row| entry(row, now))?;
        let may_see = answer
            .principal
            .member()
            .is_ok_and(|member| member.check(domain::actor::Permission::ManageMembers).is_ok());
        let invitations = if may_see { invitations } else { vec![] };
        Ok(page(answer, frame, Some(MembersPage { members, count, owners, invitations })))
    }
}

/// How many of a workspace's invitations wait to be accepted.
fn open_ones(workspace: &str) -> String {
    format!(
        "(SELECT COUNT(*) FROM invitations c WHERE c.workspace_id = {workspace} \
         AND c.accepted_at IS NULL AND c.revoked_at IS NULL AND c.expires_at > ?2)"
    )
}

/// Adds the read of invitations that wait, or waited until lately, newest first.
fn push_pending(reading: &mut Reading, after: Option<InvitationId>, limit: u32) {
    let workspace = reading.workspace();
    let since = reading.now().plus_ms(-LISTED_MS);
    let mut params = vec![since.0.into(), limit.into()];
    let mut condition = String::new();
    if let Some(after) = after {
        params.push(after.to_string().into());
        condition = format!(
            "AND (i.created_at, i.id) < (SELECT x.created_at, x.id FROM invitations x \
             WHERE x.id = ?5 AND x.workspace_id = {workspace})"
        );
    }
    reading.push(
        format!(
            "SELECT i.*, {INVITER} FROM invitations i WHERE i.workspace_id = {workspace} \
             AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > ?3 {condition} \
             ORDER BY i.created_at DESC, i.id DESC LIMIT ?4"
        ),
        params,
    );
}

/// What is behind the link whose hash is the parameter `token`; `own` says which membership, under the
/// alias `x`, is that of whoever wants in.
fn behind_sql(token: &str, own: &str) -> [String; 2] {
    [
        format!(
            "SELECT i.*, {INVITER}, EXISTS (SELECT 1 FROM members x \
             WHERE x.workspace_id = i.workspace_id AND {own}) AS is_member \
             FROM invitations i WHERE i.token_hash = {token}"
        ),
        format!(
            "SELECT w.* FROM workspaces w WHERE w.id = (SELECT i.workspace_id FROM invitations i \
             WHERE i.token_hash = {token})"
        ),
    ]
}

/// As [`behind_sql`], as statements of their own; the parameters of `own` begin at `?2`.
fn behind(token: &[u8; 32], own: &str, params: Vec<crate::database::Value>) -> [Statement; 2] {
    let token = hex::encode(token);
    let [invitation, workspace] = behind_sql("?1", own);
    let mut all = vec![token.as_str().into()];
    all.extend(params);
    [Statement::new(invitation, all), Statement::new(workspace, [token.into()])]
}

fn join_scene(
    answers: &mut impl Iterator<Item = crate::database::Rows>,
) -> Result<Option<JoinScene>> {
    let found = one(("invitations", answers.next().unwrap_or_default()), joinable)?;
    let rows = answers.next().unwrap_or_default();
    let workspace = one(("workspaces", rows), workspaces::workspace_row)?;
    Ok(found.zip(workspace).map(|(found, workspace)| found.into_scene(workspace)))
}

/// An invitation as whoever wants in finds it.
struct Found {
    invitation: Invitation,
    inviter: String,
    inviter_role: Option<Role>,
    is_member: bool,
}

impl Found {
    fn into_scene(self, workspace: domain::workspace::Workspace) -> JoinScene {
        let Self { invitation, inviter, inviter_role, is_member } = self;
        JoinScene { workspace, invitation, inviter, inviter_role, is_member }
    }
}

fn joinable(row: &Row) -> Result<Found, DatabaseInconsistency> {
    Ok(Found {
        invitation: invitation(row)?,
        inviter: row.string("inviter")?,
        inviter_role: inviter_role(row)?,
        is_member: row.boolean("is_member")?,
    })
}

fn inviter_role(row: &Row) -> Result<Option<Role>, DatabaseInconsistency> {
    if row.is_null("inviter_role")? {
        Ok(None)
    } else {
        row.word("inviter_role", Role::parse).map(Some)
    }
}

fn entry(row: &Row, now: Timestamp) -> Result<InvitationEntry, DatabaseInconsistency> {
    let invitation = invitation(row)?;
    let standing = invitation.standing(inviter_role(row)?, now);
    Ok(InvitationEntry { invitation, inviter: row.string("inviter")?, standing })
}

/// A row of `invitations`.
pub(super) fn invitation(row: &Row) -> Result<Invitation, DatabaseInconsistency> {
    let email = match row.is_null("email")? {
        true => None,
        false => Some(row.word("email", |text| Email::parse(text).ok())?),
    };
    let accepted = row.optional_time("accepted_at")?;
    let end = match (accepted, row.optional_time("revoked_at")?) {
        (Some(at), _) => Some(InvitationEnd::Accepted { by: row.parse("accepted_by")?, at }),
        (None, Some(at)) => Some(InvitationEnd::Revoked { at }),
        (None, None) => None,
    };
    Ok(Invitation {
        id: row.parse("id")?,
        workspace: row.parse("workspace_id")?,
        role: row.word("role", Role::parse)?,
        email,
        invited_by: row.parse("invited_by")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        end,
        version: row.integer("version")?,
    })
}

pub(super) fn insert(invitation: &Invitation, token_hash: &[u8; 32]) -> Statement {
    Statement::new(
        "INSERT INTO invitations (id, workspace_id, role, email, token_hash, invited_by, \
         created_at, expires_at, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        [
            invitation.id.to_string().into(),
            invitation.workspace.to_string().into(),
            invitation.role.as_str().into(),
            invitation.email.as_ref().map(Email::as_str).into(),
            hex::encode(token_hash).into(),
            invitation.invited_by.to_string().into(),
            invitation.created_at.0.into(),
            invitation.expires_at.0.into(),
            invitation.version.into(),
        ],
    )
}

/// Writes what became of it.
pub(super) fn update(invitation: &Invitation) -> Statement {
    let (accepted, revoked) = match invitation.end {
        Some(InvitationEnd::Accepted { by, at }) => (Some((by, at)), None),
        Some(InvitationEnd::Revoked { at }) => (None, Some(at)),
        None => (None, None),
    };
    Statement::new(
        "UPDATE invitations SET accepted_by = ?2, accepted_at = ?3, revoked_at = ?4, \
         version = ?5 WHERE id = ?1",
        [
            invitation.id.to_string().into(),
            accepted.map(|(by, _)| by.to_string()).into(),
            accepted.map(|(_, at)| at.0).into(),
            revoked.map(|at: Timestamp| at.0).into(),
            invitation.version.into(),
        ],
    )
}
