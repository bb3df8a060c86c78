//! The API's description, as it is released.

use crate::{Result, paths, process};

/// Where it lies.
pub const RELEASED: &str = "docs/api/openapi-v1.json";

/// Writes it anew from the table of endpoints, unless that would break programs.
pub fn write(may_break: bool) -> Result {
    let mut generate = process::command("cargo");
    generate.args(["run", "--quiet", "--locked", "--package", "server", "--example", "openapi"]);
    generate.arg("--").arg(paths::at(RELEASED));
    if may_break {
        generate.arg("--break");
    }
    process::run(&mut generate).map(drop)
}
