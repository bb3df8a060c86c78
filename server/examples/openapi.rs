//! Writes the API's description into the file that is named, unless that would break programs written
//! for what is there already. `cargo xtask openapi` calls it.

use std::path::Path;
use std::process::ExitCode;

use server::api::description;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let may_break = arguments.iter().any(|argument| argument == "--break");
    let Some(path) = arguments.iter().find(|argument| !argument.starts_with("--")) else {
        eprintln!("which file?");
        return ExitCode::FAILURE;
    };
    match write(Path::new(path), may_break) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn write(path: &Path, may_break: bool) -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    if let (false, Ok(released)) = (may_break, std::fs::read_to_string(path)) {
        let released = serde_json::from_str(&released).map_err(|error| told(&error))?;
        let breaks = description::breaks(&released, &description::document());
        if !breaks.is_empty() {
            let list = breaks.join("\n  ");
            return Err(format!("this would break programs (--break to release it):\n  {list}"));
        }
    }
    std::fs::write(path, description::text()).map_err(|error| told(&error))
}
