//! Workspaces and who belongs to them.

use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Role};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::Result;
use crate::event::{Event, EventBody, Head, Stream};
use crate::ids::{UserId, WorkspaceId};
use crate::listing::ListedWorkspace;
use crate::write_batch::{Row, WriteBatch};

mod add_member;
mod change_role;
mod create;
mod open;
mod origins;
mod remove_member;
mod scenes;
mod settings;
mod switch;

pub use add_member::{AddMember, add_member};
pub use change_role::{ChangeRole, change_role, check_change_role, check_role};
pub use create::{CreateWorkspace, MAX_WORKSPACES, create};
pub(crate) use open::found;
pub use open::{OpenWorkspace, open};
pub use origins::{MAX_ORIGINS, parse_origin};
pub use remove_member::{
    Left, RemoveMember, check_leave, check_remove_member, leave, remove_member,
};
pub use scenes::{
    MemberEntry, MemberList, MemberScene, WorkspaceLink, WorkspaceScene, WorkspaceStore,
};
pub use settings::{ChangeSettings, change_settings};
pub use switch::switch;

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// When it began.
    pub created_at: Timestamp,
    /// The version of its stream at which its name or its allowed origins were last changed.
    pub settings_version: i64,
    /// Where its stream stands.
    pub head: Head,
}

impl Workspace {
    /// The workspace that its stream's events make; none when it never began.
    pub fn replay(events: &[Event]) -> Option<Self> {
        let first = events.first()?;
        let EventBody::WorkspaceCreated { name } = &first.body else {
            return None;
        };
        let renamed = events.iter().rev().find_map(|event| match &event.body {
            EventBody::WorkspaceRenamed { name } => Some(name),
            _ => None,
        });
        let name = renamed.unwrap_or(name).clone();
        let is_setting = |event: &&Event| {
            use EventBody::{AllowedOriginsChanged, WorkspaceRenamed};
            matches!(event.body, WorkspaceRenamed { .. } | AllowedOriginsChanged { .. })
        };
        let settings_version = events.iter().rev().find(is_setting).unwrap_or(first).version;
        let head = events.last().map_or_else(Head::start, Event::head);
        Some(Self { id: first.workspace, name, created_at: first.at, settings_version, head })
    }

    /// Appends an event to its stream and writes the row that follows from it.
    pub(crate) fn record(
        mut self,
        ctx: &Context,
        batch: &mut WriteBatch,
        actor: Actor,
        body: EventBody,
    ) -> Result<i64> {
        let version = self.note(ctx, batch, actor, body)?;
        batch.rows.push(Row::Workspace(self));
        Ok(version)
    }

    /// Appends one of several events to its stream; the row is written after the last.
    pub(crate) fn note(
        &mut self,
        ctx: &Context,
        batch: &mut WriteBatch,
        actor: Actor,
        body: EventBody,
    ) -> Result<i64> {
        let stream = Stream::Workspace(self.id);
        if let EventBody::WorkspaceRenamed { name } = &body {
            self.name.clone_from(name);
        }
        let is_setting = matches!(
            body,
            EventBody::WorkspaceRenamed { .. } | EventBody::AllowedOriginsChanged { .. }
        );
        batch.append(&mut self.head, stream, actor, ctx.now(), body)?;
        let version = self.head.version;
        if is_setting {
            self.settings_version = version;
        }
        Ok(version)
    }

    /// As a member with this role sees it in a list, where it is the one that is open.
    pub(crate) fn listed(self, role: Role, origins: Vec<String>) -> ListedWorkspace {
        ListedWorkspace {
            id: self.id,
            name: self.name,
            role,
            is_current: true,
            created_at: self.created_at,
            origins,
            version: self.settings_version,
        }
    }
}

/// A person's place in a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The person.
    pub user: UserId,
    /// Their role.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// The version of the workspace's stream at which this was last changed.
    pub version: i64,
}

impl Membership {
    /// Everybody that a workspace's stream lets in, in their order.
    pub fn replay(events: &[Event]) -> Vec<Self> {
        let mut members: Vec<Self> = vec![];
        for event in events {
            let version = event.version;
            match event.body {
                EventBody::MemberJoined { user, role, .. } => {
                    let (workspace, joined_at) = (event.workspace, event.at);
                    members.push(Self { workspace, user, role, joined_at, version });
                }
                EventBody::MemberRoleChanged { user, to, .. } => {
                    for member in members.iter_mut().filter(|member| member.user == user) {
                        (member.role, member.version) = (to, version);
                    }
                }
                EventBody::MemberRemoved { user } => members.retain(|member| member.user != user),
                _ => {}
            }
        }
        members
    }
}
