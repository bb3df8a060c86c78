//! Secrets: most live as long as one start, one as long as the data it vouches for.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::Result;

/// 32 random bytes in hex.
pub fn random() -> Result<String> {
    let mut bytes = [0_u8; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The secret in this file, made once and read again by every later start.
pub fn kept(path: &Path) -> Result<String> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let secret = random()?;
            file.write_all(secret.as_bytes())?;
            Ok(secret)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let secret = fs::read_to_string(path)?;
            if secret.len() < 32 {
                return Err(format!("{} holds no whole secret", path.display()).into());
            }
            Ok(secret)
        }
        Err(error) => Err(error.into()),
    }
}

/// The setting that signs tokens, one key of a fresh seed. Kept like [`kept`]: a run outlives a start,
/// and so must its token.
pub fn kept_signing_key(path: &Path) -> Result<String> {
    let seed = kept(path)?;
    let bytes = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let seed: Option<Vec<u8>> = seed.as_bytes().chunks(2).map(bytes).collect();
    let seed = seed.ok_or_else(|| format!("{} holds no seed", path.display()))?;
    Ok(format!("dev:{}", URL_SAFE_NO_PAD.encode(seed)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_kept_secret_is_made_once_and_only_ours_to_read() {
        let path = std::env::temp_dir().join(format!("chain-secret-{}", random().unwrap()));
        let first = kept(&path).unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(kept(&path).unwrap(), first);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "").unwrap();
        assert!(kept(&path).is_err(), "an empty one is no secret");
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_signing_key_is_32_bytes_in_base64url_and_stays_the_same() {
        let path = std::env::temp_dir().join(format!("signing-seed-{}", random().unwrap()));
        let first = kept_signing_key(&path).unwrap();
        let seed = first.strip_prefix("dev:").unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(seed).unwrap().len(), 32);
        assert_eq!(kept_signing_key(&path).unwrap(), first);
        fs::write(&path, "no seed, however long it may be: none").unwrap();
        assert!(kept_signing_key(&path).is_err());
        fs::remove_file(path).unwrap();
    }
}
