//! Reading a run's log from its chunks.

use app::live::protocol::{LogLine, LogPage, LogStream, MAX_LOG_BYTES, MAX_LOG_LINES};
use domain::sandbox::LogOf;
use domain::sandbox::protocol::{Frame, OutputStream};
use futures_util::future::join_all;
use worker::{Bucket, Result};

use super::{CHUNK_LINES, LogPiece, chunk_frames, chunk_key, first_line_of, prefix};

/// The binding of the bucket that holds logs.
pub const LOG_BUCKET: &str = "AGENT_ARTIFACTS";
/// Most chunks fetched at once.
const CHUNKS_AT_ONCE: usize = 6;
/// Most chunks of one page; a log of very short chunks is read in more pages.
const CHUNKS_PER_PAGE: usize = 60;

/// The lines after line `after`, at most a page of them. `has_ended` says whether the run has:
/// then nothing follows what is there.
///
/// # Errors
/// When the store doesn't answer.
pub async fn read(bucket: &Bucket, log: LogOf, after: u64, has_ended: bool) -> Result<LogPage> {
    let piece = piece(bucket, log, after).await?;
    let next = piece.lines.last().map_or(after, |frame| frame.seq);
    let lines = piece.lines.into_iter().map(line_of).collect();
    Ok(LogPage { next, lines, complete: has_ended && !piece.more })
}

/// The lines after line `after`, at most a page of them.
///
/// # Errors
/// When the store doesn't answer.
pub async fn piece(bucket: &Bucket, log: LogOf, after: u64) -> Result<LogPiece> {
    let (keys, more_keys) = keys_after(bucket, log, after).await?;
    let chosen = keys.get(..CHUNKS_PER_PAGE).unwrap_or(&keys);
    let mut page = Collector::new(after);
    for group in chosen.chunks(CHUNKS_AT_ONCE) {
        for text in fetch(bucket, group).await? {
            page.take(chunk_frames(&text));
        }
        if page.is_full {
            break;
        }
    }
    let more = page.is_full || more_keys || chosen.len() < keys.len();
    Ok(LogPiece { lines: page.lines, more })
}

/// The lines after line `after` as text, and where to go on; none when there are no more.
///
/// # Errors
/// When the store doesn't answer.
pub async fn read_as_text(
    bucket: &Bucket,
    log: LogOf,
    after: u64,
) -> Result<Option<(String, u64)>> {
    let page = read(bucket, log, after, true).await?;
    if page.lines.is_empty() {
        return Ok(None);
    }
    let mut text = String::new();
    for line in &page.lines {
        text.push_str(&line.text);
        if !line.continues {
            text.push('\n');
        }
    }
    Ok(Some((text, page.next)))
}

/// Keys of the chunks that may hold lines after `after`, in order, and whether there are more.
async fn keys_after(bucket: &Bucket, log: LogOf, after: u64) -> Result<(Vec<String>, bool)> {
    // A chunk that begins this far before may still reach past `after`.
    let earliest = after.saturating_sub(u64::try_from(CHUNK_LINES).unwrap_or(u64::MAX));
    let listed = bucket
        .list()
        .prefix(prefix(log))
        .start_after(chunk_key(log, earliest))
        .limit(1_000)
        .execute()
        .await?;
    let keys: Vec<String> = listed.objects().iter().map(worker::Object::key).collect();
    // Of the chunks that begin at or before the wanted line only the last few can hold it; with
    // overlaps after a crash an earlier one may reach further, so all near ones stay.
    let wanted = after.saturating_add(1);
    let begins_after = |key: &&String| first_line_of(key).is_some_and(|first| first > wanted);
    let later = keys.iter().position(|key| begins_after(&key)).unwrap_or(keys.len());
    let keep_from = later.saturating_sub(2);
    Ok((keys.get(keep_from..).unwrap_or_default().to_vec(), listed.truncated()))
}

pub(super) async fn fetch(bucket: &Bucket, keys: &[String]) -> Result<Vec<String>> {
    let texts = join_all(keys.iter().map(|key| async move {
        match bucket.get(key).execute().await? {
            Some(object) => match object.body() {
                Some(body) => body.text().await,
                None => Ok(String::new()),
            },
            None => Ok(String::new()),
        }
    }))
    .await;
    texts.into_iter().collect()
}

struct Collector {
    lines: Vec<Frame>,
    bytes: usize,
    next: u64,
    is_full: bool,
}

impl Collector {
    fn new(after: u64) -> Self {
        Self { lines: vec![], bytes: 0, next: after, is_full: false }
    }

    fn take(&mut self, frames: impl Iterator<Item = Frame>) {
        for frame in frames {
            if frame.seq <= self.next {
                continue;
            }
            let bytes = self.bytes.saturating_add(frame.text.len());
            let too_much = !self.lines.is_empty() && bytes > MAX_LOG_BYTES;
            if self.is_full || too_much || self.lines.len() >= MAX_LOG_LINES {
                self.is_full = true;
                return;
            }
            self.bytes = bytes;
            self.next = frame.seq;
            self.lines.push(frame);
        }
    }
}

pub(super) fn line_of(frame: Frame) -> LogLine {
    LogLine {
        n: frame.seq,
        at_ms: i64::try_from(frame.at_ms).unwrap_or(i64::MAX),
        stream: match frame.stream {
            OutputStream::Stdout => LogStream::Stdout,
            OutputStream::Stderr => LogStream::Stderr,
            OutputStream::System => LogStream::System,
        },
        step: frame.step.map(|step| step.saturating_add(1)),
        text: frame.text,
        continues: frame.continues,
    }
}
