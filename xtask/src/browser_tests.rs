//! Playwright, against `cargo xtask dev` as people start it.

use crate::{Result, http, outcome::Counts, process, setup};

/// Runs the browser tests on a port of their own.
pub fn run() -> Result<Counts> {
    let mut test = process::npm_command("playwright");
    test.args(["test", "--config", "end2end/playwright.config.mjs", "--reporter=list"])
        .env("CHROMIUM", setup::browser()?)
        .env("MONOTASK_E2E_PORT", http::free_port()?.to_string())
        .env("XTASK", std::env::current_exe()?);
    let (output, succeeded) = process::run_anyway(&mut test)?;
    Ok(Counts::of_playwright(output, succeeded))
}
