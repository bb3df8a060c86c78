//! Permissions and scopes, of who lacks them.

use domain::actor::{Permission, Role};
use domain::scope::Scope;

/// What the role lacks, and who can help.
#[must_use]
pub fn permission(missing: Permission) -> String {
    format!(
        "To {} you need to be {} of this workspace. An owner or admin can change your role.",
        deed(missing),
        role(missing)
    )
}

/// What the role lacked of somebody else, who was refused.
#[must_use]
pub fn lacking(missing: Permission) -> String {
    format!("It takes the permission to {}, which {} has.", deed(missing), role(missing))
}

fn role(missing: Permission) -> &'static str {
    match missing.least_role() {
        Role::Viewer => "a viewer",
        Role::Member => "a member",
        Role::Admin => "an admin",
        Role::Owner => "an owner",
    }
}

fn deed(missing: Permission) -> &'static str {
    match missing {
        Permission::View => "see this workspace",
        Permission::EditTasks => "write or change tasks",
        Permission::OperateRuns => "start or stop runs",
        Permission::Decide => "approve work or send it back",
        Permission::ManageProjects => "create projects or change their settings",
        Permission::AddEvidence => "add files to a run",
        Permission::ManageMembers => "invite people or change roles",
        Permission::RemoveMembers => "remove people or revoke invitations",
        Permission::ManageKeys => "make API keys",
        Permission::RevokeKeys => "revoke API keys",
        Permission::ManageWorkspace => "change the workspace's settings",
        Permission::ReadAudit => "read the audit log",
    }
}

/// What the key lacks.
#[must_use]
pub fn scope(missing: Scope) -> String {
    format!("The API key that was used lacks the scope {}.", missing.as_str())
}
