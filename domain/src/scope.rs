//! What a key for programs may do. Reading, writing, deleting and approving are scopes apart.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One thing that a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Read projects, tasks, runs, sandboxes, validations, files, events, members.
    #[serde(rename = "read")]
    Read,
    /// Read the audit log.
    #[serde(rename = "audit:read")]
    ReadAudit,
    /// Create and change tasks.
    #[serde(rename = "tasks:write")]
    WriteTasks,
    /// Start and cancel runs, make, use and stop sandboxes.
    #[serde(rename = "runs:write")]
    WriteRuns,
    /// Add files to a run.
    #[serde(rename = "evidence:write")]
    WriteEvidence,
    /// Create projects, set their source and gate.
    #[serde(rename = "projects:write")]
    WriteProjects,
    /// Invite people, change roles.
    #[serde(rename = "members:write")]
    WriteMembers,
    /// Make further keys, none of which can do more.
    #[serde(rename = "keys:write")]
    WriteKeys,
    /// Change the workspace's settings.
    #[serde(rename = "workspace:write")]
    WriteWorkspace,
    /// Approve work or send it back.
    #[serde(rename = "approvals:write")]
    WriteApprovals,
    /// Remove people, revoke invitations.
    #[serde(rename = "members:delete")]
    DeleteMembers,
    /// Revoke keys.
    #[serde(rename = "keys:delete")]
    DeleteKeys,
}

impl Scope {
    /// Every scope, in the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::Read,
        Self::ReadAudit,
        Self::WriteTasks,
        Self::WriteRuns,
        Self::WriteEvidence,
        Self::WriteProjects,
        Self::WriteMembers,
        Self::WriteKeys,
        Self::WriteWorkspace,
        Self::WriteApprovals,
        Self::DeleteMembers,
        Self::DeleteKeys,
    ];

    /// Its name in requests and tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadAudit => "audit:read",
            Self::WriteTasks => "tasks:write",
            Self::WriteRuns => "runs:write",
            Self::WriteEvidence => "evidence:write",
            Self::WriteProjects => "projects:write",
            Self::WriteMembers => "members:write",
            Self::WriteKeys => "keys:write",
            Self::WriteWorkspace => "workspace:write",
            Self::WriteApprovals => "approvals:write",
            Self::DeleteMembers => "members:delete",
            Self::DeleteKeys => "keys:delete",
        }
    }

    /// The scope of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// A set of scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Every scope there is.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Whether it has the scope.
    pub fn allows(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that both have.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.0.intersection(&other.0).copied().collect()
    }

    /// Whether the other one has all of these.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// Those it has, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }

    /// The set of a token's `scope`: names apart by single spaces. None when a name isn't known.
    pub fn parse(text: &str) -> Option<Self> {
        text.split(' ').map(Scope::parse).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl core::fmt::Display for Scopes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let names: Vec<_> = self.iter().map(Scope::as_str).collect();
        f.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_written_and_read_back() {
        let all = Scopes::all();
        assert_eq!(Scopes::parse(&all.to_string()), Some(all.clone()));
        for bad in ["", " ", "read ", "read  tasks:write", "Read", "*", "tasks"] {
            assert_eq!(Scopes::parse(bad), None, "{bad:?}");
        }
        for scope in Scope::ALL {
            let json = serde_json::to_string(&scope).unwrap();
            assert_eq!(json, format!("\"{}\"", scope.as_str()));
        }
    }

    #[test]
    fn narrowing_never_widens() {
        let few: Scopes = [Scope::Read, Scope::WriteTasks].into_iter().collect();
        let other: Scopes = [Scope::Read, Scope::WriteApprovals].into_iter().collect();
        let both = few.and(&other);
        assert!(both.is_within(&few) && both.is_within(&other));
        assert!(both.allows(Scope::Read) && !both.allows(Scope::WriteApprovals));
    }
}
