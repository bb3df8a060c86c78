//! The people of a workspace, invitations and joining.

use domain::actor::Role;
use domain::invitation::Standing;

/// What the page is about.
pub const LEAD: &str = "Who is in this workspace and what each may do.";
/// Panel.
pub const PEOPLE: &str = "People";
/// Where more are in than are shown.
pub const MORE: &str = "Only the first 500 are shown.";
/// Beside oneself.
pub const YOU: &str = "You";
/// In front of a moment.
pub const JOINED: &str = "Joined";
/// A list's name.
#[must_use]
pub fn role_of(name: &str) -> String {
    format!("Role of {name}")
}
/// Button beside it.
pub const CHANGE: &str = "Change role";
/// The same, for screen readers.
#[must_use]
pub fn change(name: &str) -> String {
    format!("Change role of {name}")
}
/// Button.
pub const REMOVE: &str = "Remove";
/// The same, for screen readers.
#[must_use]
pub fn remove(name: &str) -> String {
    format!("Remove {name}")
}
/// Button.
pub const OFFER_RESET: &str = "Offer a reset link";
/// The same, for screen readers.
#[must_use]
pub fn offer_reset(name: &str) -> String {
    format!("Offer a reset link to {name}")
}
/// Above a link that resets a password.
#[must_use]
pub fn reset_made(name: &str) -> String {
    format!("A new password for {name}")
}
/// What to do with it.
#[must_use]
pub fn reset_advice(ends: &str) -> String {
    format!(
        "Copy the link and hand it over to them yourself: it isn't shown again. It works once, until \
         {ends}; they are signed out everywhere when they use it."
    )
}
/// Where the request was sent again.
pub const RESET_GONE: &str = "The link was made already";
/// What to do then.
pub const RESET_GONE_ADVICE: &str = "It was shown when it was made. If it is lost, offer another one: \
                                     only the newest works.";
/// Button.
pub const LEAVE: &str = "Leave";
/// Panel.
pub const INVITATIONS: &str = "Invitations";
/// Nothing in it.
pub const NO_INVITATIONS: &str = "Nobody is invited at the moment.";
/// Whom an invitation without an address is for.
pub const ANYBODY: &str = "Whoever has the link";
/// Button.
pub const REVOKE: &str = "Revoke";
/// The same, for screen readers.
#[must_use]
pub fn revoke(whom: &str) -> String {
    format!("Revoke the invitation for {whom}")
}
/// Button.
pub const RENEW: &str = "New link";
/// The same, for screen readers.
#[must_use]
pub fn renew(whom: &str) -> String {
    format!("New link for the invitation for {whom}")
}
/// The same, below an invitation that was made before.
pub const RENEW_SHOWN: &str = "Create a new link for it";
/// Who invited.
#[must_use]
pub fn invited_by(name: &str) -> String {
    format!("by {name},")
}
/// In front of the moment at which an invitation ends.
pub const UNTIL: &str = "Ends";
/// Where an invitation stands that waits no more.
#[must_use]
pub const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "Waits",
        Standing::Accepted => "Accepted",
        Standing::Revoked => "Revoked",
        Standing::Expired => "Expired",
        Standing::Withdrawn => "Lets nobody in: its maker may not invite so any more",
    }
}
/// Panel.
pub const INVITE_TITLE: &str = "Invite somebody";
/// What it does.
pub const INVITE_LEAD: &str = "You get a link that lets one person in within 7 days. It is shown \
                               once.";
/// Field.
pub const ROLE_LABEL: &str = "Role";
/// Field.
pub const EMAIL_LABEL: &str = "Email address";
/// Hint.
pub const EMAIL_HINT: &str = "With an address the link lets in nobody else.";
/// Button.
pub const INVITE: &str = "Create link";
/// Above a link.
pub const LINK_TITLE: &str = "The invitation is ready";
/// What to do with it.
pub const LINK_ADVICE: &str = "Copy the link and hand it over yourself: it isn't shown again.";
/// The same where a letter was sent.
pub const LINK_SENT: &str = "It was sent. You can hand the link over yourself, too: it isn't shown \
                             again.";
/// Field.
pub const LINK_LABEL: &str = "Link";
/// Where the request was sent again.
pub const LINK_GONE: &str = "The invitation was made already";
/// What to do then.
pub const LINK_GONE_ADVICE: &str = "Its link was shown once, in answer to the first time the form was \
                                    sent. If you didn't see it, create a new one: the first lets \
                                    nobody in then.";

/// Heading of an invitation's page.
pub const JOIN_TITLE: &str = "You are invited";
/// What it says.
#[must_use]
pub fn join_lead(inviter: &str, workspace: &str, role: Role) -> String {
    let role = match role {
        Role::Viewer => "a viewer",
        Role::Member => "a member",
        Role::Admin => "an admin",
        Role::Owner => "an owner",
    };
    format!("{inviter} asks you to join {workspace} as {role}.")
}
/// Somebody who is in already.
#[must_use]
pub fn member_already(workspace: &str) -> String {
    format!("You are a member of {workspace} already.")
}
/// Where the invitation is for one address.
pub const FOR_ONE: &str = "The invitation is for one email address: use the one it was sent to.";
/// Button of whoever is signed in.
#[must_use]
pub fn join_as(name: &str) -> String {
    format!("Join as {name}")
}
/// Below it.
#[must_use]
pub fn not_you(email: &str) -> String {
    format!("You are signed in as {email}. To join as somebody else, sign out first.")
}
/// Heading.
pub const NEW_HERE: &str = "New here";
/// Button.
pub const JOIN_NEW: &str = "Create account and join";
/// Heading.
pub const KNOWN_HERE: &str = "I have an account";
/// Button.
pub const JOIN_KNOWN: &str = "Sign in and join";
/// Heading of a link that lets nobody in.
pub const OVER_TITLE: &str = "This link doesn't let anybody in";
/// What to do.
pub const OVER_ADVICE: &str = "It may have been used already, taken back, or be too old. If you just \
                               joined, sign in. Otherwise ask whoever sent it for a new one.";
/// Link.
pub const TO_WORK: &str = "Go to my work";
