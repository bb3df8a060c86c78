//! What is sent to people.

use super::LinkToken;
use crate::account::Email;
use crate::actor::Role;
use crate::clock::Timestamp;

/// A letter.
#[derive(Clone, Debug)]
pub enum Letter {
    /// Somebody is invited.
    Invitation {
        /// Whom it is for.
        to: Email,
        /// The workspace's name.
        workspace: String,
        /// The name of whoever invites.
        inviter: String,
        /// The role that waits for them.
        role: Role,
        /// What the link holds.
        token: LinkToken,
        /// When the link ends.
        expires_at: Timestamp,
    },
}
