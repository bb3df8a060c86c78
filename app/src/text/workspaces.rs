//! Workspaces: founding, switching, their settings.

/// The switcher's name.
pub const SWITCHER: &str = "Workspaces";
/// The button that opens it.
#[must_use]
pub fn switch_from(workspace: &str) -> String {
    format!("Workspace {workspace}: switch or found another")
}
/// Beside the one that is open.
pub const OPEN_NOW: &str = "open now";
/// Link to the form.
pub const NEW: &str = "New workspace";
/// Heading of the form.
pub const NEW_TITLE: &str = "New workspace";
/// What it does.
pub const NEW_LEAD: &str = "A place of its own, with its own people, projects and tasks. You become \
                            its owner.";
/// Its button.
pub const CREATE: &str = "Create workspace";
/// What settings there are.
pub const SETTINGS_LEAD: &str = "What holds for everybody in this workspace.";
/// Panel.
pub const NAME_TITLE: &str = "Name";
/// Field.
pub const NAME_LABEL: &str = "Workspace name";
/// Its button.
pub const RENAME: &str = "Rename";
/// Panel.
pub const ORIGINS_TITLE: &str = "Other sites";
/// What it is.
pub const ORIGINS_LEAD: &str = "Pages of these sites may call the API from a browser, with an API \
                                key. No other site's pages may.";
/// Field.
pub const ORIGINS_LABEL: &str = "Allowed origins";
/// Hint.
pub const ORIGINS_HINT: &str = "One a line, at most 20: scheme and host, and the port where it isn't \
                                the usual one. No paths, no wildcards.";
/// Example.
pub const ORIGINS_EXAMPLE: &str = "https://dashboard.example.org";
/// Its button.
pub const ORIGINS_SAVE: &str = "Save origins";
/// After a conflict.
pub const NOW_THERE: &str = "What is there now";
/// Panel.
pub const LEAVE_TITLE: &str = "Leave";
/// What it does.
pub const LEAVE_LEAD: &str = "You lose sight of everything here at once, and your API keys for this \
                              workspace end. Only a new invitation brings you back.";
/// Its button.
pub const LEAVE: &str = "Leave workspace";
