//! What stands around every page, and the pages that say why there is none.

use crate::theme::Theme;

/// The product.
pub const PRODUCT: &str = "MonoTask";
/// What it is for, in one sentence.
pub const PURPOSE: &str = "Hand coding tasks to agents, watch them run in sandboxes, and accept \
                           only the work whose evidence passed its gates.";
/// The first stop of the Tab key.
pub const SKIP: &str = "Skip to content";
/// The navigation's name for screen readers.
pub const NAVIGATION: &str = "Main";
/// The name of the bar at the foot of phones.
pub const PHONE_NAVIGATION: &str = "Places";
/// The name of the line that says where a page stands.
pub const CRUMBS: &str = "Where this page stands";
/// Link to *My work*.
pub const MY_WORK: &str = "My work";
/// Link to the validations.
pub const VALIDATIONS: &str = "Validations";
/// Link to the sandboxes.
pub const SANDBOXES: &str = "Sandboxes";
/// Heading above the projects.
pub const PROJECTS: &str = "Projects";
/// Link to the form that creates a project.
pub const NEW_PROJECT: &str = "New project";
/// Button that signs out.
pub const SIGN_OUT: &str = "Sign out";
/// The menu's button on phones.
pub const MENU: &str = "Menu";
/// The theme picker's name.
pub const THEME: &str = "Theme";
/// In front of the request's id.
pub const REQUEST: &str = "Request";

/// Behind the label of a field that may stay empty.
pub const OPTIONAL: &str = "optional";
/// Somebody who isn't in the workspace any more.
pub const SOMEBODY: &str = "a former member";

/// Nothing at this address.
pub const MISSING_TITLE: &str = "There is nothing here";
/// What to do then.
pub const MISSING_ADVICE: &str = "The address may be mistyped, or what it named may be gone or not \
                                  shared with you.";
/// The role lacks the permission.
pub const FORBIDDEN_TITLE: &str = "Your role doesn't allow this";
/// The way out of a page that isn't there.
pub const TO_MY_WORK: &str = "Go to my work";

/// A theme.
#[must_use]
pub const fn theme(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "System",
        Theme::Light => "Light",
        Theme::Dark => "Dark",
    }
}

/// A document's title: the page's, then the product's name.
#[must_use]
pub fn document_title(page: &str) -> String {
    format!("{page} · {PRODUCT}")
}

/// How many tasks wait, for screen readers beside the number.
#[must_use]
pub fn waiting(count: i64) -> String {
    let count = u64::try_from(count).unwrap_or(0);
    super::amounts::counted(count, "task waits for a decision", "tasks wait for a decision")
}
