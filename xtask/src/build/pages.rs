//! The Pages preview: the same files, and the same module behind an entry that answers requests only.

use std::path::Path;

use super::worker_module;
use crate::{Result, paths, process};

/// Which addresses are files and never reach the Worker.
const ROUTES: &str = concat!(
    r#"{"version":1,"include":["/*"],"exclude":["/assets-*","/favicon.svg","/robots.txt","#,
    r#""/api/v1/openapi.json","/api/docs.html"]}"#
);

/// Makes `dist/pages/`.
pub fn lay_out() -> Result {
    let pages = paths::at("dist/pages");
    if pages.exists() {
        std::fs::remove_dir_all(&pages)?;
    }
    copy_folder(&paths::at("dist/public"), &pages)?;
    let worker = pages.join("_worker.js");
    std::fs::create_dir_all(&worker)?;
    let mut bundle = process::npm_command("esbuild");
    bundle
        .arg(paths::at("server/entry/pages.js"))
        .args(["--bundle", "--format=esm", "--target=es2022", "--log-level=warning"])
        .args(["--external:cloudflare:*", "--external:*.wasm"])
        .arg(format!("--outfile={}", worker.join("index.js").display()));
    process::run(&mut bundle)?;
    std::fs::copy(worker_module(), worker.join("index_bg.wasm"))?;
    std::fs::write(pages.join("_routes.json"), ROUTES)?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
