//! `cargo xtask test`: everything.

use crate::{
    Result, browser_tests, budgets, build, check,
    outcome::{Counts, Outcome},
    paths, process, setup,
};

/// Runs everything. A part that fails keeps no other from running, unless there is nothing to run it on.
pub fn run() -> Result<Outcome> {
    setup::run(setup::Extent::Everything)?;
    let mut outcome = check::run(None)?;
    if outcome.check("build what ships", || build::run(build::Profile::Ships)).is_none() {
        return Ok(outcome);
    }
    if outcome
        .check("build the runner", || {
            process::run(process::cargo().args(["build", "--locked", "-p", "runner"]))
        })
        .is_none()
    {
        return Ok(outcome);
    }
    outcome.tests("tests of the Worker", || node_tests("end2end/worker"));
    outcome.tests("kill tests", || node_tests("end2end/kill"));
    outcome.tests("tests of the commands", || node_tests("end2end/commands"));
    outcome.tests("tests in the browser", browser_tests::run);
    outcome.add(budgets::run()?);
    Ok(outcome)
}

/// Tests against real workerd, each file with a server of its own; one after the other, for they measure.
fn node_tests(folder: &str) -> Result<Counts> {
    let mut files: Vec<_> = std::fs::read_dir(paths::at(folder))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    let mut test = process::command(paths::at("node_modules/node/bin/node"));
    process::with_node(&mut test);
    test.env("XTASK", std::env::current_exe()?);
    test.args(["--test", "--test-concurrency=1", "--test-reporter=tap"]).args(files);
    let (output, succeeded) = process::run_anyway(&mut test)?;
    Ok(Counts::of_node(output, succeeded))
}
