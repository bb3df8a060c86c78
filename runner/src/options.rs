//! The command line and the environment.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Shortest secret accepted, in characters.
const MIN_SECRET: usize = 32;

/// What is printed for `--help`.
pub(crate) const HELP: &str = "\
runner: executes jobs in sandboxes, over HTTP.

  RUNNER_SECRET=… runner --listen 127.0.0.1:0 --state DIR [options]

  --listen ADDRESS:PORT   where to listen; a port of 0 takes a free one
  --state DIR             where output, results and files are kept
  --max-sandboxes N       most sandboxes alive at once (default 8)
  --uid-base N            first of N user ids for sandboxes, when root (default 61000)
  --container             this is a container's entry point: allow other than loopback addresses
  --stdin-guard           end when standard input ends, so that it can't outlive its parent
  --unsafe-no-isolation   run without bubblewrap: sandboxes can read and change this machine

The environment variable RUNNER_SECRET (at least 32 characters) is what callers send as
`Authorization: Bearer`. When it is ready it prints one line of JSON with its address.
";

/// How the runner is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub listen: SocketAddr,
    pub state: PathBuf,
    pub max_sandboxes: u32,
    pub uid_base: u32,
    pub stdin_guard: bool,
    pub is_unsafe: bool,
}

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Help,
    Serve(Options),
}

impl Asked {
    /// Parses the command line. The error is a sentence.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        use lexopt::prelude::*;
        let (mut listen, mut state) = (None, None);
        let (mut max_sandboxes, mut uid_base) = (8, 61_000);
        let (mut container, mut stdin_guard, mut is_unsafe) = (false, false, false);
        let mut parser = lexopt::Parser::from_iter(arguments);
        let mut next = || -> Result<bool, lexopt::Error> {
            let Some(argument) = parser.next()? else { return Ok(false) };
            match argument {
                Long("listen") => listen = Some(parser.value()?.parse()?),
                Long("state") => state = Some(PathBuf::from(parser.value()?)),
                Long("max-sandboxes") => max_sandboxes = parser.value()?.parse()?,
                Long("uid-base") => uid_base = parser.value()?.parse()?,
                Long("container") => container = true,
                Long("stdin-guard") => stdin_guard = true,
                Long("unsafe-no-isolation") => is_unsafe = true,
                Long("help") | Short('h') => return Err("help".into()),
                other => return Err(other.unexpected()),
            }
            Ok(true)
        };
        loop {
            match next() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if error.to_string() == "help" => return Ok(Self::Help),
                Err(error) => return Err(error.to_string()),
            }
        }
        let listen: SocketAddr = listen.ok_or("--listen ADDRESS:PORT is missing")?;
        if !listen.ip().is_loopback() && !container {
            return Err(format!(
                "{listen} isn't a loopback address: only a container's entry point listens \
                 elsewhere (--container)"
            ));
        }
        if !(1..=256).contains(&max_sandboxes) || !(1000..=u32::MAX - 1000).contains(&uid_base) {
            return Err("--max-sandboxes is 1 to 256, --uid-base at least 1000".to_owned());
        }
        let state = state.ok_or("--state DIR is missing")?;
        Ok(Self::Serve(Options { listen, state, max_sandboxes, uid_base, stdin_guard, is_unsafe }))
    }
}

/// The secret, if it is long enough. The error is a sentence.
pub(crate) fn check_secret(secret: Option<String>) -> Result<String, String> {
    match secret {
        Some(secret) if secret.chars().count() >= MIN_SECRET => Ok(secret),
        Some(_) => Err(format!("RUNNER_SECRET needs at least {MIN_SECRET} characters")),
        None => Err("the environment variable RUNNER_SECRET is missing".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Asked, String> {
        let words = std::iter::once("runner").chain(line.split_whitespace());
        Asked::parse(words.map(OsString::from))
    }

    #[test]
    fn only_a_container_listens_elsewhere() {
        assert!(parse("--listen 127.0.0.1:0 --state s").is_ok());
        assert!(parse("--listen [::1]:0 --state s").is_ok());
        let refused = parse("--listen 0.0.0.0:80 --state s").unwrap_err();
        assert!(refused.contains("--container"), "{refused}");
        assert!(parse("--listen 0.0.0.0:80 --state s --container").is_ok());
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        assert!(parse("--state s").unwrap_err().contains("--listen"));
        assert!(parse("--listen 127.0.0.1:0").unwrap_err().contains("--state"));
        assert!(parse("--listen 127.0.0.1:0 --state s --what").unwrap_err().contains("--what"));
        assert!(parse("--listen nowhere --state s").is_err());
        assert_eq!(parse("--help"), Ok(Asked::Help));
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert!(check_secret(None).is_err());
        assert!(check_secret(Some("x".repeat(31))).is_err());
        assert!(check_secret(Some("x".repeat(32))).is_ok());
    }
}
