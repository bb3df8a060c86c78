//! The sandbox host's binary. Everything is in the library; see its documentation.

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::main()
}
