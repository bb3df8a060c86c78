//! Installs what is missing, and says in plain words what it can't.

use std::{path::PathBuf, process::Command};

use sha2::{Digest, Sha256};

use crate::{Result, fuzzer, paths, process, progress::step, tools::Tool};

/// How much is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What builds.
    Build,
    /// What runs sandboxes too.
    Run,
    /// What tests in a browser too.
    Everything,
}

/// Installs what is missing for that much.
pub fn run(extent: Extent) -> Result {
    wasm_target()?;
    node_is_there()?;
    npm_packages()?;
    Tool::wasm_bindgen()?.install()?;
    Tool::worker_build()?.install()?;
    let bubblewrap = SystemPackage { package: "bubblewrap", programs: &["bwrap"] };
    let chromium = SystemPackage { package: "chromium", programs: &BROWSERS };
    match extent {
        Extent::Build => Ok(()),
        Extent::Run => bubblewrap.install(),
        Extent::Everything => {
            bubblewrap.install()?;
            chromium.install()?;
            for programs in SCRIPTS_TOOLS {
                SystemPackage { package: programs[0], programs }.install()?;
            }
            fuzzer::install()
        }
    }
}

/// What the tutorials' scripts call.
const SCRIPTS_TOOLS: [&[&str]; 3] = [&["curl"], &["jq"], &["openssl"]];

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// The browser that tests drive.
pub fn browser() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return Ok(path.into());
    }
    BROWSERS.iter().find_map(|name| find(name)).ok_or_else(|| {
        "there is no Chromium: install the package `chromium`, or set CHROMIUM to its path".into()
    })
}

fn wasm_target() -> Result {
    const TARGET: &str = "wasm32-unknown-unknown";
    let libraries = process::run(process::command("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        TARGET,
    ]))?;
    if std::path::Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    step("install the target wasm32-unknown-unknown", || {
        process::run(process::command("rustup").args(["target", "add", TARGET])).map_err(
            |error| {
                format!(
                    "{error}\nthe target {TARGET} could not be installed. MonoTask needs rustup \
                 (https://rustup.rs), then: rustup target add {TARGET}"
                )
            },
        )?;
        Ok(())
    })
}

fn node_is_there() -> Result {
    let version = process::run(Command::new("node").arg("--version"))
        .map_err(|_| "there is no Node: install Node 20 or newer (https://nodejs.org), with npm")?;
    let version = version.trim();
    let major = version.trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    if major.is_some_and(|major: u32| major >= 20) {
        return Ok(());
    }
    Err(format!("Node is {version}, and 20 or newer is needed (https://nodejs.org)").into())
}

/// Installs what the lock file names, unless that very lock file was installed already.
fn npm_packages() -> Result {
    let lock = std::fs::read(paths::at("package-lock.json"))?;
    let wanted = format!("{:x}", Sha256::digest(&lock));
    let stamp = paths::at("node_modules/.monotask-lock");
    let ready = paths::at("node_modules/node/bin/node").is_file();
    if ready && std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step("install the npm packages", || {
        // Not `npm ci`: it refuses locks without other platforms' optional packages. This installs
        // the locked versions just the same, and writes no file of ours.
        let mut install = process::command("npm");
        install
            .args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"])
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        process::run(&mut install).map_err(|error| {
            format!("{error}\nthe npm packages could not be installed; is the registry reachable?")
        })?;
        std::fs::write(&stamp, &wanted)?;
        Ok(())
    })
}

struct SystemPackage {
    package: &'static str,
    programs: &'static [&'static str],
}

impl SystemPackage {
    fn install(&self) -> Result {
        if self.programs.iter().any(|program| find(program).is_some()) {
            return Ok(());
        }
        let by_hand = format!(
            "`{}` is missing. On Debian or Ubuntu: sudo apt-get install {}",
            self.programs[0], self.package
        );
        if find("apt-get").is_none() || !nix::unistd::geteuid().is_root() {
            return Err(by_hand.into());
        }
        step(&format!("install {} through apt", self.package), || {
            let apt = |arguments: &[&str]| {
                let mut apt = process::command("apt-get");
                apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
                process::run(&mut apt)
            };
            apt(&["update"])
                .and_then(|_| apt(&["install", "--yes", "--no-install-recommends", self.package]))
                .map_err(|error| format!("{error}\n{by_hand}"))?;
            Ok(())
        })
    }
}

/// Where a program is in the path.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
