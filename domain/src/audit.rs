//! The audit log: who did what to what, from where, and what came of it. Append-only.
//!
//! What was done is written in the batch that does it, so neither is there without the other. What was
//! refused changes nothing and is written by itself, after the answer.

use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Principal, Via};
use crate::clock::Timestamp;
use crate::context::{Context, RequestOrigin};
use crate::ids::{ApiKeyId, AuditId, RunId, SessionId, WorkspaceId};
use crate::write_batch::WriteBatch;

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
    /// Why it was refused: the error's code.
    pub detail: Option<String>,
    /// Where the request came from.
    pub origin: RequestOrigin,
}

impl AuditEntry {
    /// The entry of what a batch does; none for what MonoTask itself does, which the events tell.
    pub fn of(ctx: &Context, batch: &WriteBatch) -> Option<Self> {
        let event = batch.events.first()?;
        if event.actor == Actor::System {
            return None;
        }
        let proof = ctx.caller.witness.seen().and_then(proof).unwrap_or(Proof::Secret);
        Some(Self {
            id: AuditId::generate(ctx.now(), &*ctx.random),
            workspace: batch.workspace,
            at: ctx.now(),
            actor: event.actor,
            proof,
            action: event.body.name().to_owned(),
            target: event.stream.to_string(),
            outcome: Outcome::Done,
            detail: None,
            origin: ctx.caller.origin.clone(),
        })
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
