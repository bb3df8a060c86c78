//! Who acts, and what they may do.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::ids::{ApiKeyId, ProjectId, RunId, SessionId, TaskId, UserId, WorkspaceId};
use crate::scope::{Scope, Scopes};

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

/// Something a role may do, and a program whose key has the scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Read everything in the workspace.
    View,
    /// Create and change tasks.
    EditTasks,
    /// Start and cancel runs, make, use and stop sandboxes.
    OperateRuns,
    /// Add files to a run.
    AddEvidence,
    /// Approve or send back.
    Decide,
    /// Create projects, set their source and gate.
    ManageProjects,
    /// Invite people, change roles, hand out links that reset a password.
    ManageMembers,
    /// Remove people, revoke invitations.
    RemoveMembers,
    /// Make keys for programs of one's own.
    ManageKeys,
    /// Revoke keys of one's own; everybody's takes [`Permission::ManageMembers`] as well.
    RevokeKeys,
    /// Change the workspace's own settings.
    ManageWorkspace,
    /// Read who did what, from where.
    ReadAudit,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 12] = [
        Self::View,
        Self::EditTasks,
        Self::OperateRuns,
        Self::AddEvidence,
        Self::Decide,
        Self::ManageProjects,
        Self::ManageMembers,
        Self::RemoveMembers,
        Self::ManageKeys,
        Self::RevokeKeys,
        Self::ManageWorkspace,
        Self::ReadAudit,
    ];

    /// The least role that has it.
    pub fn least_role(self) -> Role {
        match self {
            Self::View | Self::ManageKeys | Self::RevokeKeys => Role::Viewer,
            Self::EditTasks | Self::OperateRuns | Self::AddEvidence | Self::Decide => Role::Member,
            Self::ManageProjects
            | Self::ManageMembers
            | Self::RemoveMembers
            | Self::ManageWorkspace
            | Self::ReadAudit => Role::Admin,
        }
    }

    /// Whether it is about what belongs to a project, its keys included, rather than to the whole
    /// workspace.
    pub fn is_of_a_project(self) -> bool {
        match self {
            Self::View
            | Self::EditTasks
            | Self::OperateRuns
            | Self::AddEvidence
            | Self::Decide
            | Self::ManageProjects
            | Self::ManageKeys
            | Self::RevokeKeys => true,
            Self::ManageMembers | Self::RemoveMembers | Self::ManageWorkspace | Self::ReadAudit => {
                false
            }
        }
    }

    /// The scope that a key needs for it.
    pub fn scope(self) -> Scope {
        match self {
            Self::View => Scope::Read,
            Self::EditTasks => Scope::WriteTasks,
            Self::OperateRuns => Scope::WriteRuns,
            Self::AddEvidence => Scope::WriteEvidence,
            Self::Decide => Scope::WriteApprovals,
            Self::ManageProjects => Scope::WriteProjects,
            Self::ManageMembers => Scope::WriteMembers,
            Self::RemoveMembers => Scope::DeleteMembers,
            Self::ManageKeys => Scope::WriteKeys,
            Self::RevokeKeys => Scope::DeleteKeys,
            Self::ManageWorkspace => Scope::WriteWorkspace,
            Self::ReadAudit => Scope::ReadAudit,
        }
    }
}

/// How a member's request came to be theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// A signed-in browser.
    Session(SessionId),
    /// A program with a key of theirs, or with a token that was exchanged for one.
    Key(KeyGrant),
}

/// What a key lets a program do in its owner's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyGrant {
    /// The key.
    pub key: ApiKeyId,
    /// What it may do; less than the key's own where a token was narrowed.
    pub scopes: Scopes,
    /// The only project that it reaches.
    pub project: Option<ProjectId>,
    /// When the key ends by itself.
    pub expires_at: Option<Timestamp>,
    /// The origins of other sites whose pages may use it.
    pub origins: Vec<String>,
}

/// A person in the workspace that their session has open, or that their key is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// What proved it.
    pub via: Via,
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
    /// Refuses what the role or the key doesn't allow.
    ///
    /// # Errors
    /// [`Refusal::MissingPermission`], [`Refusal::MissingScope`].
    pub fn check(&self, permission: Permission) -> Result<(), Refusal> {
        if let Via::Key(grant) = &self.via {
            // What is the whole workspace's is out of reach of a key for one project.
            let is_in_reach = grant.project.is_none() || permission.is_of_a_project();
            if !is_in_reach || !grant.scopes.allows(permission.scope()) {
                return Err(Refusal::MissingScope(permission.scope()));
            }
        }
        if self.role.allows(permission) {
            Ok(())
        } else {
            Err(Refusal::MissingPermission(permission))
        }
    }

    /// The session that proved it; none for a program.
    pub fn session(&self) -> Option<SessionId> {
        match self.via {
            Via::Session(session) => Some(session),
            Via::Key(_) => None,
        }
    }

    /// What the key grants; none for a browser.
    pub fn grant(&self) -> Option<&KeyGrant> {
        match &self.via {
            Via::Session(_) => None,
            Via::Key(grant) => Some(grant),
        }
    }
}

