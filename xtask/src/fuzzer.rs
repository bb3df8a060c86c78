//! The fuzzer that asks the API what its description allows and forbids, and the validator that holds the
//! description itself against OpenAPI 3.1: Python programs, in an environment of their own under
//! `target/`.

use std::path::PathBuf;

use crate::{Result, paths, process, progress::step};

/// What is installed, each at its version.
const PACKAGES: [&str; 2] = ["schemathesis==4.32.5", "openapi-spec-validator==0.9.0"];

/// How long `cargo xtask fuzz` goes on by itself.
const SECONDS: u32 = 600;

fn folder() -> PathBuf {
    paths::at("target/fuzzer")
}

/// Installs them, unless those versions are there.
pub fn install() -> Result {
    let stamp = folder().join("version");
    let wanted = PACKAGES.join(" ");
    if std::fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    step(
        &format!("install {wanted}, with which the API is fuzzed and its description checked"),
        || {
            let by_hand = "Python 3.10 or newer is needed, with venv and pip. On Debian or Ubuntu: sudo \
                       apt-get install python3-venv";
            // What an interrupted installation left would be half of one.
            let _ = std::fs::remove_dir_all(folder());
            process::run(process::command("python3").args(["-m", "venv"]).arg(folder())).map_err(
                |error| format!("{error}\nthe fuzzer could not be installed. {by_hand}"),
            )?;
            let mut pip = process::command(folder().join("bin/python"));
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(PACKAGES);
            process::run(&mut pip).map_err(|error| {
                format!(
                    "{error}\nthe fuzzer could not be installed; is the package index reachable?"
                )
            })?;
            std::fs::write(&stamp, &wanted)?;
            Ok(())
        },
    )
}

/// Fuzzes what was built last for so many seconds, from a new seed each time.
pub fn run(seconds: Option<&str>) -> Result {
    let seconds = seconds.map_or(Ok(SECONDS), str::parse)?;
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    println!("seed {seed}, {seconds} s");
    let mut test = process::command(paths::at("node_modules/node/bin/node"));
    process::with_node(&mut test);
    test.args(["--test", "end2end/worker/fuzz.test.mjs"])
        .env("FUZZ_SECONDS", seconds.to_string())
        .env("FUZZ_SEED", seed.to_string());
    let (output, succeeded) = process::run_anyway(&mut test)?;
    println!("{output}");
    if succeeded { Ok(()) } else { Err(format!("seed {seed} found something").into()) }
}
