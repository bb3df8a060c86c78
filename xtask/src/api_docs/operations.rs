//! Operations by chapter.

use std::collections::BTreeMap;

use serde_json::Value;

use super::html::{code, escape, inline};
use super::shapes;

/// A chapter: a tag and its operations.
pub struct Chapter<'a> {
    name: &'a str,
    operations: Vec<Operation<'a>>,
}

struct Operation<'a> {
    method: String,
    path: &'a str,
    of: &'a Value,
}

/// The chapters in the document's order; operations by path, reading first.
pub fn chapters(document: &Value) -> Vec<Chapter<'_>> {
    let mut by_tag: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, of) in methods.as_object().into_iter().flatten() {
            let tag = of["tags"][0].as_str().unwrap_or_default();
            let operation = Operation { method: method.to_uppercase(), path, of };
            by_tag.entry(tag).or_default().push(operation);
        }
    }
    let tags = document["tags"].as_array().into_iter().flatten();
    tags.filter_map(|tag| tag["name"].as_str())
        .map(|name| Chapter { name, operations: by_tag.remove(name).unwrap_or_default() })
        .collect()
}

impl Chapter<'_> {
    fn heading(&self) -> String {
        let mut letters = self.name.chars();
        let first = letters.next().map(|letter| letter.to_uppercase().to_string());
        escape(&format!("{}{}", first.unwrap_or_default(), letters.as_str()))
    }

    /// The way to each operation.
    pub fn index(&self) -> String {
        let link = |operation: &Operation<'_>| {
            let (id, summary) = (text(operation.of, "operationId"), text(operation.of, "summary"));
            format!("<li><a href=\"#{}\">{}</a></li>", escape(id), escape(summary))
        };
        let links: String = self.operations.iter().map(link).collect();
        format!("<h2>{}</h2><ul>{links}</ul>", self.heading())
    }

    /// The operations.
    pub fn section(&self, document: &Value) -> String {
        let all: String =
            self.operations.iter().map(|operation| operation.article(document)).collect();
        let name = escape(self.name);
        format!("<section><h2 id=\"about-{name}\">{}</h2>{all}</section>", self.heading())
    }
}

