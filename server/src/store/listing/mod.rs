//! The reads behind the API: one round trip each, only what the caller's credential reaches.

use async_trait::async_trait;
use domain::Result;
use domain::agent::Agent;
use domain::context::Caller;
use domain::ids::{AgentId, RunId, UserId, ValidationId, WorkspaceId};
use domain::listing::{
    ListedMember, ListedTask, ListedWorkspace, ListingStore, OfTask, SandboxCursor,
    ValidationCursor,
};
use domain::ports::Read;
use domain::project::{Project, ProjectKey};
use domain::run::Run;
use domain::sandbox::Sandbox;
use domain::task::TaskRef;
use domain::validation::Validation;
use domain::views::TaskFilter;

use crate::database::{DatabaseInconsistency, Row, Statement, Value};
use crate::store::fault::fault;
use crate::store::reading::{Reading, nobody};
use crate::store::{SqlStore, accounts, projects, runs, sandboxes, validations};

mod of_task;
mod people;
mod tasks;

/// Less than every id and key.
const LEAST: &str = "";
/// More than every id: they are ASCII.
const GREATEST: &str = "\u{7f}";

/// Later than every moment and more than every count, and still carried exactly.
const LATEST: i64 = (1 << 53) - 1;

#[async_trait]
impl ListingStore for SqlStore {
    async fn origin_is_allowed(&self, origin: &str) -> Result<bool> {
        let statement = Statement::new(
            "SELECT o.workspace_id FROM allowed_origins o WHERE o.origin = ?1 LIMIT 1",
            [origin.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        Ok(!rows.0.is_empty())
    }

    async fn listed_workspaces(
        &self,
        caller: &Caller,
        after: Option<WorkspaceId>,
        limit: u32,
    ) -> Result<Read<Vec<ListedWorkspace>>> {
        self.list(caller, "workspaces", people::workspace, |reading| {
            let sql = people::workspaces(reading, caller);
            let after = after.map_or_else(|| LEAST.to_owned(), |id| id.to_string());
            let sql = format!("{sql} AND w.id > ?3 ORDER BY w.id LIMIT ?4");
            reading.push(sql, [after.into(), limit.into()]);
        })
        .await
    }

    async fn listed_workspace(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
    ) -> Result<Read<Option<ListedWorkspace>>> {
        self.one(caller, "workspaces", people::workspace, |reading| {
            let sql = format!("{} AND w.id = ?3", people::workspaces(reading, caller));
            reading.push(sql, [workspace.to_string().into()]);
        })
        .await
    }

    async fn listed_members(
        &self,
        caller: &Caller,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Read<Vec<ListedMember>>> {
        self.list(caller, "members", people::member, |reading| {
            let after = after.map_or_else(|| LEAST.to_owned(), |id| id.to_string());
            let members = people::members(reading);
            let sql = format!("{members} AND m.user_id > ?3 ORDER BY m.user_id LIMIT ?4");
            reading.push(sql, [after.into(), limit.into()]);
        })
        .await
    }

    async fn listed_member(
        &self,
        caller: &Caller,
        user: UserId,
    ) -> Result<Read<Option<ListedMember>>> {
        self.one(caller, "members", people::member, |reading| {
            let sql = format!("{} AND m.user_id = ?3", people::members(reading));
            reading.push(sql, [user.to_string().into()]);
        })
        .await
    }

    async fn agents(
        &self,
        caller: &Caller,
        after: Option<AgentId>,
        limit: u32,
    ) -> Result<Read<Vec<Agent>>> {
        self.list(caller, "agents", accounts::agent, |reading| {
            let workspace = reading.workspace();
            let after = after.map_or_else(|| LEAST.to_owned(), |id| id.to_string());
            let sql = format!(
                "SELECT a.* FROM agents a WHERE a.workspace_id = {workspace} AND a.id > ?3 \
                 ORDER BY a.id LIMIT ?4"
            );
            reading.push(sql, [after.into(), limit.into()]);
        })
        .await
    }

    async fn projects(
        &self,
        caller: &Caller,
        after: Option<&ProjectKey>,
        limit: u32,
    ) -> Result<Read<Vec<Project>>> {
        self.list(caller, "projects", projects::project, |reading| {
            let mine = reading.my_projects("p");
            let sql = format!(
                "SELECT p.* FROM projects p WHERE {mine} AND p.key > ?3 ORDER BY p.key LIMIT ?4"
            );
            reading.push(sql, [after.map_or(LEAST, ProjectKey::as_str).into(), limit.into()]);
        })
        .await
    }

    async fn tasks(
        &self,
        caller: &Caller,
        project: &ProjectKey,
        filter: &TaskFilter,
        limit: u32,
    ) -> Result<Read<Option<Vec<ListedTask>>>> {
        self.list_tasks(caller, project, filter, limit).await
    }

    async fn runs_of_task(
        &self,
        caller: &Caller,
        task: &TaskRef,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Read<Option<Vec<OfTask<Run>>>>> {
        let before = before.unwrap_or(LATEST).into();
        let list = of_task::List { table: "runs", order: "x.attempt", before, limit };
        self.list_of_task(caller, task, list, runs::run).await
    }

    async fn run(&self, caller: &Caller, run: RunId) -> Result<Read<Option<OfTask<Run>>>> {
        let read = |row: &Row| of_task::with_key(row, runs::run);
        self.one(caller, "runs", read, |reading| {
            let mine = reading.mine("x");
            let sql = format!("{} WHERE x.id = ?3 AND {mine}", of_task::select("runs"));
            reading.push(sql, [run.to_string().into()]);
        })
        .await
    }

    async fn validations_of_task(
        &self,
        caller: &Caller,
        task: &TaskRef,
        before: Option<ValidationId>,
        limit: u32,
    ) -> Result<Read<Option<Vec<OfTask<Validation>>>>> {
        let before = before.map_or_else(|| GREATEST.to_owned(), |id| id.to_string()).into();
        let list = of_task::List { table: "validations", order: "x.id", before, limit };
        self.list_of_task(caller, task, list, validations::validation).await
    }

    async fn validations(
        &self,
        caller: &Caller,
        after: Option<ValidationCursor>,
        limit: u32,
    ) -> Result<Read<Vec<OfTask<Validation>>>> {
        let read = |row: &Row| of_task::with_key(row, validations::validation);
        self.list(caller, "validations", read, |reading| {
            of_task::push_validations(reading, after, limit);
        })
        .await
    }

    async fn validation(
        &self,
        caller: &Caller,
        validation: ValidationId,
    ) -> Result<Read<Option<OfTask<Validation>>>> {
        let read = |row: &Row| of_task::with_key(row, validations::validation);
        self.one(caller, "validations", read, |reading| {
            let mine = reading.mine("x");
            let sql = format!("{} WHERE x.id = ?3 AND {mine}", of_task::select("validations"));
            reading.push(sql, [validation.to_string().into()]);
        })
        .await
    }

    async fn sandboxes(
        &self,
        caller: &Caller,
        after: Option<SandboxCursor>,
        limit: u32,
    ) -> Result<Read<Vec<Sandbox>>> {
        self.list(caller, "sandboxes", sandboxes::sandbox, |reading| {
            let mine = reading.mine("b");
            let sql = format!(
                "SELECT b.* FROM sandboxes b WHERE {mine} \
                 AND (b.alive, b.created_at, b.id) < (?3, ?4, ?5) \
                 ORDER BY b.alive DESC, b.created_at DESC, b.id DESC LIMIT ?6"
            );
            let place: [Value; 3] = match after {
                Some(at) => {
                    [i64::from(at.alive).into(), at.created_at.0.into(), at.id.to_string().into()]
                }
                None => [1_i64.into(), LATEST.into(), GREATEST.into()],
            };
            reading.push(sql, place.into_iter().chain([limit.into()]));
        })
        .await
    }
}

impl SqlStore {
    /// The rows of one statement.
    async fn list<T: Send>(
        &self,
        caller: &Caller,
        table: &str,
        read: impl Fn(&Row) -> Result<T, DatabaseInconsistency> + Send,
        push: impl FnOnce(&mut Reading) + Send,
    ) -> Result<Read<Vec<T>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        push(&mut reading);
        let mut answer = reading.run(&*self.database).await?;
        let rows = answer.all(table, read)?;
        Ok(answer.with(rows))
    }

    /// The one row of one statement.
    async fn one<T: Send>(
        &self,
        caller: &Caller,
        table: &str,
        read: impl Fn(&Row) -> Result<T, DatabaseInconsistency> + Send,
        push: impl FnOnce(&mut Reading) + Send,
    ) -> Result<Read<Option<T>>> {
        let Read { principal, answered, data } = self.list(caller, table, read, push).await?;
        Ok(Read { principal, answered, data: data.into_iter().next() })
    }
}
