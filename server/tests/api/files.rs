//! Kept files and logs in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use domain::ids::RunId;
use domain::run::{Evidence, KeptFile, OfferedFile};
use domain::sandbox::protocol::Frame;
use domain::{Result, Timestamp};
use futures_util::{StreamExt, stream};
use server::evidence::{Arriving, EvidenceFiles, Incoming, Part};
use server::logs::{LogPiece, RunLogs};

/// Kept files by their hash.
#[derive(Default)]
pub struct Files {
    pub kept: Mutex<HashMap<String, Vec<u8>>>,
    /// Ids of rows whose bytes were missed.
    pub lost: Mutex<Vec<String>>,
    /// Whether there is no room for a form.
    pub is_full: Mutex<bool>,
}

#[async_trait]
impl EvidenceFiles for Files {
    fn room(&self) -> Option<Box<dyn Send + Sync>> {
        (!*self.is_full.lock().unwrap()).then(|| Box::new(()) as Box<dyn Send + Sync>)
    }

    async fn keep(&self, file: &OfferedFile, bytes: Incoming) -> Result<KeptFile> {
        let (arriving, findings) = Arriving::new(bytes, file);
        let pieces: Vec<_> = arriving.collect().await;
        let whole: std::io::Result<Vec<_>> = pieces.into_iter().collect();
        let media_type = findings.verdict()?.expect("a verdict");
        let bytes = whole.expect("bytes that were accepted").concat();
        self.kept.lock().unwrap().insert(file.sha256.clone(), bytes);
        Ok(KeptFile { media_type, at: Timestamp(0) })
    }

    async fn open(&self, sha256: &str, part: Option<Part>) -> Result<Option<Incoming>> {
        let Some(mut bytes) = self.kept.lock().unwrap().get(sha256).cloned() else {
            return Ok(None);
        };
        if let Some(Part { offset, length }) = part {
            let offset = usize::try_from(offset).unwrap();
            bytes = bytes[offset..offset + usize::try_from(length).unwrap()].to_vec();
        }
        Ok(Some(Box::pin(stream::iter([Ok(bytes)]))))
    }

    fn report_lost(&self, evidence: &Evidence) {
        self.lost.lock().unwrap().push(evidence.file.id.to_string());
    }
}

/// A log that is as long as it is, or grows once it was looked at so often.
#[derive(Default)]
pub struct Lines {
    pub lines: Mutex<Vec<Frame>>,
    pub grows_after: Mutex<Option<(u32, Vec<Frame>)>>,
    pub looks: Mutex<u32>,
}

/// How many lines a piece has.
pub const PIECE: usize = 3;

#[async_trait]
impl RunLogs for Lines {
    async fn lines_after(&self, _: RunId, after: u64) -> Result<LogPiece> {
        *self.looks.lock().unwrap() += 1;
        let looks = *self.looks.lock().unwrap();
        let mut grows = self.grows_after.lock().unwrap();
        if grows.as_ref().is_some_and(|(at, _)| looks > *at) {
            self.lines.lock().unwrap().extend(grows.take().expect("lines").1);
        }
        let lines = self.lines.lock().unwrap();
        let mut rest: Vec<_> = lines.iter().filter(|line| line.seq > after).cloned().collect();
        let more = rest.len() > PIECE;
        rest.truncate(PIECE);
        Ok(LogPiece { lines: rest, more })
    }
}