impl Operation<'_> {
    fn article(&self, document: &Value) -> String {
        let id = escape(text(self.of, "operationId"));
        let about = match self.of["description"].as_str() {
            Some(about) => format!("<p>{}</p>", inline(about)),
            None => String::new(),
        };
        format!(
            "<article id=\"{id}\"><h3><a href=\"#{id}\">{}</a></h3>\
             <p class=\"api-address\"><span>{}</span> <code>{}</code></p>{about}{}{}{}{}{}{}</article>",
            escape(text(self.of, "summary")),
            self.method,
            escape(&format!("/api/v1{}", self.path)),
            self.credential(),
            self.parameters(document),
            self.body(),
            self.answer(),
            self.problems(document),
            code(&self.example(document)),
        )
    }

    fn credential(&self) -> String {
        let scope = match self.of["x-scope"].as_str() {
            Some(scope) => format!(
                "Scope <code>{}</code>, role {} or more.",
                escape(scope),
                escape(text(self.of, "x-least-role"))
            ),
            None if self.of.get("security").is_some() => "Needs no credential.".to_owned(),
            None => "Any credential that holds.".to_owned(),
        };
        let run =
            if self.of["x-run-token"] == true { " A run's own token may call it." } else { "" };
        format!("<p class=\"muted\">{scope}{run}</p>")
    }

    fn parameters(&self, document: &Value) -> String {
        let all = self.of["parameters"].as_array().into_iter().flatten();
        let entry = |parameter: &Value| {
            let parameter = shapes::resolved(parameter, document);
            let needed = if parameter["required"] == true { ", needed" } else { "" };
            format!(
                "<li><code>{}</code> <span>{}, in {}{needed}</span> {}</li>",
                escape(text(parameter, "name")),
                shapes::kind(&parameter["schema"]),
                match text(parameter, "in") {
                    "header" => "a header",
                    "path" => "the path",
                    _ => "the query",
                },
                inline(text(parameter, "description")),
            )
        };
        let entries: String = all.map(entry).collect();
        listed("Parameters", &entries)
    }

    fn body(&self) -> String {
        let content = self.of["requestBody"]["content"].as_object().into_iter().flatten();
        let entry = |(media_type, content): (&String, &Value)| {
            format!(
                "<li><code>{}</code> {}</li>",
                escape(media_type),
                shapes::kind(&content["schema"])
            )
        };
        let entries: String = content.map(entry).collect();
        listed("Body", &entries)
    }

    fn answer(&self) -> String {
        let good = |status: &str| status.starts_with('2') || status.starts_with('3');
        let all = self.of["responses"].as_object().into_iter().flatten();
        let entry = |(status, response): (&String, &Value)| {
            let content = response["content"].as_object().into_iter().flatten();
            let kinds: String = content
                .map(|(_, content)| format!(" {}", shapes::kind(&content["schema"])))
                .collect();
            let headers: Vec<_> = response["headers"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| format!("<code>{}</code>", escape(name)))
                .collect();
            let with = if headers.is_empty() { "" } else { " with " };
            let about = inline(text(response, "description"));
            format!("<li>{status}{kinds}{with}{} <span>{about}</span></li>", headers.join(", "))
        };
        let entries: String = all.filter(|(status, _)| good(status)).map(entry).collect();
        listed("Answer", &entries)
    }

    fn problems(&self, document: &Value) -> String {
        let all = self.of["responses"].as_object().into_iter().flatten();
        let entry = |(status, response): (&String, &Value)| {
            let response = shapes::resolved(response, document);
            format!("<li>{status} <span>{}</span></li>", inline(text(response, "description")))
        };
        let bad = |status: &str| status.starts_with('4') || status.starts_with('5');
        let entries: String = all.filter(|(status, _)| bad(status)).map(entry).collect();
        if entries.is_empty() {
            return entries;
        }
        format!("<details><summary>Problems</summary><ul>{entries}</ul></details>")
    }

    fn example(&self, document: &Value) -> String {
        let path = placeholders(self.path);
        let method = if self.method == "GET" { "" } else { &format!("-X {} ", self.method) };
        let mut lines = vec![format!("curl {method}\"https://monotask.example/api/v1{path}\"")];
        lines.push("-H \"Authorization: Bearer $MONOTASK_KEY\"".to_owned());
        let names = self.of["parameters"].as_array().into_iter().flatten();
        for parameter in names.filter_map(|parameter| parameter["$ref"].as_str()) {
            match parameter.rsplit('/').next() {
                Some("IfMatch") => lines.push("-H 'If-Match: \"3\"'".to_owned()),
                Some("IdempotencyKey") => {
                    lines.push("-H \"Idempotency-Key: $(uuidgen)\"".to_owned());
                }
                _ => {}
            }
        }
        let content = &self.of["requestBody"]["content"];
        if let Some(json) = content.get("application/json") {
            lines.push("-H \"Content-Type: application/json\"".to_owned());
            lines.push(format!("-d '{}'", shapes::sample(&json["schema"], document)));
        } else if content.get("application/octet-stream").is_some() {
            lines.push("-H \"Content-Type: application/octet-stream\"".to_owned());
            lines.push("--data-binary @file".to_owned());
        } else if content.get("multipart/form-data").is_some() {
            lines.push("-F file=@file".to_owned());
        }
        lines.join(" \\\n  ")
    }
}

/// The path with its placeholders as the shell's variables.
fn placeholders(path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => format!("${}", name.to_uppercase()),
            None => segment.to_owned(),
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

fn listed(heading: &str, entries: &str) -> String {
    if entries.is_empty() {
        return String::new();
    }
    format!("<h4>{heading}</h4><ul>{entries}</ul>")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
