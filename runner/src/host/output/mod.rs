//! A sandbox's numbered output, on disk until it is acknowledged.
//!
//! Frames are lines of JSON in segments named after their first number. A segment that is
//! acknowledged as a whole is removed. Numbers are dense: a frame is numbered when it is
//! written, and a half-written last line (the runner was killed) is cut off when it is read
//! again.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use domain::sandbox::protocol::{Frame, OutputStream};

use super::lines::Piece;

/// A segment is closed once it has this many bytes.
const SEGMENT_BYTES: u64 = 256 * 1024;
/// What the shortest line counts against the limit, in bytes: a million empty lines aren't free.
const LEAST_WEIGHT: u64 = 32;

/// What a frame counts in a page beside its text, in bytes: about what its JSON takes.
const FRAME_WEIGHT: u64 = 100;
/// Most frames of one page.
const MAX_PAGE_FRAMES: usize = 5_000;

/// The output of one sandbox.
#[derive(Debug)]
pub(crate) struct Output {
    directory: PathBuf,
    /// First number → bytes written.
    segments: BTreeMap<u64, u64>,
    open: Option<File>,
    last: u64,
    acknowledged: u64,
    /// What was kept so far counts, in bytes.
    kept: u64,
    limit: u64,
    dropped: u64,
    /// Bytes of text that the runner's disk didn't take.
    lost: u64,
    /// How much of that no frame has told yet.
    untold: u64,
    /// Whether a write broke off: what it left is cut off before anything else is written.
    is_torn: bool,
}

/// Where frames come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub step: Option<u32>,
    pub at_ms: u64,
}

impl Output {
    /// Opens what `directory` holds, or begins it.
    pub(crate) fn open(directory: PathBuf, limit: u64, acknowledged: u64) -> io::Result<Self> {
        fs::create_dir_all(&directory)?;
        let mut segments = BTreeMap::new();
        for entry in fs::read_dir(&directory)?.flatten() {
            let name = entry.file_name();
            if let Some(first) = name.to_str().and_then(first_of) {
                segments.insert(first, entry.metadata()?.len());
            }
        }
        let mut output = Self {
            directory,
            segments,
            open: None,
            last: acknowledged,
            acknowledged,
            kept: 0,
            limit,
            dropped: 0,
            lost: 0,
            untold: 0,
            is_torn: false,
        };
        output.mend_last()?;
        Ok(output)
    }

    /// Finds the last whole frame, and cuts off what follows it.
    fn mend_last(&mut self) -> io::Result<()> {
        let Some((first, _)) = self.segments.last_key_value() else { return Ok(()) };
        let (first, path) = (*first, self.path(*first));
        let mut whole = 0;
        self.last = self.last.max(first.saturating_sub(1));
        let mut reader = BufReader::new(File::open(&path)?);
        let mut line = vec![];
        while reader.read_until(b'\n', &mut line)? > 0 {
            match serde_json::from_slice::<Frame>(&line) {
                Ok(frame) if line.ends_with(b"\n") => self.last = frame.seq,
                _ => break,
            }
            whole += line.len() as u64;
            line.clear();
        }
        OpenOptions::new().write(true).open(&path)?.set_len(whole)?;
        self.segments.insert(first, whole);
        Ok(())
    }

    /// The newest number.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// The number up to which frames are acknowledged.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Bytes of text dropped past the limit.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Bytes of text that couldn't be written.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    /// Takes a command's output in. Once the limit is passed one frame says so, and the rest is
    /// counted and dropped.
    pub(crate) fn append(&mut self, pieces: Vec<Piece>, origin: Origin) -> io::Result<()> {
        let before = (self.last, self.kept, self.dropped);
        let bytes: u64 = pieces.iter().map(|piece| piece.text.len() as u64 + 1).sum();
        let mut batch = self.tell_loss(origin);
        for piece in pieces {
            let size = piece.text.len() as u64 + 1;
            let weight = size.max(LEAST_WEIGHT);
            if self.dropped > 0 || self.kept + weight > self.limit {
                if self.dropped == 0 {
                    let text = format!(
                        "the output limit of {} bytes is reached: the rest is dropped",
                        self.limit
                    );
                    batch.push(self.frame(OutputStream::System, text, false, origin));
                }
                self.dropped += size;
                continue;
            }
            self.kept += weight;
            batch.push(self.frame(piece.stream, piece.text, piece.continues, origin));
        }
        let written = self.write(&batch);
        if written.is_err() {
            (self.last, self.kept, self.dropped) = before;
            self.lost += bytes;
            self.untold += bytes;
        } else {
            self.untold = 0;
        }
        written
    }

    /// A frame that tells what wasn't written before, if anything.
    fn tell_loss(&mut self, origin: Origin) -> Vec<Frame> {
        if self.untold == 0 {
            return vec![];
        }
        let text = format!("{} bytes of output couldn't be written and are lost", self.untold);
        vec![self.frame(OutputStream::System, text, false, origin)]
    }

