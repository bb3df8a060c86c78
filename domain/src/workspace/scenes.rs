//! What the use cases about workspaces and their people read.

use async_trait::async_trait;

use crate::actor::Role;
use crate::context::Caller;
use crate::error::Result;
use crate::ids::{UserId, WorkspaceId};
use crate::ports::Read;
use crate::views::PageRead;
use crate::workspace::{Membership, Workspace};

/// The caller's workspace and its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceScene {
    /// The workspace.
    pub workspace: Workspace,
    /// The origins of other sites whose pages may use the API, in their order.
    pub origins: Vec<String>,
    /// How many owners it has.
    pub owners: u32,
}

/// A member as others see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberEntry {
    /// Their place.
    pub membership: Membership,
    /// Their name.
    pub name: String,
    /// Their email address.
    pub email: String,
    /// Whether they belong to another workspace as well.
    pub is_elsewhere: bool,
}

/// What changing a member's place reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberScene {
    /// The workspace.
    pub workspace: Workspace,
    /// The member.
    pub entry: MemberEntry,
    /// How many owners the workspace has.
    pub owners: u32,
    /// Another workspace of theirs: the one they joined first.
    pub elsewhere: Option<WorkspaceId>,
}

/// A workspace that a person is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceLink {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Their role there.
    pub role: Role,
}

/// A page of the people of a workspace.
pub type MemberList = Vec<MemberEntry>;

/// The reads behind workspaces and their people. Each is one round trip and gives only what the
/// caller's own workspace holds.
#[async_trait]
pub trait WorkspaceStore {
    /// The caller's workspace.
    async fn workspace(&self, caller: &Caller) -> Result<Read<Option<WorkspaceScene>>>;
    /// A member of the caller's workspace, the caller themselves unless somebody is named, and what
    /// changing their place needs.
    async fn member(
        &self,
        caller: &Caller,
        user: Option<UserId>,
    ) -> Result<Read<Option<MemberScene>>>;
    /// The members, by when they joined; after that one, at most `limit`.
    async fn members(
        &self,
        caller: &Caller,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Read<MemberList>>;
    /// The workspaces that the caller is in, by name; for a key only its own.
    async fn workspaces(&self, caller: &Caller) -> Result<Read<Vec<WorkspaceLink>>>;
    /// Lets the caller's session have another workspace open, which they must be a member of. Gives
    /// who they are, and whether it does now.
    async fn move_session(&self, caller: &Caller, to: WorkspaceId) -> Result<Read<bool>>;

    /// The page of the workspace's own settings.
    async fn workspace_page(&self, caller: &Caller) -> Result<PageRead<WorkspaceScene>>;
}
