//! `cargo xtask`: everything that is done to this repository, on a machine with rustup, Node and git.

mod api_docs;
mod bench;
mod browser_tests;
mod budgets;
mod build;
mod check;
mod dev;
mod fuzzer;
mod http;
mod layout;
mod openapi;
mod outcome;
mod paths;
mod process;
mod progress;
mod setup;
mod suite;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <command>

  setup                 install what is missing (wasm target, npm packages, pinned tools, the
                        fuzzer, and on Debian as root: bubblewrap and Chromium)
  dev                   build, migrate the local database, start the runner and the Worker
      --port N          where to serve (8787)
      --state DIR       where D1, R2, KV and Durable Objects keep their data (.state)
      --seed demo       fill an empty workspace with believable data, and print its sign-ins
      --release         build what ships, rather than what builds quickly
      --built           use what was built last
  test                  everything: setup, check, builds, Worker tests, browser tests, budgets
  check                 the fast part of it: format, lints, layout rules, native tests
      --only PART       format, lints, layout or tests
  build                 what ships: browser module, styles, Worker, Pages preview
      --quick           the same, built quickly and not shrunk
  stack                 put names into the stack of a trap, read from standard input
      --names FILE      the names of the build that trapped (server/build/index_bg.names)
  openapi               write docs/api/openapi-v1.json anew from the table of endpoints
      --break           even if that breaks programs written for what is there
  fuzz                  ask what was built last for long what the API's description allows and forbids
      --seconds N       how long (600)
  budgets               measure what was built last against its budgets
  bench                 build what ships, then time it in turn with the least the platform can do
      --built           use what was built last
";

/// Why a command stopped, in words for the person who ran it.
pub type Failure = Box<dyn std::error::Error>;

/// The result of anything that may stop a command.
pub type Result<T = ()> = std::result::Result<T, Failure>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), Flags(rest.to_vec())),
        None => ("help", Flags(Vec::new())),
    };
    match run(command, rest) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("\n\x1b[31mfailed:\x1b[0m {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, mut flags: Flags) -> Result<ExitCode> {
    process::stop_with_us()?;
    match command {
        "setup" => {
            flags.finish()?;
            setup::run(setup::Extent::Everything)?;
        }
        "build" => {
            let profile = build::Profile::from_quick(flags.take("--quick"));
            flags.finish()?;
            setup::run(setup::Extent::Build)?;
            build::run(profile)?;
        }
        "check" => {
            let only = flags.take_value("--only")?;
            flags.finish()?;
            setup::run(setup::Extent::Build)?;
            return Ok(check::run(only.as_deref())?.report());
        }
        "dev" => {
            let options = dev::Options::parse(&mut flags)?;
            flags.finish()?;
            dev::run(&options)?;
        }
        "test" => {
            flags.finish()?;
            return Ok(suite::run()?.report());
        }
        "openapi" => {
            let may_break = flags.take("--break");
            flags.finish()?;
            openapi::write(may_break)?;
        }
        "fuzz" => {
            let seconds = flags.take_value("--seconds")?;
            flags.finish()?;
            setup::run(setup::Extent::Everything)?;
            fuzzer::run(seconds.as_deref())?;
        }
        "budgets" => {
            flags.finish()?;
            return Ok(budgets::run()?.report());
        }
        "bench" => {
            let built = flags.take("--built");
            flags.finish()?;
            bench::run(built)?;
        }
        "stack" => {
            let names = flags.take_value("--names")?;
            flags.finish()?;
            let stack = std::io::read_to_string(std::io::stdin())?;
            print!("{}", build::read_stack(&stack, names.as_deref())?);
        }
        "help" | "--help" | "-h" => print!("{USAGE}"),
        other => return Err(format!("there is no command `{other}`\n\n{USAGE}").into()),
    }
    Ok(ExitCode::SUCCESS)
}

/// What stands behind the command. Each flag is taken out; what is left over is a mistake.
pub struct Flags(Vec<String>);

impl Flags {
    /// Whether a flag stands there.
    pub fn take(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|flag| flag != name);
        self.0.len() < before
    }

    /// The value of `--name value` or `--name=value`.
    pub fn take_value(&mut self, name: &str) -> Result<Option<String>> {
        let prefix = format!("{name}=");
        if let Some(at) = self.0.iter().position(|flag| flag.starts_with(&prefix)) {
            let flag = self.0.remove(at);
            return Ok(flag.strip_prefix(&prefix).map(str::to_owned));
        }
        let Some(at) = self.0.iter().position(|flag| flag == name) else {
            return Ok(None);
        };
        self.0.remove(at);
        if at < self.0.len() && !self.0[at].starts_with("--") {
            return Ok(Some(self.0.remove(at)));
        }
        Err(format!("`{name}` needs a value").into())
    }

    /// Refuses what no one took.
    pub fn finish(&self) -> Result {
        match self.0.first() {
            None => Ok(()),
            Some(flag) => Err(format!("`{flag}` is not understood here\n\n{USAGE}").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Flags;

    fn flags(words: &[&str]) -> Flags {
        Flags(words.iter().map(|&word| word.to_owned()).collect())
    }

    #[test]
    fn values_come_in_both_spellings() {
        let mut given = flags(&["--port", "1", "--state=x"]);
        assert_eq!(given.take_value("--port").unwrap().as_deref(), Some("1"));
        assert_eq!(given.take_value("--state").unwrap().as_deref(), Some("x"));
        assert!(given.finish().is_ok());
    }

    #[test]
    fn a_flag_nobody_knows_is_refused() {
        assert!(flags(&["--prot", "1"]).finish().is_err());
        assert!(flags(&["--port"]).take_value("--port").is_err());
        assert!(flags(&["--port", "--seed"]).take_value("--port").is_err());
    }
}
