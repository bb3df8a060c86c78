//! The sandbox host: executes whole jobs in jails and serves what they print and leave, over the
//! HTTP protocol whose types are `domain::sandbox::protocol`.
//!
//! | file | holds |
//! |---|---|
//! | `options.rs`, `serve.rs` | command line; starting, refusing to start, ending |
//! | `http/` | the calls, the secret, refusals as JSON |
//! | `host/mod.rs` | all sandboxes: provision, source, job, cancel, delete |
//! | `host/sandbox.rs`, `record.rs`, `restore.rs` | one sandbox, its record on disk, taking it up again |
//! | `host/output/`, `lines.rs` | numbered output on disk; cutting bytes into clean lines |
//! | `host/keeper.rs`, `job.rs`, `step.rs` | the task that owns a jail; a job; one command and its limits |
//! | `host/capture.rs` | taking the diff and files in, counted again: the jail isn't trusted |
//! | `jail/launch.rs`, `bubblewrap.rs` | root given up, groups joined, the jail's arguments |
//! | `jail/cgroup/` | control groups, both versions; ending what an earlier runner left |
//! | `jail/spawner.rs`, `place.rs` | the thread that jails depend on; the files they all mount |
//! | `jail/init.rs`, `supervise.rs`, `exec.rs`, `usage.rs` | process 1 of a jail, inside it |
//! | `jail/helper/` | unpacking and comparing, inside the jail |
//! | `jail/wire.rs`, `paths.rs` | frames between runner and jail; where things are inside |
//!
//! One binary in five modes, each the next one's parent: the server → `jail-launch` (becomes
//! bubblewrap) → `jail-init` (process 1) → `jail-exec` (becomes the command) or `jail-helper`.
//!
//! | what can come in, what can break | test |
//! |---|---|
//! | wrong secret, unknown call, malformed body, too many sandboxes | `protocol.rs` `only_the_secret_opens…` |
//! | the same call again | `protocol.rs` `every_call_may_be_repeated` |
//! | bytes that are no text, long lines, waiting for output | `protocol.rs` `output_that_is_no_text…`, unit tests of `lines.rs` |
//! | cancel, also of processes that ignore SIGTERM, also before a job | `protocol.rs` `a_cancel_ends_everything…` |
//! | failing steps and checks | `protocol.rs` `steps_run_in_order…` |
//! | fork bombs (shell, perl) | `limits.rs` `fork_bombs_are_bounded…` |
//! | endless loops, several at once, a step's own limit | `limits.rs` `time_is_limited…` |
//! | memory, disk, one large file, files without number | `limits.rs` `memory_disk_and_files…` |
//! | a gigabyte of output | `limits.rs` `a_gigabyte_of_output…` |
//! | reading host files, processes, environment; devices, mounts, process 1 | `escape.rs` `a_job_sees_nothing_of_the_host` |
//! | opening the network | `escape.rs` `there_is_no_network…` |
//! | daemons that outlive their step | `escape.rs` `nothing_outlives…` |
//! | links, pipes and too many files as artifacts | `escape.rs` `artifacts_are_regular_files…` |
//! | sources: garbage, `../`, links, hard links, devices, bombs, cut off, too large, empty | `source.rs` `sources_that_mean_harm…` |
//! | hostile git config, hooks, attributes, submodules; a destroyed repository | `source.rs` `a_bundle_is_checked_out…` |
//! | planted repositories, ignore rules, nested repositories, closed files against the diff | `source.rs` `a_job_cannot_keep_a_change_out…` |
//! | checks that rewrite what was tested | `source.rs` `the_diff_is_taken_after_the_steps…` |
//! | an archive of 50,000 entries; artifacts that crowd reports out | `source.rs` `an_archive_of_fifty_thousand…`, `reports_are_kept_before…` |
//! | another sandbox's files and processes; IPv6, unix sockets | `escape.rs` `a_sandbox_sees_neither…`, `sockets_of_the_host…` |
//! | a fork bomb under an ordinary user's runner; a gigabyte of empty lines | `limits.rs` |
//! | a full disk: output, results, records | unit tests of `output/`, `restart.rs` `results_that_cannot…`, `a_job_that_cannot…` |
//! | kill -9 of the runner, and its next start | `restart.rs` `a_killed_runner…` |
//! | a record half written | unit tests of `output/` |
//! | a lying jail | unit tests of `wire.rs` and `capture.rs` |
//! | no bubblewrap, no secret, two runners, no isolation | `restart.rs` |

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

mod host;
mod http;
mod jail;
mod options;
mod serve;

use options::Asked;

/// The version that callers see.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs the binary in the mode that its first argument names.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let words: Vec<&str> = arguments.iter().skip(1).map(|a| a.to_str().unwrap_or("")).collect();
    match words.as_slice() {
        ["jail-launch", ..] => jail::launch::main(arguments.into_iter().skip(2)),
        ["jail-init", root, scratch] => jail::init::main(Path::new(root), Path::new(scratch)),
        ["jail-exec", bounds, command] => jail::exec::main(bounds, command),
        ["jail-helper", root, scratch, order] => {
            jail::helper::main(Path::new(root), Path::new(scratch), order)
        }
        _ => serve(arguments),
    }
}

fn serve(arguments: Vec<OsString>) -> ExitCode {
    let asked = Asked::parse(arguments).and_then(|asked| {
        let secret = options::check_secret(std::env::var("RUNNER_SECRET").ok());
        match asked {
            Asked::Help => Ok(None),
            Asked::Serve(options) => secret.map(|secret| Some((options, secret))),
        }
    });
    let (options, secret) = match asked {
        Ok(Some(asked)) => asked,
        Ok(None) => {
            print!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("runner: {problem}");
            return ExitCode::from(2);
        }
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let served = match runtime {
        Ok(runtime) => {
            let served = runtime.block_on(serve::serve(options, &secret));
            runtime.shutdown_background();
            served
        }
        Err(error) => Err(error.to_string()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("runner: {problem}");
            ExitCode::FAILURE
        }
    }
}
