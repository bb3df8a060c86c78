//! The Worker on real workerd, by `wrangler dev`.

use std::{
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::secret;
use crate::{
    Result, http, paths,
    process::{self, Output, Running, stopping},
};

/// How long the Worker may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(90);

/// What one start consists of.
pub struct Settings {
    /// Where the Worker serves.
    pub port: u16,
    /// Where all data lies.
    pub state: PathBuf,
    /// Where the runner listens, on loopback.
    pub runner_port: u16,
    /// What the runner asks of whoever calls it.
    pub runner_secret: String,
    /// What opens `/__test/*`.
    pub test_secret: String,
}

impl Settings {
    fn log(&self) -> PathBuf {
        self.state.join("logs/worker.log")
    }

    fn variables_file(&self) -> PathBuf {
        self.state.join("worker.env")
    }
}

/// Applies the migrations that the local database doesn't have yet.
pub fn migrate(state: &Path) -> Result {
    let has_migrations = std::fs::read_dir(paths::at("server/migrations"))
        .is_ok_and(|mut entries| entries.any(|entry| entry.is_ok()));
    if !has_migrations {
        return Ok(());
    }
    let mut migrate = process::npm_command("wrangler");
    migrate
        .args(["d1", "migrations", "apply", "monotask-production", "--local", "--persist-to"])
        .arg(state);
    process::run(&mut migrate)?;
    Ok(())
}

/// Fills an empty workspace, and says what was made.
pub fn seed(settings: &Settings, name: &str) -> Result<String> {
    let answer = http::request(
        settings.port,
        "POST",
        &format!("/__test/seed?name={name}"),
        &[("x-test-secret", &settings.test_secret)],
        Duration::from_secs(60),
    )?;
    match answer.status {
        200 | 201 => Ok(answer.body),
        status => Err(format!("the seed was answered with {status}:\n{}", answer.body).into()),
    }
}

/// Fires the cron once. A sweep that fails is done by the next one, and is in the Worker's log.
pub fn fire_cron(settings: &Settings) {
    let port = settings.port;
    thread::spawn(move || {
        let path = "/cdn-cgi/handler/scheduled?cron=*+*+*+*+*";
        let _ = http::request(port, "GET", path, &[], Duration::from_secs(30));
    });
}

/// The running Worker.
pub struct LocalWorker {
    running: Running,
}

impl LocalWorker {
    /// Starts it.
    pub fn start(settings: &Settings) -> Result<Self> {
        // Through a file that only we can read: a command line can be read by everyone.
        write_variables(settings)?;
        let mut dev = process::npm_command("wrangler");
        dev.args(["dev", "--ip", "127.0.0.1", "--inspector-port", "0", "--port"])
            .arg(settings.port.to_string())
            .args(["--show-interactive-dev-session=false", "--env-file"])
            .arg(settings.variables_file())
            .arg("--persist-to")
            .arg(&settings.state);
        let running = Running::start(&mut dev, Output::File(&settings.log()))?;
        Ok(Self { running })
    }

    /// Waits for the first answer.
    pub fn wait_until_ready(&mut self, settings: &Settings) -> Result {
        let started = Instant::now();
        loop {
            if stopping() {
                return Err("stopped".into());
            }
            self.check(settings)?;
            let answer =
                http::request(settings.port, "GET", "/health", &[], Duration::from_secs(5));
            match answer {
                Ok(answer) if answer.status == 200 => return Ok(()),
                Ok(answer) if started.elapsed() > PATIENCE => {
                    return Err(format!("the Worker is not whole: {}", answer.body).into());
                }
                Err(_) if started.elapsed() > PATIENCE => {
                    return Err(
                        format!("the Worker does not answer\n{}", self.tail(settings)).into()
                    );
                }
                _ => thread::sleep(Duration::from_millis(150)),
            }
        }
    }

    /// Fails when the Worker ended.
    pub fn check(&mut self, settings: &Settings) -> Result {
        if self.running.ended() {
            return Err(format!("the Worker ended\n{}", self.tail(settings)).into());
        }
        Ok(())
    }

    fn tail(&self, settings: &Settings) -> String {
        let log = std::fs::read_to_string(settings.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

fn write_variables(settings: &Settings) -> Result {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(settings.variables_file())?;
    writeln!(file, "RUNNER_URL=http://127.0.0.1:{}", settings.runner_port)?;
    writeln!(file, "RUNNER_SECRET={}", settings.runner_secret)?;
    writeln!(file, "TEST_SECRET={}", settings.test_secret)?;
    writeln!(file, "CHAIN_SECRET={}", secret::kept(&settings.state.join("chain-secret"))?)?;
    let signing = secret::kept_signing_key(&settings.state.join("signing-seed"))?;
    writeln!(file, "SIGNING_KEYS={signing}")?;
    Ok(())
}
