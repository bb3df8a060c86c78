//! The audit log: who did what to what, from where, and what came of it. Append-only.
//!
//! What was done is written in the batch that does it, so neither is there without the other. What was
//! refused changes nothing and is written by itself, after the answer.

use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Principal, Via};
use crate::clock::Timestamp;
use crate::context::{Context, RequestOrigin};
use crate::event::{Event, EventBody};
use crate::ids::{ApiKeyId, AuditId, RunId, SessionId, WorkspaceId};
use crate::write_batch::WriteBatch;

mod log;
mod missing;
mod particulars;

pub use log::{
    AuditCursor, AuditFilter, AuditLine, AuditList, AuditName, AuditStore, RunName, entries, list,
};
pub use missing::Missing;
pub use particulars::Particulars;

/// Most refusals of one person that are written within a minute.
pub const MAX_REFUSALS_PER_MINUTE: u32 = 20;

/// The name of a request that was refused for want of a permission.
pub const REQUEST_REFUSED: &str = "request";
/// The name of a request with a key that doesn't hold any more.
pub const KEY_REFUSED: &str = "key";

/// What proved who acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A signed-in browser.
    Session(SessionId),
    /// A key for programs, or a token that was exchanged for it.
    Key(ApiKeyId),
    /// A run's own token.
    Run(RunId),
    /// A password, or a link that was handed over: nobody was signed in yet.
    Secret,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused; nothing changed.
    Refused,
}

impl Outcome {
    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// The outcome of this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Done, Self::Refused].into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id; follows the time.
    pub id: AuditId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// How they proved it.
    pub proof: Proof,
    /// What: the name of the first event that it made, or of what was refused.
    pub action: String,
    /// To what: an id, or a stream's name.
    pub target: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was refused: what was missing, or the error's code.
    pub detail: Option<String>,
    /// What else is to be told of what was done.
    pub particulars: Option<Particulars>,
    /// Where the request came from.
    pub origin: RequestOrigin,
}

impl AuditEntry {
    /// The entry of what a batch does; none for what MonoTask itself does, which the events tell.
    pub fn of(ctx: &Context, batch: &WriteBatch) -> Option<Self> {
        let event = batch.events.first()?;
        // What a run left behind is written down by MonoTask itself, in the run's name.
        let by_itself = matches!(ctx.caller.witness.seen(), Some(Principal::System));
        if by_itself || event.actor == Actor::System {
            return None;
        }
        let (action, target) = (event.body.name(), target(event));
        let particulars = Particulars::of(event);
        Some(Self { particulars, ..Self::done(ctx, batch.workspace, event.actor, action, target) })
    }

    /// The entry of what is done without an event.
    pub fn done(
        ctx: &Context,
        workspace: WorkspaceId,
        actor: Actor,
        action: &str,
        target: String,
    ) -> Self {
        Self {
            id: AuditId::generate(ctx.now(), &*ctx.random),
            workspace,
            at: ctx.now(),
            actor,
            proof: ctx.caller.witness.seen().and_then(proof).unwrap_or(Proof::Secret),
            action: action.to_owned(),
            target,
            outcome: Outcome::Done,
            detail: None,
            particulars: None,
            origin: ctx.caller.origin.clone(),
        }
    }

    /// The entry of what was refused, and why.
    pub fn refused(
        ctx: &Context,
        workspace: WorkspaceId,
        (actor, proof): (Actor, Proof),
        (action, target): (&str, String),
        why: &str,
    ) -> Self {
        Self {
            proof,
            outcome: Outcome::Refused,
            detail: Some(why.to_owned()),
            ..Self::done(ctx, workspace, actor, action, target)
        }
    }
}

/// What an event is about: of the many things in a workspace's stream the one that it names.
fn target(event: &Event) -> String {
    match &event.body {
        EventBody::ApiKeyCreated(created) => created.key.to_string(),
        EventBody::ApiKeyRevoked { key } => key.to_string(),
        EventBody::MemberInvited { invitation, .. } => invitation.to_string(),
        EventBody::InvitationRevoked { invitation } => invitation.to_string(),
        EventBody::MemberJoined { user, .. }
        | EventBody::MemberRoleChanged { user, .. }
        | EventBody::MemberRemoved { user }
        | EventBody::PasswordResetOffered { user } => user.to_string(),
        _ => event.stream.to_string(),
    }
}

/// What proved who this is; nothing for nobody and for MonoTask itself.
pub fn proof(principal: &Principal) -> Option<Proof> {
    match principal {
        Principal::Member(member) => Some(match &member.via {
            Via::Session(session) => Proof::Session(*session),
            Via::Key(grant) => Proof::Key(grant.key),
        }),
        Principal::Run(reporter) => Some(Proof::Run(reporter.run)),
        Principal::SignedOut | Principal::System => None,
    }
}
