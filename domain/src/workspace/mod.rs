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
        let renamed = events.iter().rev().find_map(|event| match &event.body {
            EventBody::WorkspaceRenamed { name } => Some(name),
            _ => None,
        });
        let name = renamed.unwrap_or(name).clone();
        let head = events.last().map_or_else(Head::start, Event::head);
        Some(Self { id: first.workspace, name, created_at: first.at, head })
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
    /// The version of the workspace's stream at which this was last changed.
    pub version: i64,
}

impl Membership {
    /// Everybody that a workspace's stream lets in, in their order.
    pub fn replay(events: &[Event]) -> Vec<Self> {
        let mut members: Vec<Self> = vec![];
        for event in events {
            let version = event.version;
            match event.body {
                EventBody::MemberJoined { user, role, .. } => {
                    let (workspace, joined_at) = (event.workspace, event.at);
                    members.push(Self { workspace, user, role, joined_at, version });
                }
                EventBody::MemberRoleChanged { user, to, .. } => {
                    for member in members.iter_mut().filter(|member| member.user == user) {
                        (member.role, member.version) = (to, version);
                    }
                }
                EventBody::MemberRemoved { user } => members.retain(|member| member.user != user),
                _ => {}
            }
        }
        members
    }
}
