//! Styles, scripts and everything else that is served as a file, under a folder named by its content.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Profile, client::minify, client_dist};
use crate::{Result, paths, process};

/// What a release consists of, in `dist/client`.
const RELEASE: [&str; 4] = ["app.js", "app_bg.wasm", "loader.js", "main.css"];

/// Compiles the style sheet and the loader script.
pub fn compile(profile: Profile) -> Result {
    let out = client_dist();
    let mut tailwind = process::npm_command("tailwindcss");
    tailwind.args(["--input", "style/main.css", "--output"]).arg(out.join("main.css"));
    if profile == Profile::Ships {
        tailwind.arg("--minify");
    }
    process::run(&mut tailwind)?;
    minify(&paths::at("public/loader.js"), &out.join("loader.js"))
}

/// Publishes this build under its hash and says the folder's path. The build before it stays, for
/// pages that are still open.
pub fn publish() -> Result<String> {
    let mut hasher = Sha256::new();
    for name in RELEASE {
        hasher.update(name);
        hasher.update(std::fs::read(client_dist().join(name))?);
    }
    let digest = format!("{:x}", hasher.finalize());
    let name = format!("assets-{}", &digest[..12]);
    let public = paths::at("dist/public");
    let folder = public.join(&name);
    std::fs::create_dir_all(&folder)?;
    for file in RELEASE {
        std::fs::copy(client_dist().join(file), folder.join(file))?;
    }
    let record = paths::at("dist/assets-folder");
    let before = std::fs::read_to_string(&record).unwrap_or_default();
    forget_older(&public, &[&name, before.trim()])?;
    std::fs::write(&record, &name)?;
    copy_public(&public)?;
    Ok(format!("/{name}"))
}

fn forget_older(public: &Path, kept: &[&str]) -> Result {
    for entry in std::fs::read_dir(public)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.starts_with("assets-") && !kept.contains(&name) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Copies `public/` as it is, `_headers` among it; the loader has its place in the release.
fn copy_public(to: &Path) -> Result {
    for entry in std::fs::read_dir(paths::at("public"))? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "loader.js" || !entry.file_type()?.is_file() {
            continue;
        }
        std::fs::copy(entry.path(), to.join(name))?;
    }
    Ok(())
}
