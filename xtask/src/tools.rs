//! The pinned tools that cargo installs, kept by version for every clone on this machine.

use std::path::PathBuf;

use crate::{Result, paths, process, progress::step};

/// A program that `cargo install` builds.
pub struct Tool {
    package: &'static str,
    version: String,
    program: &'static str,
}

impl Tool {
    /// The bindings generator; it must be the very version that the code is built against.
    pub fn wasm_bindgen() -> Result<Self> {
        let version = locked_version("wasm-bindgen")?;
        Ok(Self { package: "wasm-bindgen-cli", version, program: "wasm-bindgen" })
    }

    /// What turns the server into a Worker; it must match the `worker` crate.
    pub fn worker_build() -> Result<Self> {
        let version = locked_version("worker")?;
        Ok(Self { package: "worker-build", version, program: "worker-build" })
    }

    /// Where the program is once it is installed.
    pub fn path(&self) -> PathBuf {
        self.folder().join("bin").join(self.program)
    }

    fn folder(&self) -> PathBuf {
        paths::tools().join(format!("{}-{}", self.package, self.version))
    }

    /// Installs it, unless it is there.
    pub fn install(&self) -> Result {
        if self.path().is_file() {
            return Ok(());
        }
        let name = format!("install {} {} (about 6 minutes, once)", self.package, self.version);
        step(&name, || {
            // Its own lock file names versions that some registries don't carry, hence no `--locked`.
            let mut install = process::cargo();
            install
                .args(["install", self.package, "--version", &format!("={}", self.version)])
                .arg("--root")
                .arg(self.folder())
                .env_remove("CARGO_TARGET_DIR");
            process::run(&mut install).map_err(|error| {
                format!(
                    "{error}\n{} {} could not be installed. By hand: cargo install {} --version ={} \
                     --root {}",
                    self.package,
                    self.version,
                    self.package,
                    self.version,
                    self.folder().display()
                )
            })?;
            Ok(())
        })
    }
}

/// The version of a crate in `Cargo.lock`.
fn locked_version(package: &str) -> Result<String> {
    let lock = std::fs::read_to_string(paths::at("Cargo.lock"))
        .map_err(|error| format!("Cargo.lock can't be read: {error}"))?;
    find_version(&lock, package)
        .ok_or_else(|| format!("Cargo.lock names no `{package}`; it is not whole").into())
}

fn find_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    version.strip_suffix('"').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::find_version;

    #[test]
    fn the_lock_names_the_version() {
        let lock = "[[package]]\nname = \"worker-build\"\nversion = \"1.0.0\"\n\n[[package]]\n\
                    name = \"worker\"\nversion = \"0.8.7\"\n";
        assert_eq!(find_version(lock, "worker").as_deref(), Some("0.8.7"));
        assert_eq!(find_version(lock, "work"), None);
    }
}
