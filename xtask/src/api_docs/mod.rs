//! The page at `/api/docs`, written by the build from the released description: every operation, every
//! shape, and how to begin. No script, nothing from other hosts.

use serde_json::Value;

use crate::{Result, openapi, paths};

mod getting_started;
mod html;
mod operations;
mod shapes;

use html::escape;

/// Publishes the description and the page beside the build's other files, for pages that take their
/// styles from `assets`.
pub fn publish(assets: &str) -> Result {
    let text = std::fs::read_to_string(paths::at(openapi::RELEASED))?;
    let document: Value = serde_json::from_str(&text)?;
    let folder = paths::at("dist/public/api");
    std::fs::create_dir_all(folder.join("v1"))?;
    std::fs::write(folder.join("v1/openapi.json"), document.to_string())?;
    std::fs::write(folder.join("docs.html"), page(&document, assets))?;
    Ok(())
}

/// The whole page. The Worker puts the visitor's theme in.
fn page(document: &Value, assets: &str) -> String {
    let chapters = operations::chapters(document);
    let index: String = chapters.iter().map(operations::Chapter::index).collect();
    let sections: String = chapters.iter().map(|chapter| chapter.section(document)).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\" data-theme=\"system\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>API · MonoTask</title>\
         <link rel=\"stylesheet\" href=\"{assets}/main.css\">\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"></head>\
         <body class=\"api-docs\"><a class=\"skip-link\" href=\"#main\">Skip to content</a>\
         <header class=\"api-docs-head\"><a href=\"/\">MonoTask</a><span>API</span>\
         <a href=\"/api/v1/openapi.json\">openapi.json</a></header>\
         <div class=\"api-docs-body\"><nav aria-label=\"Contents\">{}{index}\
         <h2><a href=\"#shapes\">Shapes</a></h2></nav>\
         <main id=\"main\"><h1>API</h1><p class=\"lead\">{}</p>{}{sections}{}</main></div>\
         </body></html>\n",
        getting_started::index(),
        html::inline(document["info"]["description"].as_str().unwrap_or_default()),
        getting_started::section(),
        shapes::section(document),
        assets = escape(assets),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> (Value, String) {
        let text = std::fs::read_to_string(paths::at(openapi::RELEASED)).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let page = page(&document, "/assets-x");
        (document, page)
    }

    #[test]
    fn every_operation_and_every_shape_has_its_place() {
        let (document, page) = made();
        for (_, methods) in document["paths"].as_object().unwrap() {
            for (_, operation) in methods.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
                assert!(page.contains(&format!("href=\"#{id}\"")), "{id}");
            }
        }
        for (name, _) in document["components"]["schemas"].as_object().unwrap() {
            assert!(page.contains(&format!("id=\"shape-{name}\"")), "{name}");
        }
    }

    #[test]
    fn links_lead_somewhere_and_nothing_is_loaded_from_elsewhere() {
        let (_, page) = made();
        for link in page.split("href=\"#").skip(1) {
            let target = link.split('"').next().unwrap();
            assert!(page.contains(&format!("id=\"{target}\"")), "#{target}");
        }
        for forbidden in ["<script", "style=\"", "src=\"", "href=\"http", "onclick"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        let mut ids: Vec<_> =
            page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id stands twice");
    }

    #[test]
    fn what_the_description_says_is_text() {
        let hostile = serde_json::json!({
            "info": { "description": "<script>alert(1)</script>" },
            "paths": { "/x": { "get": {
                "operationId": "x\"><b>", "summary": "<i>", "tags": ["t"], "responses": {},
            } } },
            "tags": [{ "name": "t" }],
            "components": { "schemas": { "A<b>": { "description": "</main>" } } },
        });
        let page = page(&hostile, "/a");
        for markup in ["<script", "<i>", "<b>"] {
            assert!(!page.contains(markup), "{markup}");
        }
        assert_eq!(page.matches("</main>").count(), 1);
    }
}
