//! What carrying out a form needs beyond the domain's context.

use async_trait::async_trait;
use domain::Result;
use domain::ports::Passwords;

/// Where uploaded sources are kept, under the hash of their bytes.
#[async_trait]
pub trait SourceVault: Send + Sync {
    /// Keeps the bytes; the same bytes again change nothing.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    async fn put(&self, bytes: &[u8]) -> Result<StoredSource>;
}

/// A source that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSource {
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

/// What carrying out a form needs beyond the domain's context.
#[derive(Clone, Copy)]
pub struct Services<'a> {
    /// Password hashing.
    pub passwords: &'a dyn Passwords,
    /// Where uploaded sources are kept.
    pub sources: &'a dyn SourceVault,
    /// Whether this visitor may set the installation up: they are on this machine, or the form's
    /// `setup_token` is the installation's.
    pub may_set_up: bool,
    /// The network address that the request came from.
    pub address: &'a str,
    /// The browser, as it named itself.
    pub device: &'a str,
}
