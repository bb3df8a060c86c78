//! Bytes on their way into the store: what is announced of them is held against what comes, without
//! keeping any of it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use domain::run::{MediaTypeSniffer, OfferedFile};
use domain::{Error, Field, Problem, Result};
use futures_util::Stream;
use sha2::{Digest, Sha256};

/// Bytes as they come.
pub type Incoming = Pin<Box<dyn Stream<Item = io::Result<Vec<u8>>> + Send>>;

/// A file's bytes as they pass. The stream fails with the first byte too many, and at its end where
/// bytes are missing or are others: whoever stores what it gives then stores nothing.
pub struct Arriving {
    bytes: Incoming,
    file: OfferedFile,
    seen: Arc<Mutex<Seen>>,
    is_over: bool,
}

#[derive(Default)]
struct Seen {
    size: u64,
    digest: Sha256,
    sniffer: MediaTypeSniffer,
    verdict: Option<Result<&'static str>>,
}

/// What is found of a file while its bytes pass.
#[derive(Clone)]
pub struct Findings(Arc<Mutex<Seen>>);

impl Arriving {
    /// These bytes, announced as this file.
    #[must_use]
    pub fn new(bytes: Incoming, file: &OfferedFile) -> (Self, Findings) {
        let seen = Arc::new(Mutex::default());
        let findings = Findings(Arc::clone(&seen));
        (Self { bytes, file: file.clone(), seen, is_over: false }, findings)
    }

    fn take(&mut self, piece: io::Result<Vec<u8>>) -> io::Result<Vec<u8>> {
        let mut seen = lock(&self.seen);
        let piece = piece.inspect_err(|_| seen.verdict = Some(Err(other_bytes())))?;
        let size = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        seen.size = seen.size.saturating_add(size);
        if seen.size > self.file.size {
            return seen.refuse();
        }
        seen.digest.update(&piece);
        seen.sniffer.push(&piece);
        // The last piece is held back until its hash is known. Whoever stores it may be done with it
        // before anybody sees the end.
        if seen.size == self.file.size {
            if !seen.is_announced(&self.file) {
                return seen.refuse();
            }
            seen.accept();
        }
        Ok(piece)
    }

    fn end(&self) -> io::Result<()> {
        let mut seen = lock(&self.seen);
        if seen.size != self.file.size || !seen.is_announced(&self.file) {
            return seen.refuse();
        }
        seen.accept();
        Ok(())
    }
}

impl Seen {
    fn is_announced(&self, file: &OfferedFile) -> bool {
        hex::encode(self.digest.clone().finalize()) == file.sha256
    }

    fn accept(&mut self) {
        self.verdict = Some(Ok(self.sniffer.clone().finish()));
    }

    fn refuse<T>(&mut self) -> io::Result<T> {
        self.verdict = Some(Err(other_bytes()));
        Err(io::ErrorKind::InvalidData.into())
    }
}

impl Findings {
    /// The media type of a file that came whole; none while it hasn't.
    ///
    /// # Errors
    /// `Invalid { File, WrongDigest }` when other bytes came, fewer or more.
    pub fn verdict(&self) -> Result<Option<&'static str>> {
        lock(&self.0).verdict.clone().transpose()
    }
}

/// The refusal of bytes that aren't what was announced.
fn other_bytes() -> Error {
    Error::invalid(Field::File, Problem::WrongDigest)
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stream for Arriving {
    type Item = io::Result<Vec<u8>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.is_over {
            return Poll::Ready(None);
        }
        let piece = std::task::ready!(this.bytes.as_mut().poll_next(context));
        let told = match piece {
            Some(piece) => Some(this.take(piece)),
            None => this.end().err().map(Err),
        };
        this.is_over = !matches!(told, Some(Ok(_)));
        Poll::Ready(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt, stream};
    use proptest::prelude::*;

    fn offered(content: &[u8]) -> OfferedFile {
        OfferedFile {
            name: "a".to_owned(),
            size: u64::try_from(content.len()).unwrap(),
            sha256: hex::encode(Sha256::digest(content)),
        }
    }

    /// What passes of these pieces, whether it passes whole, and what is found.
    fn pass(pieces: Vec<io::Result<Vec<u8>>>, file: &OfferedFile) -> (Vec<u8>, bool, Findings) {
        let (arriving, findings) = Arriving::new(Box::pin(stream::iter(pieces)), file);
        let pieces: Vec<_> = pollster::block_on(arriving.collect());
        let is_whole = pieces.iter().all(Result::is_ok);
        (pieces.into_iter().flatten().flatten().collect(), is_whole, findings)
    }

    #[test]
    fn what_was_announced_passes() {
        for content in [&b"hello"[..], b"", b"\x89PNG\r\n\x1a\nrest"] {
            let (passed, is_whole, findings) = pass(vec![Ok(content.to_vec())], &offered(content));
            assert_eq!((passed.as_slice(), is_whole), (content, true));
            let media_type = domain::run::media_type_of(content);
            assert_eq!(findings.verdict(), Ok(Some(media_type)));
        }
    }

    #[test]
    fn anything_else_fails_before_its_end() {
        let file = offered(b"hello");
        let broken = || Err(io::ErrorKind::ConnectionReset.into());
        for pieces in [
            vec![Ok(b"hell".to_vec())],
            vec![Ok(b"hello".to_vec()), Ok(b"!".to_vec())],
            vec![Ok(b"hellO".to_vec())],
            vec![Ok(b"hell".to_vec()), broken()],
            vec![Ok(b"hello".to_vec()), broken()],
            vec![],
        ] {
            let (_, is_whole, findings) = pass(pieces, &file);
            assert!(!is_whole);
            assert_eq!(findings.verdict(), Err(other_bytes()));
        }
        let wrong = OfferedFile { sha256: "0".repeat(64), ..offered(b"") };
        assert!(!pass(vec![], &wrong).1, "nothing, announced as something else");
    }

    proptest! {
        #[test]
        fn only_the_very_bytes_pass_whole(
            content in proptest::collection::vec(any::<u8>(), 0..60),
            sent in proptest::collection::vec(any::<u8>(), 0..60),
            same in any::<bool>(),
            size in 1usize..9,
        ) {
            let sent = if same { content.clone() } else { sent };
            let pieces = sent.chunks(size).map(|piece| Ok(piece.to_vec())).collect();
            let (passed, is_whole, findings) = pass(pieces, &offered(&content));
            prop_assert_eq!(is_whole, sent == content);
            prop_assert_eq!(findings.verdict().is_ok(), is_whole);
            prop_assert!(passed.len() <= content.len());
        }
    }
}
