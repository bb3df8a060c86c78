//! A person's own account: their name, password and sessions.

/// Profile.
pub const PROFILE_LEAD: &str = "How others see you here, and the password that you sign in with.";
/// Panel.
pub const NAME_TITLE: &str = "Name";
/// Field.
pub const NAME_LABEL: &str = "Your name";
/// Hint.
pub const NAME_HINT: &str = "Shown beside what you do.";
/// Fact.
pub const EMAIL_LABEL: &str = "Email address";
/// Button.
pub const SAVE_NAME: &str = "Save name";
/// Panel.
pub const PASSWORD_TITLE: &str = "Password";
/// What it does.
pub const PASSWORD_LEAD: &str =
    "A new password signs you out everywhere but here. Your API keys stay.";
/// Field.
pub const PRESENT_LABEL: &str = "Present password";
/// Field.
pub const NEW_LABEL: &str = "New password";
/// Hint.
pub const NEW_HINT: &str = "At least 12 characters. A few words that only you would put together.";
/// Button.
pub const CHANGE_PASSWORD: &str = "Change password";
/// Sessions.
pub const SESSIONS_LEAD: &str = "The browsers that you are signed in with, in all your workspaces. End \
                                 one that you don't know, then change your password.";
/// Table.
pub const SESSIONS_TITLE: &str = "Signed-in browsers";
/// Column.
pub const COLUMN_BROWSER: &str = "Browser";
/// Column.
pub const COLUMN_NETWORK: &str = "Network";
/// Column.
pub const COLUMN_WORKSPACE: &str = "Workspace";
/// Column.
pub const COLUMN_SINCE: &str = "Signed in";
/// The session that asks.
pub const THIS_ONE: &str = "This one";
/// Button.
pub const END: &str = "Sign out";
/// Button.
pub const END_OTHERS: &str = "Sign out all others";
/// Nothing noted it.
pub const UNKNOWN_NETWORK: &str = "Unknown";
/// Nothing recognises it.
pub const UNKNOWN_BROWSER: &str = "An unknown program";

/// The label of a row's button for screen readers.
#[must_use]
pub fn end_label(browser: &str) -> String {
    format!("Sign out {browser}")
}

/// A browser in words, from what it calls itself. Browsers pretend to be each other, so the more
/// telling names are asked for first; one that none fits is shown as it named itself.
#[must_use]
pub fn browser(agent: &str) -> String {
    let known = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    let browser = known(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("HeadlessChrome/", "Chrome without a window"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = known(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) if agent.trim().is_empty() => UNKNOWN_BROWSER.to_owned(),
        (None, _) => agent.chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn a_browser_is_told_by_its_most_telling_name() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/120.0.0.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome on Linux");
        assert_eq!(browser(&format!("{chrome} Edg/120.0")), "Edge on Linux");
        assert_eq!(browser("curl/8.5.0"), "curl/8.5.0");
        assert_eq!(browser(" "), "An unknown program");
    }
}
