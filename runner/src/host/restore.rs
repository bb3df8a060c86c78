//! Taking up the sandboxes that an earlier runner left.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use domain::sandbox::protocol::{JailLoss, JobState};

use super::Sandbox;
use super::record::{Record, Shelf, now_ms};

/// Every sandbox of `directory`, its jail gone. What can't be read is set aside, not removed.
pub(super) fn restore(directory: &Path) -> io::Result<BTreeMap<String, Arc<Sandbox>>> {
    let mut sandboxes = BTreeMap::new();
    for entry in fs::read_dir(directory)?.flatten() {
        let shelf = Shelf::new(entry.path());
        match restore_one(shelf) {
            Ok((id, sandbox)) if entry.file_name() == id.as_str() => {
                sandboxes.insert(id, Arc::new(sandbox));
            }
            Ok(_) => eprintln!("{} holds another sandbox's record", entry.path().display()),
            Err(error) => eprintln!("{} can't be taken up: {error}", entry.path().display()),
        }
    }
    Ok(sandboxes)
}

fn restore_one(shelf: Shelf) -> io::Result<(String, Sandbox)> {
    let before = shelf.load_record()?;
    let mut record = before.clone();
    let was_alive = !before.has_ended();
    if was_alive || matches!(record.job_state, JobState::Finished { .. }) {
        record.lose_jail(JailLoss::RunnerRestarted);
    }
    if was_alive {
        record.ended_at_ms = Some(now_ms());
    }
    if !matches!(record.job_state, JobState::Finished { .. }) {
        let _ = fs::remove_dir_all(shelf.files());
    }
    let _ = fs::remove_file(shelf.source());
    if record != before {
        shelf.save_record(&record)?;
    }
    open(record, shelf, was_alive)
}

fn open(record: Record, shelf: Shelf, was_alive: bool) -> io::Result<(String, Sandbox)> {
    let id = record.id.clone();
    let is_interrupted = matches!(record.job_state, JobState::Interrupted { .. });
    let (sandbox, _) = Sandbox::new(record, shelf, None, false)?;
    if was_alive && is_interrupted {
        sandbox.say("the runner restarted: the job was interrupted", None);
    }
    Ok((id, sandbox))
}
