//! Reading the audit log.

use async_trait::async_trait;

use crate::actor::Permission;
use crate::audit::{AuditEntry, Outcome};
use crate::clock::Timestamp;
use crate::context::{Caller, Context};
use crate::error::{Error, Result};
use crate::ids::{AuditId, UserId};
use crate::ports::Read;
use crate::views::{PageRead, Person};

/// Which entries to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only what this person or program of theirs did.
    pub person: Option<UserId>,
    /// Only this action.
    pub action: Option<String>,
    /// Only this outcome.
    pub outcome: Option<Outcome>,
    /// Only what was done to this: an id.
    pub target: Option<String>,
    /// Only from this moment on.
    pub from: Option<Timestamp>,
    /// Only before this moment.
    pub until: Option<Timestamp>,
    /// Only entries after this one, newest first.
    pub after: Option<AuditCursor>,
    /// At most so many; 0 is a page's.
    pub limit: u32,
    /// Without so many of the first ones.
    pub skip: u32,
}

/// A place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditCursor {
    /// When the last entry shown was written.
    pub at: Timestamp,
    /// Its id.
    pub id: AuditId,
}

impl AuditCursor {
    /// Its text, for addresses.
    pub fn encode(&self) -> String {
        format!("{}-{}", self.at.0, self.id)
    }

    /// The cursor of this text.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('-')?;
        let at: i64 = at.parse().ok().filter(|at| (0..1 << 53).contains(at))?;
        Some(Self { at: Timestamp(at), id: id.parse().ok()? })
    }
}

/// What a run is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunName {
    /// The key of its task.
    pub task: String,
    /// Which attempt at the task.
    pub attempt: i64,
}

/// What somebody or something is called now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditName {
    /// A task's key, a project's key, a person's or a key's name, the address of who is invited.
    Text(String),
    /// A run's.
    Run(RunName),
}

/// An entry with the names that its ids have now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// The entry.
    pub entry: AuditEntry,
    /// Who did it.
    pub by: Option<AuditName>,
    /// The name of the key that proved it.
    pub key: Option<String>,
    /// What it was done to.
    pub target: Option<AuditName>,
}

/// A part of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditList {
    /// The entries, newest first.
    pub lines: Vec<AuditLine>,
    /// Where the next page begins.
    pub next: Option<AuditCursor>,
    /// The workspace's members, to choose from; none where only entries were asked for.
    pub people: Vec<Person>,
}

/// What is read of the audit log, and what is written beside batches. Each method is one round trip.
#[async_trait]
pub trait AuditStore {
    /// Entries of the caller's workspace.
    async fn audit_list(
        &self,
        caller: &Caller,
        filter: &AuditFilter,
    ) -> Result<PageRead<AuditList>>;
    /// The same entries and nothing else.
    async fn audit_entries(&self, caller: &Caller, filter: &AuditFilter)
    -> Result<Read<AuditList>>;
    /// Writes what was refused, unless there are many of the same person within a minute: nobody can
    /// flood the log.
    async fn note_refusal(&self, entry: &AuditEntry) -> Result<()>;
    /// As [`AuditStore::note_refusal`], of a request whose key doesn't hold any more, if it is one that
    /// somebody made.
    async fn note_refused_key(&self, caller: &Caller, entry: AuditId) -> Result<()>;
}

/// Reads a part of the log.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope` (for a key that is for one project, too: the log is the whole
/// workspace's).
pub async fn list(ctx: &Context, filter: &AuditFilter) -> Result<AuditList> {
    let read = ctx.store.audit_list(&ctx.caller, filter).await?;
    read.principal.require(Permission::ReadAudit)?;
    read.data.ok_or(Error::Internal)
}

/// Reads a part of the log without what a page has around it.
///
/// # Errors
/// As [`list`].
pub async fn entries(ctx: &Context, filter: &AuditFilter) -> Result<AuditList> {
    let read = ctx.store.audit_entries(&ctx.caller, filter).await?;
    read.principal.require(Permission::ReadAudit)?;
    Ok(read.data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_is_one() {
        let id = "aud_01hv3v6k3e0123456789abcdef".parse().unwrap();
        let cursor = AuditCursor { at: Timestamp(1_800_000_000_000), id };
        assert_eq!(AuditCursor::parse(&cursor.encode()), Some(cursor));
        for bad in ["", "-", "1", "x-aud_01hv3v6k3e0123456789abcdef", "1-tsk_1", "-1-aud_1"] {
            assert_eq!(AuditCursor::parse(bad), None, "{bad}");
        }
        let far = "9007199254740993-aud_01hv3v6k3e0123456789abcdef";
        assert_eq!(AuditCursor::parse(far), None);
    }
}
