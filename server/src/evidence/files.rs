//! The bytes of kept files, as handlers see them.

use async_trait::async_trait;
use domain::Result;
use domain::run::{Evidence, KeptFile, OfferedFile};

use super::{Incoming, Part};

/// Where the bytes of kept files are, under their hash.
#[async_trait]
pub trait EvidenceFiles: Send + Sync {
    /// Room in memory for one body that is read whole, until it is dropped; none when there is none
    /// left.
    fn room(&self) -> Option<Box<dyn Send + Sync>>;

    /// Keeps these bytes, as they come, if they are what the file announces.
    ///
    /// # Errors
    /// As [`domain::run::EvidenceVault::keep`].
    async fn keep(&self, file: &OfferedFile, bytes: Incoming) -> Result<KeptFile>;

    /// The bytes with this hash, or a part of them; none when they are gone.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn open(&self, sha256: &str, part: Option<Part>) -> Result<Option<Incoming>>;

    /// Tells whoever runs this that a row's bytes are gone.
    fn report_lost(&self, evidence: &Evidence);
}
