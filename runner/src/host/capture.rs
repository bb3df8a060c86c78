//! Taking in what a job left: matching files, the diff, the revision's facts.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use domain::sandbox::protocol::{
    CapturedFile, FileKind, Job, MAX_FILE_BYTES, MAX_FILES, MAX_FILES_TOTAL_BYTES, Revision,
    SkipReason, SkippedFile,
};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep_until, timeout};

use super::sandbox::{Sandbox, Stop};
use crate::jail::Jail;
use crate::jail::wire::{Order, Report, Told};

/// How long capturing may take.
const CAPTURE_TIME: Duration = Duration::from_secs(90);
/// How long it may take once the job is cancelled: a cancel is done within 5 s.
const CANCELLED_TIME: Duration = Duration::from_millis(2_200);
/// Most skipped files that are listed.
const MAX_LISTED: usize = 200;
/// Longest path of a captured file, in bytes.
const MAX_PATH_BYTES: usize = 4096;

/// What was taken in.
pub(super) struct Captured {
    pub revision: Revision,
    pub files: Vec<CapturedFile>,
    pub skipped: Vec<SkippedFile>,
    pub skipped_more: u32,
    pub is_incomplete: bool,
}

/// Captures everything, or as much as there is time for.
pub(super) async fn capture(sandbox: &Sandbox, jail: &mut Jail, job: &Job) -> Captured {
    let mut intake = Intake::new(sandbox.shelf.files());
    let record = sandbox.record();
    let mut stop = sandbox.stop_wish();
    let mut deadline = Instant::now() + CAPTURE_TIME;
    let mut is_hurried = false;
    let limits = record.limits;
    jail.cgroup.make_room_for_capture(&limits);
    let Some(sent) = record.sent else { return intake.done(false) };
    let order = Order::Collect {
        kind: sent.kind,
        disk_bytes: limits.disk_bytes,
        patterns: job.artifacts.clone(),
    };
    let was_cancelled = *stop.borrow() != Stop::No;
    let hand_in_time = if was_cancelled { CANCELLED_TIME } else { CAPTURE_TIME };
    let handed_in = timeout(hand_in_time, async {
        jail.store(&sandbox.shelf.source()).await?;
        jail.order(&order).await
    });
    if !matches!(handed_in.await, Ok(Ok(()))) {
        return intake.done(false);
    }
    loop {
        tokio::select! {
            biased;
            () = hurried(&mut stop), if !is_hurried => {
                is_hurried = true;
                deadline = deadline.min(Instant::now() + CANCELLED_TIME);
            }
            () = sleep_until(deadline) => return intake.done(false),
            told = jail.next() => match told {
                Some(Told::Report(Report::HelperEnded { success, .. })) => {
                    return intake.done(success);
                }
                Some(told) => intake.take(told),
                None => return intake.done(false),
            },
        }
    }
}

async fn hurried(stop: &mut watch::Receiver<Stop>) {
    let _ = stop.wait_for(|stop| *stop != Stop::No).await;
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
            let path = path.chars().take(MAX_PATH_BYTES).collect();
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
        let refused = if !is_complete || !is_plain(&path) {
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

/// Whether a path is one below a directory.
fn is_plain(path: &str) -> bool {
    !path.is_empty()
        && path.len() <= MAX_PATH_BYTES
        && !path.contains('\0')
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
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
        for path in ["../escape", "/etc/cron.d/x", "a//b", "", "./a"] {
            send(&mut intake, FileKind::Artifact, path, b"x");
        }
        for number in 0..=MAX_FILES {
            send(&mut intake, FileKind::Artifact, &format!("file-{number}"), b"same");
        }
        let captured = intake.done(true);
        assert_eq!(captured.files.len(), MAX_FILES);
        let reasons: Vec<_> = captured.skipped.iter().map(|file| file.reason).collect();
        assert_eq!(reasons[..5], [SkipReason::Unreadable; 5]);
        assert_eq!(reasons[5..], [SkipReason::TooMany]);
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
