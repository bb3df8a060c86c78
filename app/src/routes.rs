//! Every page's address: one place parses paths, and the same place makes them.

use domain::ids::{RunId, SandboxId};
use domain::invitation::LinkToken;
use domain::project::ProjectKey;
use domain::task::TaskKey;

/// Where the form that signs out posts to. It is no page.
pub const SIGN_OUT_PATH: &str = "/sign-out";
/// Where the forms that open another workspace post to. It is no page.
pub const SWITCH_PATH: &str = "/workspaces/switch";

/// One page of the product. What a path names is parsed here, so a page never sees a malformed id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The first visit: creates the owner.
    SetUp,
    /// Signing in.
    SignIn,
    /// What needs this person, what runs, what was done lately.
    MyWork,
    /// The form that creates a project.
    NewProject,
    /// A project's tasks.
    Tasks {
        /// The project.
        project: ProjectKey,
    },
    /// The form that writes a task.
    NewTask {
        /// The project.
        project: ProjectKey,
    },
    /// A project's source and gate.
    ProjectSettings {
        /// The project.
        project: ProjectKey,
    },
    /// A task.
    Task {
        /// Its key.
        key: TaskKey,
    },
    /// The form that changes a task.
    EditTask {
        /// Its key.
        key: TaskKey,
    },
    /// A run and its log.
    Run {
        /// Its id.
        id: RunId,
    },
    /// All sandboxes.
    Sandboxes,
    /// A sandbox.
    Sandbox {
        /// Its id.
        id: SandboxId,
    },
    /// What waits for a decision, and all verdicts.
    Validations,
    /// A part of the settings.
    Settings(SettingsTab),
    /// The form that founds another workspace.
    NewWorkspace,
    /// What is behind an invitation's link.
    Join {
        /// What the link holds.
        token: LinkToken,
    },
    /// What is behind a link that lets a person choose a new password.
    Reset {
        /// What the link holds.
        token: LinkToken,
    },
}

/// A part of the settings: a person's own first, then the workspace's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsTab {
    /// One's name, address and password.
    Profile,
    /// The browsers that one is signed in with.
    Sessions,
    /// Keys for programs.
    Keys,
    /// The workspace's people and invitations.
    Members,
    /// The workspace's name, and who else's pages may use its API.
    Workspace,
    /// Who did what.
    Audit,
}

impl SettingsTab {
    /// Every part, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Profile, Self::Sessions, Self::Keys, Self::Members, Self::Workspace, Self::Audit];

    /// Its part of the address.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Sessions => "sessions",
            Self::Keys => "keys",
            Self::Members => "members",
            Self::Workspace => "workspace",
            Self::Audit => "audit",
        }
    }

    fn parse(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.slug() == slug)
    }
}

impl Route {
    /// The page at a path, if there is one. A slash at the end makes another address.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let parts: Vec<_> = path.strip_prefix('/')?.split('/').collect();
        match parts.as_slice() {
            [""] => Some(Self::MyWork),
            ["setup"] => Some(Self::SetUp),
            ["sign-in"] => Some(Self::SignIn),
            ["sandboxes"] => Some(Self::Sandboxes),
            ["validations"] => Some(Self::Validations),
            ["projects", "new"] => Some(Self::NewProject),
            ["projects", key] => project(key).map(|project| Self::Tasks { project }),
            ["projects", key, "new"] => project(key).map(|project| Self::NewTask { project }),
            ["projects", key, "settings"] => {
                project(key).map(|project| Self::ProjectSettings { project })
            }
            ["tasks", key] => key.parse().ok().map(|key| Self::Task { key }),
            ["tasks", key, "edit"] => key.parse().ok().map(|key| Self::EditTask { key }),
            ["runs", id] => id.parse().ok().map(|id| Self::Run { id }),
            ["workspaces", "new"] => Some(Self::NewWorkspace),
            ["join", token] => LinkToken::parse(token).map(|token| Self::Join { token }),
            ["reset", token] => LinkToken::parse(token).map(|token| Self::Reset { token }),
            ["settings", tab] => SettingsTab::parse(tab).map(Self::Settings),
            ["sandboxes", id] => id.parse().ok().map(|id| Self::Sandbox { id }),
            _ => None,
        }
    }

    /// The path of the page.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::SetUp => "/setup".to_owned(),
            Self::SignIn => "/sign-in".to_owned(),
            Self::MyWork => "/".to_owned(),
            Self::NewProject => "/projects/new".to_owned(),
            Self::Tasks { project } => format!("/projects/{project}"),
            Self::NewTask { project } => format!("/projects/{project}/new"),
            Self::ProjectSettings { project } => format!("/projects/{project}/settings"),
            Self::Task { key } => format!("/tasks/{key}"),
            Self::EditTask { key } => format!("/tasks/{key}/edit"),
            Self::Run { id } => format!("/runs/{id}"),
            Self::Sandboxes => "/sandboxes".to_owned(),
            Self::Sandbox { id } => format!("/sandboxes/{id}"),
            Self::Validations => "/validations".to_owned(),
            Self::NewWorkspace => "/workspaces/new".to_owned(),
            Self::Join { token } => format!("/join/{}", token.expose()),
            Self::Reset { token } => format!("/reset/{}", token.expose()),
            Self::Settings(tab) => format!("/settings/{}", tab.slug()),
        }
    }
}

// One spelling per page: `ProjectKey` reads any case, an address doesn't.
fn project(text: &str) -> Option<ProjectKey> {
    ProjectKey::parse(text).ok().filter(|key| key.as_str() == text)
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn every_address_reads_back() {
        for path in [
            "/",
            "/setup",
            "/sign-in",
            "/projects/new",
            "/projects/MONO",
            "/projects/NEW",
            "/projects/MONO/new",
            "/projects/MONO/settings",
            "/tasks/MONO-12",
            "/tasks/MONO-12/edit",
            "/runs/run_01hv3v6k3e0123456789abcdef",
            "/sandboxes",
            "/sandboxes/sbx_01hv3v6k3e0123456789abcdef",
            "/validations",
            "/settings/members",
            "/workspaces/new",
            "/join/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "/reset/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "/settings/keys",
        ] {
            assert_eq!(Route::parse(path).map(|route| route.path()).as_deref(), Some(path));
        }
    }

    #[test]
    fn what_is_no_address_has_no_page() {
        for path in [
            "",
            "//",
            "/setup/",
            "/nothing",
            "/projects",
            "/projects/",
            "/projects/mono",
            "/projects/MONO/",
            "/projects/MONO/new/x",
            "/tasks/12",
            "/tasks/MONO-0",
            "/runs/sbx_01hv3v6k3e0123456789abcdef",
            "/runs/..",
            "/settings",
            "/join/0123",
            "/reset",
            "/reset/0123",
            "/workspaces",
            "/settings/other",
            "/sandboxes/run_01hv3v6k3e0123456789abcdef",
        ] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }
}
