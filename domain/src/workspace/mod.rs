//! Workspaces and who belongs to them.

use serde::{Deserialize, Serialize};

use crate::actor::Role;
use crate::clock::Timestamp;
use crate::event::Head;
use crate::ids::{UserId, WorkspaceId};

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
