//! Keys for programs.

use domain::api_key::{KeyState, Lifetime};
use domain::scope::Scope;

/// What the page is for.
pub const LEAD: &str = "A key lets a program act in your name through the API, with what you allow it \
                        and never more than you may do yourself.";
/// The list.
pub const YOURS: &str = "Your keys";
/// The list of an admin.
pub const EVERYBODYS: &str = "Everybody's keys";
/// Its views.
pub const VIEWS: &str = "Whose keys";
/// No key.
pub const NONE_TITLE: &str = "No keys yet";
/// What to do.
pub const NONE_ADVICE: &str = "Make one below for a script, a pipeline or an agent.";
/// Column.
pub const COLUMN_NAME: &str = "Name";
/// Column.
pub const COLUMN_OWNER: &str = "Owner";
/// Column.
pub const COLUMN_SCOPES: &str = "May";
/// Column.
pub const COLUMN_PROJECT: &str = "Project";
/// Column.
pub const COLUMN_MADE: &str = "Made";
/// Column.
pub const COLUMN_ENDS: &str = "Ends";
/// Column.
pub const COLUMN_USED: &str = "Last used";
/// Without a project of its own.
pub const ALL_PROJECTS: &str = "All";
/// Without an end.
pub const NEVER_ENDS: &str = "Never";
/// Not used yet.
pub const NEVER_USED: &str = "Never";
/// Button.
pub const REVOKE: &str = "Revoke";
/// Older keys.
pub const OLDER: &str = "Older keys";
/// The form.
pub const NEW_TITLE: &str = "New key";
/// Field.
pub const NAME_LABEL: &str = "Name";
/// Hint.
pub const NAME_HINT: &str = "What uses it, so that you know later which one to revoke.";
/// Field.
pub const EXPIRES_LABEL: &str = "Ends after";
/// Hint.
pub const EXPIRES_HINT: &str = "A key that ends by itself does less harm when it leaks.";
/// Field.
pub const PROJECT_LABEL: &str = "Project";
/// Hint.
pub const PROJECT_HINT: &str = "With a project, the key sees and changes nothing of any other.";
/// Choice.
pub const PROJECT_ALL: &str = "All projects";
/// Button.
pub const CREATE: &str = "Make key";
/// Group of scopes.
pub const SCOPES_READ: &str = "Read";
/// Group of scopes.
pub const SCOPES_WRITE: &str = "Write";
/// Group of scopes.
pub const SCOPES_DECIDE: &str = "Approve";
/// Group of scopes.
pub const SCOPES_DELETE: &str = "Delete";
/// After it was made.
pub const MADE_TITLE: &str = "Copy your key now";
/// After it was made.
pub const MADE_ADVICE: &str = "It is shown this once: we keep only what recognises it. Whoever has it \
                               acts in your name, so keep it out of code and chats.";
/// The request was sent again.
pub const MADE_BEFORE_TITLE: &str = "This key was made already";
/// The request was sent again.
pub const MADE_BEFORE_ADVICE: &str = "Its text was in the first answer and can't be shown again. If \
                                      you don't have it, revoke the key and make another one.";
/// The key's text.
pub const SECRET_LABEL: &str = "The key";
/// An example.
pub const EXAMPLE_LABEL: &str = "Try it";
/// The API's own pages.
pub const DOCS: &str = "API reference";

/// A lifetime as a choice.
#[must_use]
pub fn lifetime(lifetime: Lifetime) -> String {
    match lifetime {
        Lifetime::Days(days) => format!("{days} days"),
        Lifetime::Endless => "Never".to_owned(),
    }
}

/// A state as a word.
#[must_use]
pub const fn state(state: KeyState) -> &'static str {
    match state {
        KeyState::Live => "Live",
        KeyState::Expired => "Expired",
        KeyState::Revoked => "Revoked",
        KeyState::Ownerless => "Owner left",
    }
}

/// What a scope allows.
#[must_use]
pub const fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "Read projects, tasks, runs, files, events and members",
        Scope::ReadAudit => "Read the audit log",
        Scope::WriteTasks => "Create and change tasks",
        Scope::WriteRuns => "Start and stop runs, use sandboxes",
        Scope::WriteEvidence => "Add files to runs",
        Scope::WriteProjects => "Create projects, set their source and gate",
        Scope::WriteMembers => "Invite people, change roles",
        Scope::WriteKeys => "Make further keys, none of which can do more",
        Scope::WriteWorkspace => "Change the workspace's settings",
        Scope::WriteApprovals => "Approve work or send it back",
        Scope::DeleteMembers => "Remove people, revoke invitations",
        Scope::DeleteKeys => "Revoke keys",
    }
}

/// A first request with a key.
#[must_use]
pub fn example(origin: &str, secret: &str) -> String {
    format!("curl -H 'Authorization: Bearer {secret}' {origin}/api/v1/me")
}

/// Which key made a key, by what it is called.
#[must_use]
pub fn made_by(maker: &str) -> String {
    format!("Made by the key {maker}")
}

/// The label of a row's button for screen readers.
#[must_use]
pub fn revoke_label(name: &str) -> String {
    format!("Revoke {name}")
}
