//! Who acts, and what they may do.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Refusal};
use crate::ids::{RunId, SessionId, UserId, WorkspaceId};

/// A member's role in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Writes tasks, starts runs, decides.
    Member,
    /// Also manages projects and people.
    Admin,
    /// Also owns the workspace.
    Owner,
}

impl Role {
    /// Every role, least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Member, Self::Admin, Self::Owner];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The role of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Whether the role carries the permission.
    pub fn allows(self, permission: Permission) -> bool {
        self >= permission.least_role()
    }
}

/// Something a role may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Read everything in the workspace.
    View,
    /// Create and change tasks.
    EditTasks,
    /// Start and cancel runs, stop sandboxes.
    OperateRuns,
    /// Approve or send back.
    Decide,
    /// Create projects, set their source and gate.
    ManageProjects,
    /// Invite and remove people, change roles.
    ManageMembers,
}

impl Permission {
    /// The least role that has it.
    pub fn least_role(self) -> Role {
        match self {
            Self::View => Role::Viewer,
            Self::EditTasks | Self::OperateRuns | Self::Decide => Role::Member,
            Self::ManageProjects | Self::ManageMembers => Role::Admin,
        }
    }
}

/// A signed-in person in the workspace that their session has open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The session that proved it.
    pub session: SessionId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The workspace's name.
    pub workspace_name: String,
    /// The person.
    pub user: UserId,
    /// The person's name.
    pub name: String,
    /// The person's email address.
    pub email: String,
    /// Their role there.
    pub role: Role,
}

impl Member {
    /// Refuses what the role doesn't allow.
    ///
    /// # Errors
    /// [`Refusal::MissingPermission`].
    pub fn check(&self, permission: Permission) -> Result<(), Refusal> {
        if self.role.allows(permission) {
            Ok(())
        } else {
            Err(Refusal::MissingPermission(permission))
        }
    }
}

/// How a request proves who it comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// Not at all.
    Anonymous,
    /// A session cookie, as the SHA-256 of its token.
    Session([u8; 32]),
    /// MonoTask itself: queue consumers, timers, sweepers.
    System,
}

// A credential must never reach a log, not even hashed.
impl core::fmt::Debug for Credential {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Session(_) => "Session(…)",
            Self::System => "System",
        })
    }
}

/// Who a credential turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// No valid session.
    SignedOut,
    /// A person.
    Member(Member),
    /// MonoTask itself.
    System,
}

impl Principal {
    /// The person, if it is one.
    ///
    /// # Errors
    /// [`Error::SignedOut`] for everybody else.
    pub fn member(&self) -> Result<&Member, Error> {
        match self {
            Self::Member(member) => Ok(member),
            Self::SignedOut | Self::System => Err(Error::SignedOut),
        }
    }

    /// The person, if their role has the permission.
    ///
    /// # Errors
    /// [`Error::SignedOut`] or [`Error::Forbidden`].
    pub fn require(&self, permission: Permission) -> Result<&Member, Error> {
        let member = self.member()?;
        member.check(permission)?;
        Ok(member)
    }

    /// Refuses everybody but MonoTask itself.
    ///
    /// # Errors
    /// [`Error::SignedOut`].
    pub fn require_system(&self) -> Result<(), Error> {
        if matches!(self, Self::System) { Ok(()) } else { Err(Error::SignedOut) }
    }
}

/// Who did something, as written into its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person.
    User(UserId),
    /// A run, through its lease.
    Run(RunId),
    /// MonoTask itself.
    System,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered_by_what_they_allow() {
        assert!(!Role::Viewer.allows(Permission::EditTasks));
        assert!(Role::Member.allows(Permission::Decide));
        assert!(!Role::Member.allows(Permission::ManageProjects));
        assert!(Role::ALL.iter().all(|r| r.allows(Permission::View)));
        assert!(Role::ALL.iter().all(|r| Role::parse(r.as_str()) == Some(*r)));
    }
}
