//! Changing a project's gate.

use serde::Serialize;

use crate::actor::{Actor, Permission};
use crate::context::Context;
use crate::error::{Error, Field, Problem, Result};
use crate::event::EventBody;
use crate::idempotency::{Asked, at_version};
use crate::project::{Gate, ProjectKey, Requirement, Rule};
use crate::task::is_safe_pattern;
use crate::text;
use crate::write_batch::WriteBatch;

/// Most requirements of each automatic kind.
const MAX_PER_KIND: usize = 10;

/// A request to change a gate, as typed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EditGate {
    /// The project's key.
    pub project: String,
    /// The project's version that the person saw.
    pub seen: i64,
    /// One command a line; each must succeed.
    pub commands: String,
    /// One glob pattern a line; each must match a test report without failures.
    pub reports: String,
    /// Whether a person who isn't a producer must approve.
    pub approval: bool,
}

impl EditGate {
    /// The form that shows `gate`.
    pub fn of(project: &ProjectKey, seen: i64, gate: &Gate) -> Self {
        let mut form = Self { project: project.to_string(), seen, ..Self::default() };
        let mut commands = vec![];
        let mut reports = vec![];
        for requirement in &gate.requirements {
            match &requirement.rule {
                Rule::CommandSucceeded { command } => commands.push(command.as_str()),
                Rule::TestReport { pattern } => reports.push(pattern.as_str()),
                Rule::Approval => form.approval = true,
            }
        }
        form.commands = commands.join("\n");
        form.reports = reports.join("\n");
        form
    }

    fn gate(&self) -> Result<Gate> {
        let mut requirements = vec![];
        for (index, command) in entries(&self.commands)?.into_iter().enumerate() {
            let id = format!("command-{}", index.saturating_add(1));
            requirements.push(Requirement { id, rule: Rule::CommandSucceeded { command } });
        }
        for (index, pattern) in entries(&self.reports)?.into_iter().enumerate() {
            if !is_safe_pattern(&pattern) {
                return Err(Error::invalid(Field::Gate, Problem::Malformed));
            }
            let id = format!("report-{}", index.saturating_add(1));
            requirements.push(Requirement { id, rule: Rule::TestReport { pattern } });
        }
        if self.approval {
            let id = "approval".to_owned();
            requirements.push(Requirement { id, rule: Rule::Approval });
        }
        // A gate that demands nothing would call everything proven.
        if requirements.is_empty() {
            return Err(Error::invalid(Field::Gate, Problem::Empty));
        }
        Ok(Gate { requirements })
    }
}

fn entries(raw: &str) -> Result<Vec<String>> {
    let block = text::block(Field::Gate, raw, 10_000)?;
    let entries: Vec<_> =
        block.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if entries.len() > MAX_PER_KIND {
        return Err(Error::invalid(Field::Gate, Problem::TooMany { max: MAX_PER_KIND }));
    }
    Ok(entries)
}

/// Changes a project's gate. Revisions judged by the old one can no longer be approved: their
/// validations are shown as stale until the task runs again. Gives the version that the project came to.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `NotFound`, `Invalid`, `Conflict` with the present version.
pub async fn edit_gate(ctx: &Context, input: EditGate) -> Result<i64> {
    let asked = Asked::new("project::edit_gate", &input)?;
    let key = ProjectKey::parse(&input.project).map_err(|_| Error::NotFound)?;
    let read = ctx.store.project(&ctx.caller, &key).await?;
    let user = read.principal.require(Permission::ManageProjects)?.user;
    let project = read.data.ok_or(Error::NotFound)?;
    if let Some(version) = asked.first_version(read.answered.as_ref(), project.head.version)? {
        return Ok(version);
    }
    let gate = input.gate()?;
    if project.head.version != input.seen {
        return Err(Error::Conflict { current: project.head.version });
    }
    if gate == project.gate {
        return Ok(project.head.version);
    }
    let mut batch = WriteBatch::new(project.workspace);
    let body = EventBody::GateChanged { gate };
    let version = project.record(ctx, &mut batch, Actor::User(user), body)?;
    batch.answer(ctx, user, &asked, &at_version(key.as_str(), version));
    ctx.commit(batch).await?;
    Ok(version)
}
