//! The fast part of the suite: format, lints for every target and feature set, layout rules, native
//! tests.

use crate::{
    Result, budgets, layout,
    outcome::{Counts, Outcome},
    process,
};

const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

/// Every way our code is compiled. Each in a cargo run of its own: features unify within one.
const LINTED: [(&str, &[&str]); 5] = [
    (
        "native crates",
        &["-p", "domain", "-p", "runner", "-p", "server", "-p", "xtask", "--all-targets"],
    ),
    ("app, rendered natively", &["-p", "app", "--features", "ssr", "--all-targets"]),
    ("app, in the Worker", &["-p", "app", "--features", "ssr", WASM[0], WASM[1]]),
    ("app, in the browser", &["-p", "app", "--features", "hydrate", WASM[0], WASM[1]]),
    ("server, in the Worker", &["-p", "server", WASM[0], WASM[1]]),
];

const TESTED: [(&str, &[&str]); 2] = [
    ("native tests", &["-p", "domain", "-p", "runner", "-p", "server", "-p", "xtask"]),
    ("tests of the pages", &["-p", "app", "--features", "ssr"]),
];

/// Runs the checks, or one part of them.
pub fn run(only: Option<&str>) -> Result<Outcome> {
    let wanted = |part: &str| only.is_none_or(|only| only == part);
    if !["format", "lints", "layout", "tests"].iter().any(|part| wanted(part)) {
        return Err("the parts are: format, lints, layout, tests".into());
    }
    let mut outcome = Outcome::default();
    if wanted("format") {
        outcome
            .check("format", || process::run(process::cargo().args(["fmt", "--all", "--check"])));
    }
    if wanted("layout") {
        outcome.check("layout rules", layout::check);
    }
    if wanted("lints") {
        for (name, selection) in LINTED {
            outcome.check(&format!("lints: {name}"), || {
                let mut clippy = process::cargo();
                clippy.args(["clippy", "--locked"]).args(selection).args(["--", "-D", "warnings"]);
                process::run(&mut clippy)
            });
        }
    }
    if wanted("tests") {
        let figures = budgets::begin_figures()?;
        for (name, selection) in TESTED {
            outcome.tests(name, || {
                let mut test = process::cargo();
                test.args(["test", "--locked", "--no-fail-fast"]).args(selection);
                test.env("MONOTASK_FIGURES", &figures);
                let (output, succeeded) = process::run_anyway(&mut test)?;
                Ok(Counts::of_cargo(output, succeeded))
            });
        }
    }
    Ok(outcome)
}
