//! The end of a run's log, for the page that shows it.

use app::live::protocol::LogLine;
use domain::sandbox::LogOf;
use worker::{Bucket, Result};

use super::read::{fetch, line_of};
use super::{chunk_frames, chunk_key, prefix};

/// Most keys of one listing.
const KEYS_AT_ONCE: u32 = 1_000;
/// Most listings: a log of more chunks than that is shown from its last listed one.
const LISTINGS: usize = 5;
/// Most chunks fetched for the end of a log.
const LAST_CHUNKS: usize = 3;

/// The newest lines, at most `max`, in order and without a gap.
///
/// # Errors
/// When the store doesn't answer.
pub async fn newest(bucket: &Bucket, log: LogOf, max: usize) -> Result<Vec<LogLine>> {
    let keys = last_keys(bucket, log).await?;
    let mut lines: Vec<LogLine> = vec![];
    for text in fetch(bucket, &keys).await? {
        for frame in chunk_frames(&text) {
            match lines.last().map(|line| line.n) {
                Some(last) if frame.seq <= last => {}
                Some(last) if frame.seq > last.saturating_add(1) => lines = vec![line_of(frame)],
                _ => lines.push(line_of(frame)),
            }
        }
    }
    let extra = lines.len().saturating_sub(max);
    lines.drain(..extra);
    Ok(lines)
}

async fn last_keys(bucket: &Bucket, log: LogOf) -> Result<Vec<String>> {
    let mut after = chunk_key(log, 0);
    let mut last: Vec<String> = vec![];
    for _ in 0..LISTINGS {
        let listing = bucket.list().prefix(prefix(log)).start_after(after).limit(KEYS_AT_ONCE);
        let listed = listing.execute().await?;
        last.extend(listed.objects().iter().map(worker::Object::key));
        last.drain(..last.len().saturating_sub(LAST_CHUNKS));
        match last.last() {
            Some(key) if listed.truncated() => after = key.clone(),
            _ => break,
        }
    }
    Ok(last)
}
