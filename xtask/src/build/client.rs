//! The browser's module: cargo, wasm-bindgen, wasm-opt, and esbuild for the script around it.

use std::path::{Path, PathBuf};

use super::{Profile, TARGET, client_dist, stamp::Stamp};
use crate::{Result, paths, process, tools::Tool};

/// What browsers of today understand, by name: with all features on, wasm-opt writes modules that
/// Chromium refuses.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Builds `dist/client/app.js` and `dist/client/app_bg.wasm`.
pub fn build(profile: Profile) -> Result {
    let module = compile(profile)?;
    let bytes = std::fs::read(&module)?;
    let tool = Tool::wasm_bindgen()?.path();
    let tool_name = tool.to_string_lossy().into_owned();
    let stamp =
        Stamp::of("client", [bytes.as_slice(), tool_name.as_bytes(), profile.name().as_bytes()]);
    let out = client_dist();
    if stamp.is_current() && out.join("app_bg.wasm").is_file() {
        return Ok(());
    }
    stamp.forget();
    bind(&tool, &module, &out)?;
    if profile == Profile::Ships {
        shrink(&out.join("app_bg.wasm"))?;
    }
    minify(&out.join("app.bindgen.js"), &out.join("app.js"))?;
    stamp.keep()
}

fn compile(profile: Profile) -> Result<PathBuf> {
    let cargo_profile = match profile {
        Profile::Quick => "wasm-dev",
        Profile::Ships => "wasm-release",
    };
    process::run(process::cargo().args([
        "build",
        "--locked",
        "--package",
        "app",
        "--lib",
        "--features",
        "hydrate",
        "--target",
        TARGET,
        "--profile",
        cargo_profile,
    ]))?;
    Ok(paths::target().join(TARGET).join(cargo_profile).join("app.wasm"))
}

fn bind(tool: &Path, module: &Path, out: &Path) -> Result {
    let mut bind = process::command(tool);
    bind.args(["--target", "web", "--no-typescript", "--remove-producers-section", "--out-name"])
        .args(["app", "--out-dir"])
        .arg(out)
        .arg(module);
    process::run(&mut bind)?;
    std::fs::rename(out.join("app.js"), out.join("app.bindgen.js"))?;
    Ok(())
}

fn shrink(module: &Path) -> Result {
    let shrunk = module.with_extension("opt");
    let mut optimise = process::npm_command("wasm-opt");
    optimise.arg("-Oz").args(WASM_FEATURES).arg(module).arg("-o").arg(&shrunk);
    process::run(&mut optimise)?;
    std::fs::rename(shrunk, module)?;
    Ok(())
}

/// Writes a script without what only people need.
pub fn minify(from: &Path, to: &Path) -> Result {
    let mut minify = process::npm_command("esbuild");
    minify
        .arg(from)
        .args(["--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
        .arg(format!("--outfile={}", to.display()));
    process::run(&mut minify)?;
    Ok(())
}
