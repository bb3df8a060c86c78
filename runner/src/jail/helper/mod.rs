//! `runner jail-helper`: unpacks a source, or captures what a job left, inside its jail. It
//! writes frames to its standard output, which is the jail's socket; whatever goes wrong in it
//! goes wrong inside the jail.

use std::fs;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::Path;
use std::process::ExitCode;

use domain::sandbox::protocol::SourceRejection;
use nix::sys::prctl;

use super::exec::confine;
use super::paths::Layout;
use super::wire::{Bounds, Kind, Order, Report, write_frame, write_message};

mod archive;
mod bundle;
mod capture;
mod compare;
mod git;
mod links;
mod walk;

/// Frames to the runner.
pub(crate) struct Frames {
    to: BufWriter<Stdout>,
}

impl Frames {
    fn report(&mut self, report: &Report) -> io::Result<()> {
        write_message(&mut self.to, report)?;
        self.to.flush()
    }

    fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        write_frame(&mut self.to, Kind::Data, bytes)?;
        self.to.flush()
    }
}

/// Why a source can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub reason: SourceRejection,
    pub detail: String,
}

impl Rejected {
    fn new(reason: SourceRejection, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    /// Writing failed: the disk is full, or a name is impossible here.
    fn writing(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidFilename => {
                Self::new(SourceRejection::Unreadable, "it holds a name that no file can have")
            }
            _ => Self::new(SourceRejection::ExpandsPastLimit, format!("unpacking failed: {error}")),
        }
    }
}

/// A source in a directory, and the git repository around it.
pub(crate) struct Base {
    /// The commit that a diff is made against.
    commit: String,
    /// What to tell people.
    note: Option<String>,
}

/// Runs `jail-helper ROOT SCRATCH ORDER`.
pub(crate) fn main(root: &Path, scratch: &Path, order: &str) -> ExitCode {
    let layout = Layout::new(root, scratch);
    let mut frames = Frames { to: BufWriter::new(io::stdout()) };
    match run(&layout, order, &mut frames) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(layout: &Layout, order: &str, frames: &mut Frames) -> io::Result<()> {
    // Nobody but the jail's own commands could look in, and none lives now. It costs nothing.
    prctl::set_dumpable(false)?;
    // The runner's clock and the jail's own limits bind it; these only keep one process in hand.
    confine(&Bounds { cpu_s: 600, file_bytes: u64::MAX, processes: 4096, data_bytes: None })?;
    match serde_json::from_str(order)? {
        Order::Unpack { kind, disk_bytes } => {
            let work = layout.work();
            let made = git::make_base(kind, layout, &work, disk_bytes);
            // The rules of the comparison are none of the job's business.
            let _ = fs::remove_dir_all(work.join(".git/info"));
            frames.report(&match made {
                Ok(base) => Report::Unpacked { base_commit: base.commit, note: base.note },
                Err(Rejected { reason, detail }) => Report::Rejected { reason, detail },
            })
        }
        Order::Compare { kind, disk_bytes } => compare::send_diff(kind, layout, disk_bytes, frames),
        Order::Capture { groups } => capture::send_matching(&layout.work(), &groups, frames),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "no order for a helper")),
    }
}
