//! `cargo xtask dev`: the whole product on this machine, until someone stops it.

mod local_worker;
mod secret;
mod supervised_runner;

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Flags, Result, build, http, paths,
    process::{self, stopping},
    progress::step,
    setup,
};
use local_worker::{LocalWorker, Settings};
use supervised_runner::SupervisedRunner;

/// How often the cron is fired; wrangler doesn't, locally.
const CRON_EVERY: Duration = Duration::from_secs(10);

/// What the command was asked for.
pub struct Options {
    port: u16,
    state: PathBuf,
    seed: Option<String>,
    build: Option<build::Profile>,
}

impl Options {
    /// Reads the flags.
    pub fn parse(flags: &mut Flags) -> Result<Self> {
        let port = match flags.take_value("--port")? {
            None => 8787,
            Some(port) => port.parse().map_err(|_| format!("`{port}` is no port"))?,
        };
        let state = flags.take_value("--state")?.unwrap_or_else(|| ".state".to_owned());
        let seed = flags.take_value("--seed")?;
        if seed.as_deref().is_some_and(|seed| seed != "demo") {
            return Err("the only seed is `demo`".into());
        }
        let release = flags.take("--release");
        let build = match flags.take("--built") {
            true => None,
            false => Some(build::Profile::from_quick(!release)),
        };
        Ok(Self { port, state: paths::root().join(state), seed, build })
    }
}

/// Runs until someone stops it, and leaves no process behind.
pub fn run(options: &Options) -> Result {
    let result = serve(options);
    process::sweep();
    if stopping() {
        println!("\nstopped");
        return Ok(());
    }
    result
}

fn serve(options: &Options) -> Result {
    if http::is_taken(options.port) {
        return Err(format!(
            "port {} is in use by another program; choose one with --port",
            options.port
        )
        .into());
    }
    setup::run(setup::Extent::Run)?;
    if let Some(profile) = options.build {
        build::run(profile)?;
    }
    step("build the runner", || {
        process::run(process::cargo().args(["build", "--locked", "--package", "runner"]))
    })?;
    std::fs::create_dir_all(options.state.join("logs"))?;
    let settings = Settings {
        port: options.port,
        state: options.state.clone(),
        runner_port: http::free_port()?,
        runner_secret: secret::random()?,
        test_secret: match std::env::var("TEST_SECRET") {
            Ok(given) if !given.is_empty() => given,
            _ => secret::random()?,
        },
    };
    step("migrate the local database", || local_worker::migrate(&options.state))?;
    let mut runner = SupervisedRunner::start(&settings)?;
    let mut worker = LocalWorker::start(&settings)?;
    step("start the Worker", || worker.wait_until_ready(&settings))?;
    if let Some(seed) = &options.seed {
        println!("{}", step("seed", || local_worker::seed(&settings, seed))?);
    }
    println!("\n  MonoTask is ready: http://localhost:{}", options.port);
    println!("  logs: {}   stop: Ctrl-C\n", options.state.join("logs").display());
    watch(&settings, &mut worker, &mut runner)
}

fn watch(settings: &Settings, worker: &mut LocalWorker, runner: &mut SupervisedRunner) -> Result {
    let mut fired = Instant::now();
    while !stopping() {
        thread::sleep(Duration::from_millis(100));
        worker.check(settings)?;
        runner.keep_up(settings)?;
        if fired.elapsed() >= CRON_EVERY {
            fired = Instant::now();
            local_worker::fire_cron(settings);
        }
    }
    Ok(())
}
