//! Taking in what a job left: the diff and the revision's facts, then matching files.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use domain::sandbox::protocol::{
    CapturedFile, FileKind, Job, MAX_FILE_BYTES, MAX_FILES, MAX_FILES_TOTAL_BYTES, MAX_PATH_BYTES,
    Revision, SkipReason, SkippedFile, is_usable_path,
};
use sha2::{Digest, Sha256};
use tokio::time::{Duration, Instant, sleep_until, timeout};

use super::sandbox::{Sandbox, Stop};
use super::step::stopped;
use crate::jail::Jail;
use crate::jail::wire::{Order, Report, Told};

/// How long comparing may take, and as long again taking the files in.
const CAPTURE_TIME: Duration = Duration::from_secs(90);
/// How long both together may take once the job is cancelled: a cancel is done within 5 s.
const CANCELLED_TIME: Duration = Duration::from_millis(1_800);
/// How much of that is kept for the files.
const FILES_TIME: Duration = Duration::from_millis(600);
/// How long a helper has to end once it is told to.
const KILL_TIME: Duration = Duration::from_millis(1_000);
/// Most skipped files that are listed.
const MAX_LISTED: usize = 200;

/// What was taken in.
pub(super) struct Captured {
    pub revision: Revision,
    pub files: Vec<CapturedFile>,
    pub skipped: Vec<SkippedFile>,
    pub skipped_more: u32,
    pub is_incomplete: bool,
}

/// Takes in what a job leaves: first its change, then, once the checks ran, its files.
pub(super) struct Capture<'a> {
    sandbox: &'a Sandbox,
    intake: Intake,
    /// When everything must be in, once the job is cancelled.
    hurry_until: Option<Instant>,
}

impl<'a> Capture<'a> {
    pub(super) fn new(sandbox: &'a Sandbox) -> Self {
        let intake = Intake::new(sandbox.shelf.files());
        Self { sandbox, intake, hurry_until: None }
    }

    /// Determines the change. Must be called while no command lives, after the last step and
    /// before the first check: what checks write is no part of it, and none can alter it.
    pub(super) async fn compare(&mut self, jail: &mut Jail) {
        let record = self.sandbox.record();
        let Some(sent) = record.sent else { return };
        let limits = record.limits;
        jail.cgroup.make_room_for_capture(&limits);
        let order = Order::Compare { kind: sent.kind, disk_bytes: limits.disk_bytes };
        let source = self.sandbox.shelf.source();
        let is_complete = self.follow(jail, order, Some(&source), FILES_TIME).await;
        self.intake.has_failed |= !is_complete;
        if let Err(error) = jail.cgroup.end_capture(&limits) {
            eprintln!("a sandbox's memory limit couldn't be set back: {error}");
        }
    }

    /// Takes in the files that match, and ends.
    pub(super) async fn files(mut self, jail: &mut Jail, job: &Job) -> Captured {
        let groups = vec![job.reports.clone(), job.artifacts.clone()];
        let is_complete = self.follow(jail, Order::Capture { groups }, None, Duration::ZERO).await;
        self.intake.done(is_complete)
    }

    /// Has a helper do its work and takes in what it sends, until `reserve` before the end of
    /// the time. Whether all of it came.
    async fn follow(
        &mut self,
        jail: &mut Jail,
        order: Order,
        source: Option<&Path>,
        reserve: Duration,
    ) -> bool {
        let mut stop = self.sandbox.stop_wish();
        let mut deadline = Instant::now() + CAPTURE_TIME;
        let handed_in = async {
            if let Some(source) = source {
                jail.store(source).await?;
            }
            jail.order(&order).await
        };
        let hand_in_time = if *stop.borrow() == Stop::No { CAPTURE_TIME } else { CANCELLED_TIME };
        if !matches!(timeout(hand_in_time, handed_in).await, Ok(Ok(()))) {
            return false;
        }
        let mut is_hurried = false;
        let mut is_ended = false;
        loop {
            tokio::select! {
                biased;
                () = stopped(&mut stop), if !is_hurried => {
                    is_hurried = true;
                    let end = Instant::now() + CANCELLED_TIME;
                    let end = *self.hurry_until.get_or_insert(end);
                    deadline = deadline.min(end.checked_sub(reserve).unwrap_or(end));
                }
                () = sleep_until(deadline) => {
                    if is_ended || jail.order(&Order::Kill).await.is_err() {
                        return false;
                    }
                    (is_ended, deadline) = (true, Instant::now() + KILL_TIME);
                }
                told = jail.next() => match told {
                    Some(Told::Report(Report::HelperEnded { success, .. })) => {
                        return success && !is_ended;
                    }
                    Some(told) => self.intake.take(told),
                    None => return false,
                },
            }
        }
    }
}

