//! Remembers what a result was made from, so that the same is not made twice.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::{Result, paths};

/// The identity of everything that a result depends on.
pub struct Stamp {
    file: PathBuf,
    digest: String,
}

impl Stamp {
    /// Identifies a result by its name and its inputs.
    pub fn of<'a>(result: &str, inputs: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for input in inputs {
            hasher.update(input.len().to_le_bytes());
            hasher.update(input);
        }
        let digest = format!("{:x}", hasher.finalize());
        Self { file: paths::at("dist/.stamps").join(result), digest }
    }

    /// Whether the result was made from these inputs.
    pub fn is_current(&self) -> bool {
        std::fs::read_to_string(&self.file).is_ok_and(|kept| kept == self.digest)
    }

    /// Forgets the result; it is about to be made anew.
    pub fn forget(&self) {
        let _ = std::fs::remove_file(&self.file);
    }

    /// Notes that the result is made.
    pub fn keep(&self) -> Result {
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&self.file, &self.digest)?;
        Ok(())
    }
}
