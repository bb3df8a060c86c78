//! The Worker's module, by worker-build with tools that are already here: it would download its own.

use std::path::PathBuf;

use super::{Profile, TARGET, names, stamp::Stamp, worker_module};
use crate::{Result, paths, process, tools::Tool};

/// Builds `server/build/` for pages that load their assets from this folder.
pub fn build(profile: Profile, assets_folder: &str) -> Result {
    let module = compile(profile, assets_folder)?;
    let bytes = std::fs::read(&module)?;
    let tool = Tool::worker_build()?.path();
    let tool_name = tool.to_string_lossy().into_owned();
    let way = format!("{} without names", profile.name());
    let stamp = Stamp::of("server", [bytes.as_slice(), tool_name.as_bytes(), way.as_bytes()]);
    if stamp.is_current() && worker_module().is_file() {
        return Ok(());
    }
    stamp.forget();
    wrap(profile, assets_folder, &tool)?;
    names::take_out()?;
    stamp.keep()
}

/// The same compilation that worker-build starts, made first so that nothing new means nothing to do.
fn compile(profile: Profile, assets_folder: &str) -> Result<PathBuf> {
    let (cargo_profile, folder) = cargo_profile(profile);
    let mut compile = process::cargo();
    compile
        .args(["build", "--locked", "--package", "server", "--lib", "--target", TARGET])
        .args(["--profile", cargo_profile])
        .envs(variables(assets_folder));
    process::run(&mut compile)?;
    Ok(paths::target().join(TARGET).join(folder).join("server.wasm"))
}

fn wrap(profile: Profile, assets_folder: &str, tool: &PathBuf) -> Result {
    let mut wrap = process::command(tool);
    process::with_node(&mut wrap);
    wrap.current_dir(paths::at("server"))
        .envs(variables(assets_folder))
        .env("WASM_BINDGEN_BIN", existing(Tool::wasm_bindgen()?.path())?)
        .env("WASM_OPT_BIN", existing(paths::npm_tool("wasm-opt"))?)
        .env("ESBUILD_BIN", existing(paths::npm_tool("esbuild"))?);
    match profile {
        Profile::Quick => wrap.args(["--profile", "wasm-dev", "--no-opt"]),
        Profile::Ships => wrap.arg("--release"),
    };
    process::run(&mut wrap)?;
    Ok(())
}

const fn cargo_profile(profile: Profile) -> (&'static str, &'static str) {
    match profile {
        Profile::Quick => ("wasm-dev", "wasm-dev"),
        Profile::Ships => ("release", "release"),
    }
}

/// What the compilation reads of its surroundings; the same for both runs, or the second starts over.
fn variables(assets_folder: &str) -> [(&'static str, String); 2] {
    [("MONOTASK_ASSETS", assets_folder.to_owned()), ("WASM_BINDGEN_USE_JS_SYS", "1".to_owned())]
}

/// worker-build only warns about a path that leads nowhere, and then waits for a download.
fn existing(path: PathBuf) -> Result<PathBuf> {
    if path.is_file() {
        return Ok(path);
    }
    Err(format!("{} is missing: cargo xtask setup", path.display()).into())
}
