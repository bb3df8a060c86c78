//! Shapes of bodies and answers.

use serde_json::{Map, Value, json};

use super::html::{escape, inline};

/// Every shape, by name.
pub fn section(document: &Value) -> String {
    let all = document["components"]["schemas"].as_object().into_iter().flatten();
    let shape = |(name, shape): (&String, &Value)| {
        let about = shape["description"].as_str().map(|about| format!("<p>{}</p>", inline(about)));
        let name = escape(name);
        format!(
            "<article id=\"shape-{name}\"><h3><a href=\"#shape-{name}\">{name}</a></h3>{}{}</article>",
            about.unwrap_or_default(),
            fields(shape)
        )
    };
    let shapes: String = all.map(shape).collect();
    format!("<section><h2 id=\"shapes\">Shapes</h2>{shapes}</section>")
}

fn fields(shape: &Value) -> String {
    let Some(properties) = shape["properties"].as_object() else {
        return format!("<p>{}</p>", kind(shape));
    };
    let needed = shape["required"].as_array().cloned().unwrap_or_default();
    let entry = |(name, field): (&String, &Value)| {
        let optional = if needed.iter().any(|known| known == name) { "" } else { ", optional" };
        format!(
            "<li><code>{}</code> <span>{}{optional}</span> {}</li>",
            escape(name),
            kind(field),
            inline(field["description"].as_str().unwrap_or_default())
        )
    };
    let entries: String = properties.iter().map(entry).collect();
    format!("<ul>{entries}</ul>")
}

/// What a value is, in a word or a link.
pub fn kind(shape: &Value) -> String {
    if let Some(name) = shape["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        let name = escape(name);
        return format!("<a href=\"#shape-{name}\">{name}</a>");
    }
    if let Some(words) = shape["enum"].as_array() {
        let words = words.iter().filter_map(Value::as_str);
        let words: Vec<_> = words.map(|word| format!("<code>{}</code>", escape(word))).collect();
        return words.join(", ");
    }
    for alternatives in ["anyOf", "oneOf"] {
        if let Some(all) = shape[alternatives].as_array() {
            return all.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    let name = |word: &str| match (word, shape["format"].as_str()) {
        ("array", _) => format!("list of {}", kind(&shape["items"])),
        ("string", Some("date-time")) => "moment".to_owned(),
        ("string", _) => "text".to_owned(),
        (other, _) => escape(other),
    };
    match &shape["type"] {
        Value::String(word) => name(word),
        Value::Array(words) => {
            let words = words.iter().filter_map(Value::as_str).map(name);
            words.collect::<Vec<_>>().join(" or ")
        }
        _ => "anything".to_owned(),
    }
}

/// What a reference refers to.
pub fn resolved<'a>(value: &'a Value, document: &'a Value) -> &'a Value {
    let path = value["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| document.pointer(path)).unwrap_or(value)
}

/// A value of the shape, with what is needed and no more.
pub fn sample(shape: &Value, document: &Value) -> Value {
    let shape = resolved(shape, document);
    if let Some(word) = shape["enum"].get(0) {
        return word.clone();
    }
    let word = match &shape["type"] {
        Value::Array(words) => words.first().and_then(Value::as_str),
        other => other.as_str(),
    };
    match word {
        Some("object") => {
            let needed = shape["required"].as_array().into_iter().flatten();
            let fields: Map<String, Value> = needed
                .filter_map(Value::as_str)
                .map(|name| (name.to_owned(), sample(&shape["properties"][name], document)))
                .collect();
            Value::Object(fields)
        }
        Some("array") if shape["minItems"] == 1 => json!([sample(&shape["items"], document)]),
        Some("array") => json!([]),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        _ => match ["anyOf", "oneOf"].iter().find_map(|name| shape[*name].get(0)) {
            Some(first) => sample(first, document),
            None => json!("…"),
        },
    }
}
