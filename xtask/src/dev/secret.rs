//! Secrets that live as long as one start.

use std::{fs::File, io::Read};

use crate::Result;

/// 32 random bytes in hex.
pub fn random() -> Result<String> {
    let mut bytes = [0_u8; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
