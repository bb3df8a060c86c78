//! Invitations: links that let a person into a workspace, once.
//!
//! A link's token is shown when it is made and never again: only its hash is kept. It lets in nobody
//! any more once it was used or taken back, after its time, and when whoever made it couldn't make it
//! now.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::account::{Attempts, Email, User};
use crate::actor::{Permission, Role};
use crate::clock::Timestamp;
use crate::context::Caller;
use crate::error::{Refusal, Result};
use crate::event::{Event, EventBody};
use crate::ids::{InvitationId, UserId, WorkspaceId};
use crate::ports::Read;
use crate::views::PageRead;
use crate::workspace::{MemberEntry, Workspace};

mod accept;
mod invite;
mod letter;
mod renew;
mod revoke;
mod token;

pub use accept::{Accept, Joined, Joiner, accept};
pub use invite::{INVITATION_MS, Invite, Invited, MAX_OPEN, check_invite, invite};
pub use letter::Letter;
pub use renew::renew;
pub use revoke::revoke;
pub use token::LinkToken;

/// An invitation. What opens it is kept beside it, as a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The role that it gives.
    pub role: Role,
    /// The only email address whose person it lets in, where that was said.
    pub email: Option<Email>,
    /// Who made it.
    pub invited_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// What became of it.
    pub end: Option<InvitationEnd>,
    /// The version of the workspace's stream at which it was last changed.
    pub version: i64,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationEnd {
    /// Somebody joined by it.
    Accepted {
        /// Who.
        by: UserId,
        /// When.
        at: Timestamp,
    },
    /// It was taken back.
    Revoked {
        /// When.
        at: Timestamp,
    },
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It waits to be accepted.
    Open,
    /// Somebody joined by it.
    Accepted,
    /// It was taken back.
    Revoked,
    /// Its time is over.
    Expired,
    /// Whoever made it couldn't make it now.
    Withdrawn,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 5] =
        [Self::Open, Self::Accepted, Self::Revoked, Self::Expired, Self::Withdrawn];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Invitation {
    /// Where it stands, if whoever made it has this role now.
    pub fn standing(&self, inviter: Option<Role>, now: Timestamp) -> Standing {
        let may = |role: Role| role.allows(Permission::ManageMembers) && role >= self.role;
        match self.end {
            Some(InvitationEnd::Accepted { .. }) => Standing::Accepted,
            Some(InvitationEnd::Revoked { .. }) => Standing::Revoked,
            None if self.expires_at <= now => Standing::Expired,
            None if !inviter.is_some_and(may) => Standing::Withdrawn,
            None => Standing::Open,
        }
    }

    /// Every invitation of a workspace that its stream's events make, in their order.
    pub fn replay(events: &[Event]) -> Vec<Self> {
        let mut invitations: Vec<Self> = vec![];
        for event in events {
            let (ended, end) = match &event.body {
                EventBody::MemberInvited { invitation, role, email, expires_at } => {
                    if let crate::actor::Actor::User(invited_by) = event.actor {
                        invitations.push(Self {
                            id: *invitation,
                            workspace: event.workspace,
                            role: *role,
                            email: email.clone(),
                            invited_by,
                            created_at: event.at,
                            expires_at: *expires_at,
                            end: None,
                            version: event.version,
                        });
                    }
                    continue;
                }
                EventBody::InvitationRevoked { invitation } => {
                    (*invitation, InvitationEnd::Revoked { at: event.at })
                }
                EventBody::MemberJoined { user, invitation: Some(invitation), .. } => {
                    (*invitation, InvitationEnd::Accepted { by: *user, at: event.at })
                }
                _ => continue,
            };
            for invitation in invitations.iter_mut().filter(|each| each.id == ended) {
                (invitation.end, invitation.version) = (Some(end), event.version);
            }
        }
        invitations
    }
}

/// What making an invitation reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteScene {
    /// The workspace.
    pub workspace: Workspace,
    /// How many of its invitations wait to be accepted.
    pub open: u32,
    /// Whether a person with that email address is a member already.
    pub is_member: bool,
}

/// What looking at an invitation, taking it back and renewing it read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationScene {
    /// The workspace.
    pub workspace: Workspace,
    /// The invitation.
    pub entry: InvitationEntry,
    /// How many of the workspace's invitations wait to be accepted.
    pub open: u32,
}

/// What is behind a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinScene {
    /// The workspace.
    pub workspace: Workspace,
    /// The invitation.
    pub invitation: Invitation,
    /// The name of whoever made it.
    pub inviter: String,
    /// The role of whoever made it, unless they aren't a member any more.
    pub inviter_role: Option<Role>,
    /// Whether the person who wants in is a member already.
    pub is_member: bool,
}

