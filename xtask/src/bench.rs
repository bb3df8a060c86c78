//! `cargo xtask bench`: what a request costs, beside the least that the platform can do it for.

use crate::{Result, build, paths, process, progress::step, setup};

/// Times what ships and its floor in turn, and prints the table of `docs/benchmarks.md`.
pub fn run(built: bool) -> Result {
    setup::run(setup::Extent::Build)?;
    if !built {
        build::run(build::Profile::Ships)?;
    }
    let table = step("time ours and the floor in turn", || {
        let mut bench = process::command(paths::at("node_modules/node/bin/node"));
        process::with_node(&mut bench);
        process::run(bench.arg("end2end/bench/run.mjs"))
    })?;
    println!("\n{table}");
    Ok(())
}
