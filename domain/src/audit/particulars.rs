//! What else is to be told of a deed than its name and its target.

use serde::{Deserialize, Serialize};

use crate::account::Email;
use crate::actor::Role;
use crate::event::{Event, EventBody};
use crate::task::TaskStage;

/// What else is to be told of a deed: what nobody could read of its target later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Particulars {
    /// Somebody was invited.
    Invitation {
        /// The role that they get.
        role: Role,
        /// Whom it is meant for, where that was said.
        email: Option<Email>,
    },
    /// Somebody joined.
    Joining {
        /// As what.
        role: Role,
    },
    /// A role was changed.
    Role {
        /// What it was.
        from: Role,
        /// What it became.
        to: Role,
    },
    /// Something was called so, from then on.
    Name {
        /// What.
        name: String,
    },
    /// A task came to another stage.
    Stage {
        /// Which.
        to: TaskStage,
    },
    /// Somebody decided.
    Decision {
        /// Whether they approved.
        approved: bool,
    },
    /// There were so many of them.
    Count {
        /// How many.
        count: usize,
    },
}

impl Particulars {
    /// Those of what an event tells, where there are any.
    pub fn of(event: &Event) -> Option<Self> {
        Some(match &event.body {
            EventBody::MemberInvited { role, email, .. } => {
                Self::Invitation { role: *role, email: email.clone() }
            }
            EventBody::MemberJoined { role, .. } => Self::Joining { role: *role },
            EventBody::MemberRoleChanged { from, to, .. } => Self::Role { from: *from, to: *to },
            EventBody::WorkspaceCreated { name } | EventBody::WorkspaceRenamed { name } => {
                Self::Name { name: name.clone() }
            }
            EventBody::AgentAdded { agent } => Self::Name { name: agent.name.clone() },
            EventBody::TaskMoved { to } => Self::Stage { to: to.stage() },
            EventBody::ValidationDecided { verdict } => {
                Self::Decision { approved: verdict.rejected_because.is_none() }
            }
            EventBody::AllowedOriginsChanged { origins } => Self::Count { count: origins.len() },
            EventBody::EvidenceCaptured { evidence, .. } => Self::Count { count: evidence.len() },
            _ => return None,
        })
    }
}