impl JoinScene {
    /// Refuses unless the link lets somebody in now.
    ///
    /// # Errors
    /// [`Refusal::LinkOver`].
    pub fn check_open(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.invitation.standing(self.inviter_role, now) {
            Standing::Open => Ok(()),
            _ => Err(Refusal::LinkOver),
        }
    }

    /// Refuses everybody but the person whom it was made for.
    ///
    /// # Errors
    /// [`Refusal::OtherAddress`].
    pub fn check_address(&self, address: &str) -> Result<(), Refusal> {
        match &self.invitation.email {
            Some(email) if email.as_str() != address => Err(Refusal::OtherAddress),
            _ => Ok(()),
        }
    }
}

/// Somebody without a session who wants in. The store counts them in the same batch as it reads, as
/// somebody who signs in.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer<'a> {
    /// The email address that they gave.
    pub email: &'a Email,
    /// The network that they come from.
    pub network: &'a str,
}

/// What the store knows of a [`Newcomer`].
#[derive(Clone, Debug, Default)]
pub struct NewcomerScene {
    /// What is behind the link.
    pub join: Option<JoinScene>,
    /// The person with that address.
    pub user: Option<User>,
    /// The attempts from there and at that address, this one included.
    pub attempts: Attempts,
}

/// An invitation in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationEntry {
    /// The invitation.
    pub invitation: Invitation,
    /// The name of whoever made it.
    pub inviter: String,
    /// Where it stands.
    pub standing: Standing,
}

/// The people of a workspace and who was invited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembersPage {
    /// The members, by when they joined, at most [`MAX_SHOWN`].
    pub members: Vec<MemberEntry>,
    /// How many there are.
    pub count: u32,
    /// How many of them are owners.
    pub owners: u32,
    /// The invitations that nobody has accepted and that weren't taken back, newest first, for those
    /// who may invite.
    pub invitations: Vec<InvitationEntry>,
}

/// Most members on a page.
pub const MAX_SHOWN: u32 = 500;

/// The reads behind invitations. Each is one round trip.
#[async_trait]
pub trait InvitationStore {
    /// What making one for this address needs.
    async fn inviting(
        &self,
        caller: &Caller,
        email: Option<&Email>,
    ) -> Result<Read<Option<InviteScene>>>;
    /// One of the caller's workspace.
    async fn invitation(
        &self,
        caller: &Caller,
        id: InvitationId,
    ) -> Result<Read<Option<InvitationScene>>>;
    /// Those of the caller's workspace that nobody has accepted and that weren't taken back, newest
    /// first; after that one, at most `limit`.
    async fn invitations(
        &self,
        caller: &Caller,
        after: Option<InvitationId>,
        limit: u32,
    ) -> Result<Read<Vec<InvitationEntry>>>;
    /// What is behind the link whose token has this hash, whichever workspace it is, for the caller.
    async fn joining(&self, caller: &Caller, token: &[u8; 32]) -> Result<Read<Option<JoinScene>>>;
    /// As [`InvitationStore::joining`], for somebody without a session.
    async fn arriving(
        &self,
        token: &[u8; 32],
        newcomer: Newcomer<'_>,
        now: Timestamp,
    ) -> Result<NewcomerScene>;

    /// The page of people and invitations.
    async fn members_page(&self, caller: &Caller) -> Result<PageRead<MembersPage>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stands_while_its_maker_could_make_it() {
        let mut invitation = Invitation {
            id: "inv_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            workspace: "wsp_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            role: Role::Admin,
            email: None,
            invited_by: "usr_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            created_at: Timestamp(0),
            expires_at: Timestamp(10),
            end: None,
            version: 4,
        };
        let at = |invitation: &Invitation, role, now| invitation.standing(role, Timestamp(now));
        assert_eq!(at(&invitation, Some(Role::Admin), 9), Standing::Open);
        assert_eq!(at(&invitation, Some(Role::Owner), 9), Standing::Open);
        assert_eq!(at(&invitation, Some(Role::Member), 9), Standing::Withdrawn);
        assert_eq!(at(&invitation, None, 9), Standing::Withdrawn);
        assert_eq!(at(&invitation, Some(Role::Owner), 10), Standing::Expired);
        invitation.end = Some(InvitationEnd::Revoked { at: Timestamp(1) });
        assert_eq!(at(&invitation, Some(Role::Owner), 9), Standing::Revoked);
        invitation.role = Role::Viewer;
        invitation.end = None;
        assert_eq!(at(&invitation, Some(Role::Member), 9), Standing::Withdrawn);
    }
}
