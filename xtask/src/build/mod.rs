//! Builds what ships: the browser's module, the styles, the Worker, and the Pages preview.
//!
//! ```text
//! dist/public/                what is served as files: assets-<hash>/, icons, _headers, api/
//! dist/pages/                 the same, and the Worker as _worker.js/
//! server/build/               the Worker's module, which server/entry wraps
//! ```

mod assets;
mod client;
mod names;
mod pages;
mod server;
mod stamp;

use crate::{Result, api_docs, paths, progress::step};

/// The target of both modules; the Worker and the browser are the same kind of machine.
const TARGET: &str = "wasm32-unknown-unknown";

/// How a build weighs its time against its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build, never shipped.
    Quick,
    /// What ships.
    Ships,
}

impl Profile {
    /// The profile that a flag asks for.
    pub const fn from_quick(quick: bool) -> Self {
        if quick { Self::Quick } else { Self::Ships }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Ships => "ships",
        }
    }
}

/// Builds everything. Client and server in separate cargo runs: features unify within one.
pub fn run(profile: Profile) -> Result {
    std::fs::create_dir_all(paths::at("dist"))?;
    step("build the browser's module", || client::build(profile))?;
    step("build the styles and scripts", || assets::compile(profile))?;
    let folder = assets::publish()?;
    step("write the page of the API", || api_docs::publish(&folder))?;
    step(&format!("build the Worker, for {folder}"), || server::build(profile, &folder))?;
    step("lay out the Pages preview", pages::lay_out)
}

/// Where the browser's module lies before it is published under its hash.
pub fn client_dist() -> std::path::PathBuf {
    paths::at("dist/client")
}

/// The published folder of this build.
pub fn assets_folder() -> Result<std::path::PathBuf> {
    let name = std::fs::read_to_string(paths::at("dist/assets-folder"))
        .map_err(|_| "nothing is built yet: cargo xtask build")?;
    Ok(paths::at("dist/public").join(name.trim()))
}

/// The Worker's module as it ships.
pub fn worker_module() -> std::path::PathBuf {
    paths::at("server/build/index_bg.wasm")
}

/// The names of its functions, which don't ship.
fn names_of_worker() -> std::path::PathBuf {
    paths::at("server/build/index_bg.names")
}

/// Puts names into the stack of a trap, by the names of this build or by those in another file.
pub fn read_stack(stack: &str, names: Option<&str>) -> Result<String> {
    let path = names.map_or_else(names_of_worker, std::path::PathBuf::from);
    let known = std::fs::read_to_string(&path)
        .map_err(|error| format!("{}: {error}; cargo xtask build", path.display()))?;
    Ok(names::read_back(stack, &known))
}