    /// Counts output that comes after the limit was passed; false if it wasn't.
    pub(crate) fn drop_bytes(&mut self, count: u64) -> bool {
        let is_full = self.dropped > 0;
        if is_full {
            self.dropped += count;
        }
        is_full
    }

    /// Gives what follows an allowance of its own.
    pub(crate) fn begin_allowance(&mut self) {
        (self.kept, self.dropped) = (0, 0);
    }

    /// Takes in a line of the runner's own; never dropped.
    pub(crate) fn append_system(&mut self, text: String, origin: Origin) -> io::Result<()> {
        let text: String = text.chars().filter(|c| !c.is_control()).take(1000).collect();
        let before = self.last;
        let bytes = text.len() as u64 + 1;
        let mut batch = self.tell_loss(origin);
        batch.push(self.frame(OutputStream::System, text, false, origin));
        let written = self.write(&batch);
        if written.is_err() {
            self.last = before;
            self.lost += bytes;
            self.untold += bytes;
        } else {
            self.untold = 0;
        }
        written
    }

    fn frame(&mut self, stream: OutputStream, text: String, continues: bool, o: Origin) -> Frame {
        self.last += 1;
        Frame { seq: self.last, at_ms: o.at_ms, stream, step: o.step, text, continues }
    }

    fn write(&mut self, frames: &[Frame]) -> io::Result<()> {
        let Some(first) = frames.first() else { return Ok(()) };
        self.cut_torn()?;
        let mut bytes = vec![];
        for frame in frames {
            serde_json::to_writer(&mut bytes, frame)?;
            bytes.push(b'\n');
        }
        let is_full = self.segments.last_key_value().is_none_or(|(_, size)| *size > SEGMENT_BYTES);
        if is_full || self.open.is_none() {
            let begin = match self.segments.last_key_value() {
                Some((last, _)) if !is_full => *last,
                _ => first.seq,
            };
            let path = self.path(begin);
            self.open = Some(OpenOptions::new().create(true).append(true).open(path)?);
            self.segments.entry(begin).or_insert(0);
        }
        if let Some(file) = &mut self.open
            && let Err(error) = file.write_all(&bytes)
        {
            self.is_torn = true;
            let _ = self.cut_torn();
            return Err(error);
        }
        if let Some(mut size) = self.segments.last_entry() {
            *size.get_mut() += bytes.len() as u64;
        }
        Ok(())
    }

    /// Cuts off what a write left that broke off. Until that succeeds nothing more is written,
    /// and reading stops where it begins.
    fn cut_torn(&mut self) -> io::Result<()> {
        if self.is_torn
            && let Some((first, size)) = self.segments.last_key_value()
        {
            OpenOptions::new().write(true).open(self.path(*first))?.set_len(*size)?;
        }
        self.is_torn = false;
        Ok(())
    }

    /// Frames above `after`, as many as fit `max_bytes` (a frame counts 100 beside its text), at
    /// least one if there is one.
    pub(crate) fn read(&self, after: u64, max_bytes: u64) -> io::Result<Vec<Frame>> {
        let mut frames = vec![];
        let mut bytes = 0;
        let begin = self
            .segments
            .range(..=after.saturating_add(1))
            .next_back()
            .map_or(0, |(first, _)| *first);
        for (first, size) in self.segments.range(begin..) {
            let whole = File::open(self.path(*first))?.take(*size);
            for line in BufReader::new(whole).lines() {
                let frame: Frame = serde_json::from_str(&line?)?;
                if frame.seq <= after {
                    continue;
                }
                bytes += frame.text.len() as u64 + FRAME_WEIGHT;
                let is_full = bytes > max_bytes || frames.len() >= MAX_PAGE_FRAMES;
                if is_full && !frames.is_empty() {
                    return Ok(frames);
                }
                frames.push(frame);
            }
        }
        Ok(frames)
    }

    /// Forgets frames up to `through`, at least as far as whole segments go. False if there
    /// aren't that many.
    pub(crate) fn acknowledge(&mut self, through: u64) -> io::Result<bool> {
        if through > self.last {
            return Ok(false);
        }
        self.acknowledged = self.acknowledged.max(through);
        let firsts: Vec<u64> = self.segments.keys().copied().collect();
        for pair in firsts.windows(2) {
            // A segment ends where the next one begins; the last one stays open.
            if let [first, next] = pair
                && next.saturating_sub(1) <= self.acknowledged
            {
                fs::remove_file(self.path(*first))?;
                self.segments.remove(first);
            }
        }
        Ok(true)
    }

    fn path(&self, first: u64) -> PathBuf {
        self.directory.join(format!("{first:012}.jsonl"))
    }
}

fn first_of(name: &str) -> Option<u64> {
    Path::new(name.strip_suffix(".jsonl")?).to_str()?.parse().ok()
}

#[cfg(test)]
mod tests;
