//! What no command of the model needs of accounts, keys and the audit log.

use async_trait::async_trait;
use domain::account::{
    AccountDeed, AccountStore, OfferScene, PasswordScene, ResetLink, ResetScene, SessionSummary,
};
use domain::api_key::{ApiKeyStore, KeyFilter, KeyList, KeyScene, KeySummary, NewKeyScene};
use domain::audit::{AuditEntry, AuditFilter, AuditList, AuditStore};
use domain::context::Caller;
use domain::ids::{ApiKeyId, AuditId, ProjectId, SessionId, UserId};
use domain::ports::Read;
use domain::views::PageRead;
use domain::{Error, Result, Timestamp};

use super::MemoryStore;

#[async_trait]
impl AccountStore for MemoryStore {
    async fn begin_password_change(&self, _: &Caller) -> Result<Read<Option<PasswordScene>>> {
        Err(Error::Internal)
    }
    async fn reset_to_offer(&self, _: &Caller, _: UserId) -> Result<Read<Option<OfferScene>>> {
        Err(Error::Internal)
    }
    async fn reset_link(&self, _: [u8; 32], _: Timestamp) -> Result<ResetLink> {
        Err(Error::Internal)
    }
    async fn begin_reset(&self, _: [u8; 32], _: &str, _: Timestamp) -> Result<ResetScene> {
        Err(Error::Internal)
    }
    async fn session_list(&self, _: &Caller) -> Result<PageRead<Vec<SessionSummary>>> {
        Err(Error::Internal)
    }
    async fn sessions(
        &self,
        _: &Caller,
        _: Option<SessionId>,
        _: u32,
    ) -> Result<Read<Vec<SessionSummary>>> {
        Err(Error::Internal)
    }
    async fn has_session(&self, _: &Caller, _: SessionId) -> Result<Read<bool>> {
        Err(Error::Internal)
    }
    async fn change_account(&self, _: AccountDeed) -> Result<()> {
        Err(Error::Internal)
    }
}

#[async_trait]
impl ApiKeyStore for MemoryStore {
    async fn key_to_create(
        &self,
        _: &Caller,
        _: Option<ProjectId>,
    ) -> Result<Read<Option<NewKeyScene>>> {
        Err(Error::Internal)
    }
    async fn key_to_revoke(&self, _: &Caller, _: ApiKeyId) -> Result<Read<Option<KeyScene>>> {
        Err(Error::Internal)
    }
    async fn api_keys(&self, _: &Caller, _: &KeyFilter) -> Result<PageRead<KeyList>> {
        Err(Error::Internal)
    }
    async fn api_key(&self, _: &Caller, _: ApiKeyId) -> Result<Read<Option<KeySummary>>> {
        Err(Error::Internal)
    }
    async fn note_key_used(&self, _: ApiKeyId, _: Timestamp) -> Result<()> {
        Err(Error::Internal)
    }
}

#[async_trait]
impl AuditStore for MemoryStore {
    async fn audit_list(&self, _: &Caller, _: &AuditFilter) -> Result<PageRead<AuditList>> {
        Err(Error::Internal)
    }
    async fn audit_entries(&self, _: &Caller, _: &AuditFilter) -> Result<Read<AuditList>> {
        Err(Error::Internal)
    }
    async fn note_refusal(&self, _: &AuditEntry) -> Result<()> {
        Err(Error::Internal)
    }
    async fn note_refused_key(&self, _: &Caller, _: AuditId) -> Result<()> {
        Err(Error::Internal)
    }
}
