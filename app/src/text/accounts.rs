//! Setting up and signing in.

/// Heading of the first visit.
pub const SET_UP_TITLE: &str = "Set up MonoTask";
/// What it does.
pub const SET_UP_LEAD: &str = "Nobody has been here yet. Create your workspace; you become its \
                               owner.";
/// Its button.
pub const SET_UP: &str = "Create workspace";
/// Field.
pub const WORKSPACE_LABEL: &str = "Workspace";
/// Hint.
pub const WORKSPACE_HINT: &str = "Your team's name, as its members know it.";
/// Field.
pub const NAME_LABEL: &str = "Your name";
/// Hint.
pub const NAME_HINT: &str = "Shown beside what you do.";
/// Field.
pub const EMAIL_LABEL: &str = "Email address";
/// Field.
pub const PASSWORD_LABEL: &str = "Password";
/// Hint where one is chosen.
pub const PASSWORD_HINT: &str = "At least 12 characters. A few unrelated words make a good one.";
/// Field.
pub const SETUP_TOKEN_LABEL: &str = "Setup token";
/// Hint.
pub const SETUP_TOKEN_HINT: &str = "Whoever deployed this installation set it as SETUP_TOKEN. It \
                                    keeps strangers from claiming it.";

/// Heading.
pub const SIGN_IN_TITLE: &str = "Sign in";
/// Its button.
pub const SIGN_IN: &str = "Sign in";
/// Below the form.
pub const SIGN_IN_HELP: &str = "Can't sign in? An owner or admin of your workspace can help.";

/// After a new password was chosen by a link.
pub const CHANGED_TITLE: &str = "Your password was changed";
/// What it means.
pub const CHANGED_ADVICE: &str = "You were signed out everywhere. Sign in with the new one.";

/// Heading of the page behind a reset link.
pub const RESET_TITLE: &str = "Choose a new password";
/// Whom it is for.
#[must_use]
pub fn reset_lead(name: &str, workspace: &str) -> String {
    format!("This link is for {name} in {workspace}.")
}
/// Field.
pub const NEW_PASSWORD_LABEL: &str = "New password";
/// Its button.
pub const RESET: &str = "Set password";
/// In front of the moment at which the link ends.
pub const RESET_ENDS: &str = "The link works once and ends";
/// What it does.
pub const RESET_EFFECT: &str = "A new password signs you out everywhere; your API keys stay.";
/// Heading of a link that was used.
pub const RESET_USED_TITLE: &str = "This link was used already";
/// What to do.
pub const RESET_USED_ADVICE: &str = "The password was changed since it was made. If that was you, \
                                     sign in with the new one. If it wasn't, tell an owner or admin \
                                     of your workspace at once.";
/// Heading of a link whose time is over.
pub const RESET_EXPIRED_TITLE: &str = "This link has expired";
/// What to do.
pub const RESET_EXPIRED_ADVICE: &str = "A link works for a day. Ask whoever gave it to you for a new \
                                        one.";
/// Heading of what is no link that works.
pub const RESET_VOID_TITLE: &str = "This link doesn't work";
/// What to do.
pub const RESET_VOID_ADVICE: &str = "It may have been replaced by a newer one, or not be whole: copy \
                                     all of it. Otherwise ask whoever gave it to you for a new one.";

/// Heading of the page that keeps what was typed.
pub const SIGNED_OUT_TITLE: &str = "You were signed out";
/// The way back in.
pub const SIGN_IN_ELSEWHERE: &str = "Sign in in another tab";
/// Its button.
pub const SEND_AGAIN: &str = "Send it again";
/// The way back where nothing was typed.
pub const OPEN_PAGE: &str = "Open the page";

/// The label of a field that was typed into, by its name in the form. A field without one is a choice
/// that is sent along unseen.
#[must_use]
pub fn typed_label(name: &str) -> Option<&'static str> {
    use super::{projects, task, tasks};
    Some(match name {
        "title" => tasks::TITLE_LABEL,
        "description" => tasks::DESCRIPTION_LABEL,
        "labels" => tasks::LABELS_LABEL,
        "steps" => tasks::STEPS_LABEL,
        "artifacts" => tasks::ARTIFACTS_LABEL,
        "name" => projects::NAME_LABEL,
        "key" => projects::KEY_LABEL,
        "repository_url" => projects::URL_LABEL,
        "commands" => projects::COMMANDS_LABEL,
        "reports" => projects::REPORTS_LABEL,
        "reason" => task::REASON_LABEL,
        _ => return None,
    })
}