/// A file that is being received.
struct Incoming {
    kind: FileKind,
    path: String,
    file: Option<File>,
    size: u64,
    digest: Sha256,
}

/// Everything received so far. The jail isn't trusted: its numbers are counted again here.
struct Intake {
    directory: PathBuf,
    files: Vec<CapturedFile>,
    skipped: Vec<SkippedFile>,
    skipped_more: u32,
    total: u64,
    incoming: Option<Incoming>,
    /// Hash and size of the whole diff, kept or not.
    diff: Option<(String, u64)>,
    revision: Option<Revision>,
    has_failed: bool,
}

impl Intake {
    fn new(directory: PathBuf) -> Self {
        let has_failed = fs::create_dir_all(&directory).is_err();
        Self {
            directory,
            files: vec![],
            skipped: vec![],
            skipped_more: 0,
            total: 0,
            incoming: None,
            diff: None,
            revision: None,
            has_failed,
        }
    }

    fn done(mut self, is_complete: bool) -> Captured {
        let _ = fs::remove_file(self.partial());
        self.files.sort_by_key(|file| file.kind != FileKind::Diff);
        let detail = "capturing the change was cut short".to_owned();
        Captured {
            revision: self.revision.unwrap_or(Revision::Unavailable { detail }),
            files: self.files,
            skipped: self.skipped,
            skipped_more: self.skipped_more,
            is_incomplete: !is_complete || self.has_failed,
        }
    }

    fn partial(&self) -> PathBuf {
        self.directory.join("partial")
    }

    fn take(&mut self, told: Told) {
        match told {
            Told::Report(Report::FileBegins { kind, path }) => self.begin(kind, path),
            Told::Data(bytes) => self.data(&bytes),
            Told::Report(Report::FileEnds { complete }) => {
                let ended = self.end(complete);
                self.has_failed |= ended.is_err();
            }
            Told::Report(Report::Skipped { file }) => self.skip(file.path, file.reason),
            Told::Report(Report::Compared { base_commit, tree }) => {
                if let Some((diff_sha256, diff_bytes)) = self.diff.clone() {
                    self.revision =
                        Some(Revision::Produced { base_commit, tree, diff_sha256, diff_bytes });
                }
            }
            Told::Report(Report::NotCompared { detail }) => {
                let detail = detail.chars().take(500).collect();
                self.revision = Some(Revision::Unavailable { detail });
            }
            _ => {}
        }
    }

    fn skip(&mut self, path: String, reason: SkipReason) {
        if self.skipped.len() < MAX_LISTED {
            let path = path.chars().filter(|c| !c.is_control()).take(MAX_PATH_BYTES).collect();
            self.skipped.push(SkippedFile { path, reason });
        } else {
            self.skipped_more = self.skipped_more.saturating_add(1);
        }
    }

    fn begin(&mut self, kind: FileKind, path: String) {
        let file = File::create(self.partial()).ok();
        self.has_failed |= file.is_none();
        self.incoming = Some(Incoming { kind, path, file, size: 0, digest: Sha256::new() });
    }

    fn data(&mut self, bytes: &[u8]) {
        let Some(incoming) = &mut self.incoming else { return };
        incoming.size += bytes.len() as u64;
        // A diff's hash is a fact of the revision even where the diff itself isn't kept.
        incoming.digest.update(bytes);
        if incoming.size > MAX_FILE_BYTES {
            incoming.file = None;
        }
        if incoming.file.as_mut().is_some_and(|file| file.write_all(bytes).is_err()) {
            incoming.file = None;
            self.has_failed = true;
        }
    }