/// A run that reports about itself, by the token that it was given with its lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunReporter {
    /// The run.
    pub run: RunId,
    /// Its task.
    pub task: TaskId,
    /// Its project.
    pub project: ProjectId,
    /// Its workspace.
    pub workspace: WorkspaceId,
}

/// How a request proves who it comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// Not at all.
    Anonymous,
    /// A session cookie, as the SHA-256 of its token.
    Session([u8; 32]),
    /// An API key, as the SHA-256 of its text.
    Key([u8; 32]),
    /// A token that was exchanged for a key, its signature verified. The key must still hold.
    KeyToken {
        /// The key.
        key: ApiKeyId,
        /// What of the key's scopes the token carries.
        scopes: Scopes,
    },
    /// A run's own token, its signature verified. The lease must still hold.
    RunToken {
        /// The run.
        run: RunId,
        /// SHA-256 of the lease's token, hexadecimal.
        lease: String,
    },
    /// MonoTask itself: queue consumers, timers, sweepers.
    System,
}

// A credential must never reach a log, not even hashed.
impl core::fmt::Debug for Credential {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Session(_) => "Session(…)",
            Self::Key(_) => "Key(…)",
            Self::KeyToken { .. } => "KeyToken(…)",
            Self::RunToken { .. } => "RunToken(…)",
            Self::System => "System",
        })
    }
}

/// Who a credential turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Nobody: the credential doesn't hold.
    SignedOut,
    /// A person, or a program in their name.
    Member(Member),
    /// A run that reports about itself.
    Run(RunReporter),
    /// MonoTask itself.
    System,
}

impl Principal {
    /// The person, if it is one.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a run, [`Error::SignedOut`] for everybody else.
    pub fn member(&self) -> Result<&Member, Error> {
        match self {
            Self::Member(member) => Ok(member),
            Self::Run(_) => Err(Error::Forbidden { missing: Permission::View }),
            Self::SignedOut | Self::System => Err(Error::SignedOut),
        }
    }

    /// The person, if their role and their key have the permission.
    ///
    /// # Errors
    /// [`Error::SignedOut`], [`Error::Forbidden`] or [`Error::OutOfScope`].
    pub fn require(&self, permission: Permission) -> Result<&Member, Error> {
        if matches!(self, Self::Run(_)) {
            return Err(Error::Forbidden { missing: permission });
        }
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

    /// The workspace that it acts in.
    pub fn workspace(&self) -> Option<WorkspaceId> {
        match self {
            Self::Member(member) => Some(member.workspace),
            Self::Run(run) => Some(run.workspace),
            Self::SignedOut | Self::System => None,
        }
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

    #[test]
    fn a_key_never_grants_more_than_the_role_nor_than_its_scopes() {
        let member = |role, scopes: &[Scope]| Member {
            via: Via::Key(KeyGrant {
                key: "key_01hv3v6k3e0123456789abcdef".parse().unwrap(),
                scopes: scopes.iter().copied().collect(),
                project: None,
                expires_at: None,
                origins: vec![],
            }),
            workspace: "wsp_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            workspace_name: String::new(),
            user: "usr_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            name: String::new(),
            email: String::new(),
            role,
        };
        let (decide, approvals) = (Permission::Decide, Scope::WriteApprovals);
        assert_eq!(member(Role::Owner, &[approvals]).check(decide), Ok(()));
        let lacks = Refusal::MissingScope;
        assert_eq!(member(Role::Owner, &[Scope::WriteTasks]).check(decide), Err(lacks(approvals)));
        let mut of_one_project = member(Role::Owner, &Scope::ALL);
        if let Via::Key(grant) = &mut of_one_project.via {
            grant.project = Some("prj_01hv3v6k3e0123456789abcdef".parse().unwrap());
        }
        let checked = [Permission::ManageMembers, decide].map(|one| of_one_project.check(one));
        assert_eq!(checked, [Err(lacks(Scope::WriteMembers)), Ok(())]);
        let role = Err(Refusal::MissingPermission(decide));
        assert_eq!(member(Role::Viewer, &[approvals]).check(decide), role);
    }

    #[test]
    fn permissions_and_scopes_are_one_to_one() {
        let scopes: Scopes = Permission::ALL.iter().map(|permission| permission.scope()).collect();
        assert_eq!(scopes, Scopes::all());
        assert_eq!(Permission::ALL.len(), Scope::ALL.len());
    }
}
