//! Workspaces and who belongs to them.

use serde::{Deserialize, Serialize};

use crate::actor::Role;
use crate::clock::Timestamp;
use crate::event::{Event, EventBody, Head};
use crate::ids::{UserId, WorkspaceId};

mod add_member;
mod open;

pub use add_member::{AddMember, add_member};
pub(crate) use open::found;
pub use open::{OpenWorkspace, open};

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// When it began.
    pub created_at: Timestamp,
    /// Where its stream stands.
    pub head: Head,
}

impl Workspace {
    /// The workspace that its stream's events make; none when it never began.
    pub fn replay(events: &[Event]) -> Option<Self> {
        let first = events.first()?;
        let EventBody::WorkspaceCreated { name } = &first.body else {
            return None;
        };
        let head = events.last().map_or_else(Head::start, Event::head);
        Some(Self { id: first.workspace, name: name.clone(), created_at: first.at, head })
    }
}

/// A person's place in a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The person.
    pub user: UserId,
    /// Their role.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
}

impl Membership {
    /// Everybody that a workspace's stream lets in, in their order.
    pub fn replay(events: &[Event]) -> Vec<Self> {
        let joined = |event: &Event| match event.body {
            EventBody::MemberJoined { user, role, .. } => {
                Some(Self { workspace: event.workspace, user, role, joined_at: event.at })
            }
            _ => None,
        };
        events.iter().filter_map(joined).collect()
    }
}
