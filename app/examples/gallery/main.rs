//! Every page in every state, as plain files to look at: `target/gallery/index.html`.
//!
//! ```text
//! cargo run -p app --example gallery --features ssr
//! node app/examples/gallery/screenshots.mjs        # light and dark, 360 and 1280 px
//! ```
//!
//! Whoever changes how something looks looks at it here first, in both themes at both widths.

mod demo;
mod scenes;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use app::app::Page;
use app::document::Document;
use app::shell::shell;
use app::theme::Theme;
use hydration_context::SsrSharedContext;
use leptos::prelude::{Owner, RenderHtml, provide_context};

use scenes::Scene;

const OUT: &str = "target/gallery";

fn main() -> std::io::Result<()> {
    let out = Path::new(OUT);
    fs::create_dir_all(out)?;
    let built = Command::new("node_modules/.bin/tailwindcss")
        .args(["--input", "style/main.css", "--output", "target/gallery/main.css"])
        .status()?;
    if !built.success() {
        return Err(std::io::Error::other("the style could not be built"));
    }
    let scenes = scenes::all();
    for scene in &scenes {
        for theme in [Theme::Light, Theme::Dark] {
            let html = render(scene.page.clone(), theme);
            fs::write(out.join(format!("{}.{}.html", scene.name, theme.name())), html)?;
        }
    }
    fs::write(out.join("index.html"), index(&scenes))?;
    println!("{} scenes in {OUT}/index.html", scenes.len());
    Ok(())
}

fn render(page: Page, theme: Theme) -> String {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    owner.with(|| {
        provide_context(Document {
            nonce: "gallery".to_owned(),
            assets: ".".to_owned(),
            theme,
            request_id: "req_01jd7xk2v9e8m4q6t5r3w1y0za".to_owned(),
            location: "/".to_owned(),
        });
        shell(page).to_html()
    })
}

fn index(scenes: &[Scene]) -> String {
    let mut list = String::new();
    for scene in scenes {
        let name = scene.name;
        list.push_str(&format!(
            "<li>{name}: <a href=\"{name}.light.html\">light</a> \
             <a href=\"{name}.dark.html\">dark</a></li>\n"
        ));
    }
    format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Gallery</title>\
         <h1>Gallery</h1><ul>{list}</ul></html>"
    )
}
