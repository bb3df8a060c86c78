//! Workspaces and people, which aren't part of what is modelled: their use cases are held to the store's
//! contract.

use async_trait::async_trait;
use domain::account::Email;
use domain::context::Caller;
use domain::ids::{InvitationId, UserId, WorkspaceId};
use domain::invitation::{
    InvitationEntry, InvitationScene, InvitationStore, InviteScene, JoinScene, MembersPage,
    Newcomer, NewcomerScene,
};
use domain::ports::Read;
use domain::views::PageRead;
use domain::workspace::{MemberList, MemberScene, WorkspaceLink, WorkspaceScene, WorkspaceStore};
use domain::{Error, Result, Timestamp};

use super::MemoryStore;

#[async_trait]
impl WorkspaceStore for MemoryStore {
    async fn workspace(&self, _: &Caller) -> Result<Read<Option<WorkspaceScene>>> {
        Err(Error::Internal)
    }
    async fn member(&self, _: &Caller, _: Option<UserId>) -> Result<Read<Option<MemberScene>>> {
        Err(Error::Internal)
    }
    async fn members(&self, _: &Caller, _: Option<UserId>, _: u32) -> Result<Read<MemberList>> {
        Err(Error::Internal)
    }
    async fn workspaces(&self, _: &Caller) -> Result<Read<Vec<WorkspaceLink>>> {
        Err(Error::Internal)
    }
    async fn move_session(&self, _: &Caller, _: WorkspaceId) -> Result<Read<bool>> {
        Err(Error::Internal)
    }
    async fn workspace_page(&self, _: &Caller) -> Result<PageRead<WorkspaceScene>> {
        Err(Error::Internal)
    }
}

#[async_trait]
impl InvitationStore for MemoryStore {
    async fn inviting(&self, _: &Caller, _: Option<&Email>) -> Result<Read<Option<InviteScene>>> {
        Err(Error::Internal)
    }
    async fn invitation(
        &self,
        _: &Caller,
        _: InvitationId,
    ) -> Result<Read<Option<InvitationScene>>> {
        Err(Error::Internal)
    }
    async fn invitations(
        &self,
        _: &Caller,
        _: Option<InvitationId>,
        _: u32,
    ) -> Result<Read<Vec<InvitationEntry>>> {
        Err(Error::Internal)
    }
    async fn joining(&self, _: &Caller, _: &[u8; 32]) -> Result<Read<Option<JoinScene>>> {
        Err(Error::Internal)
    }
    async fn arriving(&self, _: &[u8; 32], _: Newcomer<'_>, _: Timestamp) -> Result<NewcomerScene> {
        Err(Error::Internal)
    }
    async fn members_page(&self, _: &Caller) -> Result<PageRead<MembersPage>> {
        Err(Error::Internal)
    }
}
