//! The sandbox host.

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
