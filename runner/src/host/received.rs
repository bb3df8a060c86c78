//! A source while it is being received.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::sandbox::protocol::{ErrorCode, MAX_SOURCE_BYTES};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::Refused;

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Bytes received into a file, which goes with this unless it was moved away.
pub(crate) struct Received {
    path: PathBuf,
    file: Option<File>,
    size: u64,
    digest: Sha256,
}

impl Received {
    pub(super) fn begin(inbox: &Path) -> io::Result<Self> {
        fs::create_dir_all(inbox)?;
        let path = inbox.join(NEXT.fetch_add(1, Ordering::Relaxed).to_string());
        let file = File::from_std(fs::File::create(&path)?);
        Ok(Self { path, file: Some(file), size: 0, digest: Sha256::new() })
    }

    /// Takes bytes in, at most [`MAX_SOURCE_BYTES`] altogether.
    pub(crate) async fn push(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        self.size += bytes.len() as u64;
        if self.size > MAX_SOURCE_BYTES {
            let message = format!("a source has at most {MAX_SOURCE_BYTES} bytes");
            return Err(Refused::new(ErrorCode::TooLarge, message));
        }
        self.digest.update(bytes);
        if let Some(file) = &mut self.file {
            file.write_all(bytes).await?;
        }
        Ok(())
    }

    /// Closes the file.
    pub(crate) async fn finish(&mut self) -> Result<(), Refused> {
        if let Some(mut file) = self.file.take() {
            file.flush().await?;
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn sha256(&self) -> String {
        format!("{:x}", self.digest.clone().finalize())
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
