//! Git, with everything switched off that a hostile repository or directory could steer it by.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use domain::sandbox::protocol::SourceRejection;

use super::{Base, Rejected, archive, bundle};
use crate::jail::paths::{Layout, PATH};
use crate::jail::wire::SourceKind;

/// Settings that win over whatever a repository says.
const SETTINGS: [&str; 14] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.autocrlf=false",
    "core.fileMode=true",
    "core.symlinks=true",
    "core.protectHFS=true",
    "core.protectNTFS=true",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "diff.external=",
    "safe.directory=*",
];

/// Attributes that win over whatever a tree says: bytes are taken as they are, into the tree and
/// out of it. Rules of the tree could hide a change (line ends), run a program (filters), or
/// leave a file's content out of the diff.
const ATTRIBUTES: &str =
    "* -text !eol !filter !ident !working-tree-encoding !diff !merge !whitespace\n";

/// Git on `repository` (its `.git` directory) and `tree` (the files).
pub(super) struct Git<'a> {
    pub repository: &'a Path,
    pub tree: &'a Path,
}

impl Git<'_> {
    /// A command of git's, not started yet.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(arguments).current_dir(self.tree).env_clear();
        command.env("PATH", PATH).env("HOME", "/nonexistent").env("LC_ALL", "C");
        command.env("GIT_DIR", self.repository).env("GIT_WORK_TREE", self.tree);
        for (name, value) in [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_AUTHOR_NAME", "MonoTask"),
            ("GIT_AUTHOR_EMAIL", "source@monotask.invalid"),
            ("GIT_COMMITTER_NAME", "MonoTask"),
            ("GIT_COMMITTER_EMAIL", "source@monotask.invalid"),
            // The same source always gives the same commit.
            ("GIT_AUTHOR_DATE", "1000000000 +0000"),
            ("GIT_COMMITTER_DATE", "1000000000 +0000"),
        ] {
            command.env(name, value);
        }
        command.stdin(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub(super) fn output(&self, arguments: &[&str]) -> io::Result<Output> {
        self.command(arguments).output()
    }

    /// Runs a command to its end that reads `input`.
    pub(super) fn fed(&self, arguments: &[&str], input: &[u8]) -> io::Result<Output> {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let into = child.stdin.take();
        // Written beside reading: a command may answer before it has read everything.
        std::thread::scope(|scope| {
            scope.spawn(move || into.map(|mut into| into.write_all(input)));
            child.wait_with_output()
        })
    }

    /// Runs a command that must succeed; its standard output without the last line end.
    pub(super) fn line(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self.output(arguments).map_err(|e| format!("git couldn't run: {e}"))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
        } else {
            Err(complaint(&output))
        }
    }
}

/// The last line of what git complained, bounded.
pub(super) fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("git failed");
    last.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// What git's failure to write or read means for a source.
pub(super) fn rejected_by_git(complaint: String) -> Rejected {
    let full = ["No space left", "Cannot allocate", "out of memory", "File too large"];
    let reason = if full.iter().any(|words| complaint.contains(words)) {
        SourceRejection::ExpandsPastLimit
    } else {
        SourceRejection::Unreadable
    };
    Rejected::new(reason, complaint)
}

/// Unpacks the stored source into `tree` and makes the commit that diffs are made against.
pub(super) fn make_base(
    kind: SourceKind,
    layout: &Layout,
    tree: &Path,
    disk_bytes: u64,
) -> Result<Base, Rejected> {
    fs::create_dir_all(tree).map_err(|error| Rejected::writing(&error))?;
    let repository = tree.join(".git");
    let git = Git { repository: &repository, tree };
    git.line(&["init", "--quiet", "--template=", "--initial-branch=main"])
        .map_err(rejected_by_git)?;
    let info = repository.join("info");
    fs::create_dir_all(&info)
        .and_then(|()| fs::write(info.join("attributes"), ATTRIBUTES))
        .map_err(|error| Rejected::writing(&error))?;
    let source = layout.source();
    match kind {
        SourceKind::Bundle => bundle::check_out(&git, &source),
        SourceKind::Tar => {
            let note = archive::extract(&source, tree, disk_bytes)?;
            commit_everything(&git).map(|commit| Base { commit, note })
        }
    }
}

fn commit_everything(git: &Git) -> Result<String, Rejected> {
    git.line(&["add", "--all", "--force", "."]).map_err(rejected_by_git)?;
    git.line(&["commit", "--quiet", "--allow-empty", "--no-gpg-sign", "--message", "Source"])
        .map_err(rejected_by_git)?;
    git.line(&["rev-parse", "HEAD"]).map_err(rejected_by_git)
}