    fn end(&mut self, is_complete: bool) -> io::Result<()> {
        let Some(Incoming { kind, path, file, size, digest }) = self.incoming.take() else {
            return Ok(());
        };
        let sha256 = format!("{:x}", digest.finalize());
        if kind == FileKind::Diff && is_complete {
            self.diff = Some((sha256.clone(), size));
        }
        let artifacts = self.files.iter().filter(|file| file.kind == FileKind::Artifact).count();
        let refused = if !is_usable_path(&path) {
            Some(SkipReason::BadName)
        } else if !is_complete {
            Some(SkipReason::Unreadable)
        } else if size > MAX_FILE_BYTES {
            Some(SkipReason::TooLarge)
        } else if kind == FileKind::Artifact && artifacts >= MAX_FILES {
            Some(SkipReason::TooMany)
        } else if kind == FileKind::Artifact && self.total + size > MAX_FILES_TOTAL_BYTES {
            Some(SkipReason::TotalTooLarge)
        } else {
            file.is_none().then_some(SkipReason::Unreadable)
        };
        if let Some(reason) = refused {
            self.skip(path, reason);
            return Ok(());
        }
        if kind == FileKind::Artifact {
            self.total += size;
        }
        fs::rename(self.partial(), self.directory.join(&sha256))?;
        self.files.push(CapturedFile { kind, path, size, sha256 });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(intake: &mut Intake, kind: FileKind, path: &str, bytes: &[u8]) {
        intake.take(Told::Report(Report::FileBegins { kind, path: path.to_owned() }));
        intake.take(Told::Data(bytes.to_vec()));
        intake.take(Told::Report(Report::FileEnds { complete: true }));
    }

    #[test]
    fn a_jail_cannot_place_files_outside_or_more_than_there_may_be() {
        let directory = tempfile::tempdir().unwrap();
        let mut intake = Intake::new(directory.path().join("files"));
        for path in ["../escape", "/etc/cron.d/x", "a//b", "", "./a", "a\x1bb", &"x".repeat(513)] {
            send(&mut intake, FileKind::Artifact, path, b"x");
        }
        for number in 0..=MAX_FILES {
            send(&mut intake, FileKind::Artifact, &format!("file-{number}"), b"same");
        }
        let captured = intake.done(true);
        assert_eq!(captured.files.len(), MAX_FILES);
        let reasons: Vec<_> = captured.skipped.iter().map(|file| file.reason).collect();
        assert_eq!(reasons[..7], [SkipReason::BadName; 7]);
        assert_eq!(reasons[7..], [SkipReason::TooMany]);
        let kept = fs::read_dir(directory.path().join("files")).unwrap().count();
        assert_eq!(kept, 1, "equal files are one, and no partial one stays");
    }

    #[test]
    fn a_diff_too_large_to_keep_still_names_its_revision() {
        let directory = tempfile::tempdir().unwrap();
        let mut intake = Intake::new(directory.path().join("files"));
        let kind = FileKind::Diff;
        intake.take(Told::Report(Report::FileBegins { kind, path: "changes.diff".to_owned() }));
        let chunk = vec![b'x'; 1 << 20];
        for _ in 0..26 {
            intake.take(Told::Data(chunk.clone()));
        }
        intake.take(Told::Report(Report::FileEnds { complete: true }));
        let (base_commit, tree) = ("b".to_owned(), "t".to_owned());
        intake.take(Told::Report(Report::Compared { base_commit, tree }));
        let captured = intake.done(true);
        assert!(captured.files.is_empty());
        assert_eq!(captured.skipped[0].reason, SkipReason::TooLarge);
        let Revision::Produced { diff_bytes, .. } = captured.revision else {
            panic!("the change is known: {:?}", captured.revision)
        };
        assert_eq!(diff_bytes, 26 << 20);
    }
}
