//! The log as programs read it: in order, from wherever they are, without what isn't theirs to know.

use async_trait::async_trait;
use serde_json::Value;

use crate::actor::{Member, Permission};
use crate::context::Caller;
use crate::error::{Error, Result};
use crate::event::{Event, EventBody};
use crate::ports::Read;

/// How far past its cursor a read looks at most. One that is confined to a project may find nothing of
/// it there, and goes on behind.
pub const LONGEST_STRETCH: i64 = 1_000;
/// Most bytes of the bodies of one page's events together, but for a first one that is larger.
pub const MOST_BYTES: i64 = 1_000_000;

/// A stretch of a workspace's log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventPage {
    /// The events that the caller may read, with their place in the log, in its order.
    pub events: Vec<(i64, Event)>,
    /// How far the log has been read: the cursor to go on from. Nothing up to it is left out that the
    /// caller may read.
    pub through: i64,
}

/// What is read of the log.
#[async_trait]
pub trait EventFeed {
    /// The caller's workspace's events after `after`, at most `limit`; for a key that is for one project
    /// only that project's.
    async fn events_page(&self, caller: &Caller, after: i64, limit: u32)
    -> Result<Read<EventPage>>;
}

/// An event's body as this reader may see it. Bodies hold no secrets at all; what is taken out concerns
/// people rather than work.
///
/// # Errors
/// `Internal` when it can't be written as JSON.
pub fn told(event: &Event, reader: &Member) -> Result<Value> {
    let mut body = serde_json::to_value(&event.body).map_err(|_| Error::Internal)?;
    let manages = reader.check(Permission::ManageMembers).is_ok();
    for field in withheld(&event.body, reader, manages) {
        if let Value::Object(fields) = &mut body {
            fields.remove(*field);
        }
    }
    Ok(body)
}

/// The fields that this reader isn't told. Each event is listed, so that nobody forgets to decide about
/// a new one.
fn withheld(body: &EventBody, reader: &Member, manages: bool) -> &'static [&'static str] {
    match body {
        // Of somebody who isn't a member yet.
        EventBody::MemberInvited { .. } if !manages => &["email"],
        EventBody::PasswordResetOffered { user } if !manages && *user != reader.user => &["user"],
        EventBody::ApiKeyCreated(created) if !manages && created.user != reader.user => {
            &["name", "prefix", "scopes", "project", "expires_at"]
        }
        EventBody::InstallationSetUp { .. }
        | EventBody::WorkspaceCreated { .. }
        | EventBody::MemberJoined { .. }
        | EventBody::WorkspaceRenamed { .. }
        | EventBody::AllowedOriginsChanged { .. }
        | EventBody::MemberInvited { .. }
        | EventBody::InvitationRevoked { .. }
        | EventBody::MemberRoleChanged { .. }
        | EventBody::MemberRemoved { .. }
        | EventBody::PasswordResetOffered { .. }
        | EventBody::ApiKeyCreated(_)
        | EventBody::ApiKeyRevoked { .. }
        | EventBody::AgentAdded { .. }
        | EventBody::ProjectCreated { .. }
        | EventBody::SourceUploaded { .. }
        | EventBody::GateChanged { .. }
        | EventBody::TaskCreated(_)
        | EventBody::TaskEdited { .. }
        | EventBody::TaskMoved { .. }
        | EventBody::ValidationsOpened { .. }
        | EventBody::ValidationDecided { .. }
        | EventBody::ValidationsStaled { .. }
        | EventBody::RunQueued(_)
        | EventBody::RunClaimed { .. }
        | EventBody::RunStarted
        | EventBody::RunCancelRequested
        | EventBody::EvidenceCaptured { .. }
        | EventBody::RunEnded { .. }
        | EventBody::LateReportRecorded { .. }
        | EventBody::SandboxRequested(_)
        | EventBody::SandboxMoved { .. }
        | EventBody::CommandRequested(_)
        | EventBody::CommandStarted { .. }
        | EventBody::CommandEnded { .. } => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Email;
    use crate::actor::{Actor, KeyGrant, Role, Via};
    use crate::clock::Timestamp;
    use crate::event::{ApiKeyCreated, Head, Stream};
    use crate::scope::{Scope, Scopes};

    const WORKSPACE: &str = "wsp_01hv3v6k3e0123456789abcdef";
    const ONE: &str = "usr_01hv3v6k3e0123456789abcdef";
    const OTHER: &str = "usr_01hv3v6k3e0123456789abcdeg";

    fn reader(user: &str, role: Role, scopes: Option<&[Scope]>) -> Member {
        let grant = scopes.map(|scopes| KeyGrant {
            key: "key_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            scopes: scopes.iter().copied().collect(),
            project: None,
            expires_at: None,
            origins: vec![],
        });
        let session = "ses_01hv3v6k3e0123456789abcdef";
        Member {
            via: grant.map_or_else(|| Via::Session(session.parse().unwrap()), Via::Key),
            workspace: WORKSPACE.parse().unwrap(),
            workspace_name: String::new(),
            user: user.parse().unwrap(),
            name: String::new(),
            email: String::new(),
            role,
        }
    }

    fn event(body: EventBody) -> Event {
        let workspace = WORKSPACE.parse().unwrap();
        let actor = Actor::User(ONE.parse().unwrap());
        Event::next(
            &Head::start(),
            workspace,
            Stream::Workspace(workspace),
            actor,
            Timestamp(1),
            body,
        )
        .unwrap()
    }

    #[test]
    fn what_concerns_people_is_told_to_who_manages_them() {
        let email = Some(Email::parse("new@example.org").unwrap());
        let invited = event(EventBody::MemberInvited {
            invitation: "inv_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            role: Role::Member,
            email,
            expires_at: Timestamp(2),
        });
        let admin = told(&invited, &reader(ONE, Role::Admin, None)).unwrap();
        assert_eq!(admin["email"], "new@example.org");
        for reader in [
            reader(OTHER, Role::Member, None),
            // A program that only reads, in an owner's name.
            reader(ONE, Role::Owner, Some(&[Scope::Read])),
        ] {
            let body = told(&invited, &reader).unwrap();
            assert!(body.get("email").is_none(), "{body}");
            assert_eq!(body["type"], "member_invited");
        }
    }

    #[test]
    fn a_key_is_told_to_its_owner() {
        let created = event(EventBody::ApiKeyCreated(Box::new(ApiKeyCreated {
            key: "key_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            user: ONE.parse().unwrap(),
            name: "Deploys".to_owned(),
            prefix: "mt_01234567".to_owned(),
            scopes: Scopes::all(),
            project: None,
            expires_at: None,
            made_by: None,
        })));
        let own = told(&created, &reader(ONE, Role::Viewer, None)).unwrap();
        assert_eq!(own["prefix"], "mt_01234567");
        let others = told(&created, &reader(OTHER, Role::Member, None)).unwrap().to_string();
        assert!(!others.contains("Deploys") && !others.contains("mt_"), "{others}");
    }
}
