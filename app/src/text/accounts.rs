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
