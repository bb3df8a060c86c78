//! The runner beside the Worker. It keeps its own state, so it may be started again at any time.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use super::local_worker::Settings;
use crate::{
    Result, paths,
    process::{self, Output, Running},
};

/// A runner that ends sooner than this didn't run.
const SHORT: Duration = Duration::from_secs(2);

/// How often in a row a runner may end at once before we leave it.
const TRIES: u32 = 3;

/// The running runner.
pub struct SupervisedRunner {
    running: Option<Running>,
    started: Instant,
    short_lives: u32,
}

impl SupervisedRunner {
    /// Starts it.
    pub fn start(settings: &Settings) -> Result<Self> {
        let running = Some(launch(settings)?);
        Ok(Self { running, started: Instant::now(), short_lives: 0 })
    }

    /// Starts it again when it ended. One that can't run at all is left, and said so: everything but
    /// sandboxes works without it.
    pub fn keep_up(&mut self, settings: &Settings) -> Result {
        let Some(running) = &mut self.running else { return Ok(()) };
        if !running.ended() {
            return Ok(());
        }
        self.short_lives = if self.started.elapsed() < SHORT { self.short_lives + 1 } else { 0 };
        self.running = None;
        if self.short_lives >= TRIES {
            let log = std::fs::read_to_string(settings.state.join("logs/runner.log"));
            eprintln!(
                "the runner can't run, so sandboxes can't either:\n{}",
                log.unwrap_or_default()
            );
            return Ok(());
        }
        eprintln!("the runner ended; starting it again");
        self.started = Instant::now();
        self.running = Some(launch(settings)?);
        Ok(())
    }
}

fn launch(settings: &Settings) -> Result<Running> {
    let mut runner = process::command(paths::target().join("debug/runner"));
    runner
        .arg("--listen")
        .arg(format!("127.0.0.1:{}", settings.runner_port))
        .arg("--state")
        .arg(settings.state.join("runner"))
        // Its end of this pipe closes with us, however we end.
        .arg("--stdin-guard")
        .stdin(Stdio::piped())
        .env("RUNNER_SECRET", &settings.runner_secret);
    Running::start(&mut runner, Output::File(&settings.state.join("logs/runner.log")))
}
