//! Where things are.

use std::path::{Path, PathBuf};

/// The repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A place in the repository.
pub fn at(relative: &str) -> PathBuf {
    root().join(relative)
}

/// Where cargo builds to.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| at("target"), |dir| root().join(dir))
}

/// Where installed tools are kept, by name and version, for every clone on this machine.
pub fn tools() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))
        .unwrap_or_else(|| at("target"));
    cache.join("monotask").join("tools")
}

/// A tool of the npm packages.
pub fn npm_tool(name: &str) -> PathBuf {
    at("node_modules/.bin").join(name)
}
