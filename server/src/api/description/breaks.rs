//! What of a new description would break a program that was written for an older one.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Deeper than any shape of ours refers.
const DEEPEST: usize = 12;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Which way a shape travels: what narrows one breaks, what widens the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A program sends it.
    Sent,
    /// A program receives it.
    Received,
}

struct Both<'a> {
    old: &'a Value,
    new: &'a Value,
    found: Vec<String>,
}

/// Every break between an older document and a newer one, in words; none when the newer serves every
/// program that the older one did. New paths, optional parameters, fields of answers and words of answers
/// break nothing.
#[must_use]
pub fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut both = Both { old, new, found: vec![] };
    for (path, operations) in fields(&old["paths"]) {
        for method in METHODS {
            let Some(before) = operations.get(method) else { continue };
            let place = format!("{} {path}", method.to_uppercase());
            match new["paths"][path].get(method) {
                Some(after) => both.operation(&place, before, after),
                None => both.found.push(format!("{place} is gone")),
            }
        }
    }
    both.found
}

impl Both<'_> {
    fn operation(&mut self, place: &str, old: &Value, new: &Value) {
        for name in ["x-scope", "operationId"] {
            if old.get(name) != new.get(name) {
                self.found.push(format!("{place}: {name} is another"));
            }
        }
        self.parameters(place, old, new);
        let place_of_body = format!("{place}, body");
        self.contents(&place_of_body, Way::Sent, &old["requestBody"], &new["requestBody"]);
        if old.get("requestBody").is_none() && new.get("requestBody").is_some() {
            self.found.push(format!("{place}: a body is needed"));
        }
        for (status, before) in fields(&old["responses"]) {
            if !status.starts_with('2') {
                continue;
            }
            let place = format!("{place}, {status}");
            match new["responses"].get(status) {
                Some(after) => {
                    self.contents(&place, Way::Received, before, after);
                    self.headers(&place, before, after);
                }
                None => self.found.push(format!("{place} is gone")),
            }
        }
    }

    fn headers(&mut self, place: &str, old: &Value, new: &Value) {
        for (name, _) in fields(&old["headers"]) {
            if new["headers"].get(name).is_none() {
                self.found.push(format!("{place}: header {name} is gone"));
            }
        }
    }

    fn parameters(&mut self, place: &str, old: &Value, new: &Value) {
        let (before, after) = (named(old, self.old), named(new, self.new));
        for (name, parameter) in &before {
            let Some((_, now)) = after.iter().find(|(other, _)| other == name) else {
                self.found.push(format!("{place}: parameter {name} is gone"));
                continue;
            };
            let place = format!("{place}, {name}");
            if now["required"] == true && parameter["required"] != true {
                self.found.push(format!("{place} is needed now"));
            }
            self.shape(&place, Way::Sent, &parameter["schema"], &now["schema"], 0);
        }
        for (name, parameter) in &after {
            let is_new = !before.iter().any(|(other, _)| other == name);
            if is_new && parameter["required"] == true {
                self.found.push(format!("{place}: parameter {name} is needed now"));
            }
        }
    }

    fn contents(&mut self, place: &str, way: Way, old: &Value, new: &Value) {
        for (media_type, before) in fields(&old["content"]) {
            match new["content"].get(media_type) {
                Some(after) => self.shape(place, way, &before["schema"], &after["schema"], 0),
                None => self.found.push(format!("{place}: {media_type} is gone")),
            }
        }
    }

    fn shape(&mut self, place: &str, way: Way, old: &Value, new: &Value, depth: usize) {
        let (old, new) = (resolved(old, self.old), resolved(new, self.new));
        if depth > DEEPEST {
            return;
        }
        let depth = depth.saturating_add(1);
        let (before, after) = (types(old, self.old), types(new, self.new));
        let fits = match way {
            Way::Sent => after.is_empty() || !before.is_empty() && before.is_subset(&after),
            Way::Received => before.is_empty() || !after.is_empty() && after.is_subset(&before),
        };
        if !fits {
            self.found.push(format!("{place} is of another type"));
        }
        if way == Way::Sent {
            self.words(place, old, new);
            self.bounds(place, old, new);
        }
        self.properties(place, way, old, new, depth);
        if let (Some(before), Some(after)) = (old.get("items"), new.get("items")) {
            self.shape(&format!("{place}[]"), way, before, after, depth);
        }
        for (before, after) in variants(old).iter().zip(variants(new)) {
            self.shape(place, way, before, &after, depth);
        }
    }

    fn words(&mut self, place: &str, old: &Value, new: &Value) {
        let Some(after) = new["enum"].as_array() else { return };
        match old["enum"].as_array() {
            Some(before) => {
                for word in before.iter().filter(|word| !after.contains(word)) {
                    self.found.push(format!("{place} takes {word} no longer"));
                }
            }
            None => self.found.push(format!("{place} takes a few words only")),
        }
    }

    fn bounds(&mut self, place: &str, old: &Value, new: &Value) {
        for (name, narrows_upwards) in
            [("minimum", true), ("maximum", false), ("minLength", true), ("maxLength", false)]
        {
            let Some(after) = new[name].as_f64() else { continue };
            let narrower = match old[name].as_f64() {
                Some(before) if narrows_upwards => after > before,
                Some(before) => after < before,
                None => true,
            };
            if narrower {
                self.found.push(format!("{place} has a narrower {name}"));
            }
        }
    }

    fn properties(&mut self, place: &str, way: Way, old: &Value, new: &Value, depth: usize) {
        let (before, after) = (required(old), required(new));
        for (name, shape) in fields(&old["properties"]) {
            match new["properties"].get(name) {
                Some(now) => self.shape(&format!("{place}.{name}"), way, shape, now, depth),
                None => self.found.push(format!("{place}.{name} is gone")),
            }
        }
        let (needed, was) = match way {
            Way::Sent => (after, before),
            Way::Received => (before, after),
        };
        for name in needed.difference(&was) {
            let what = if way == Way::Sent { "is needed now" } else { "may be absent now" };
            self.found.push(format!("{place}.{name} {what}"));
        }
    }
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn required(shape: &Value) -> BTreeSet<String> {
    let names = shape["required"].as_array().into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What a reference refers to.
fn resolved<'a>(value: &'a Value, document: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
    target.and_then(|path| document.pointer(path)).unwrap_or(value)
}

/// The alternatives of a shape.
fn variants(shape: &Value) -> Vec<Value> {
    ["anyOf", "oneOf"].iter().find_map(|name| shape[*name].as_array().cloned()).unwrap_or_default()
}

/// The types that a shape allows; none when it doesn't say.
fn types(shape: &Value, document: &Value) -> BTreeSet<String> {
    let shape = resolved(shape, document);
    match &shape["type"] {
        Value::String(name) => BTreeSet::from([name.clone()]),
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => variants(shape).iter().flat_map(|variant| types(variant, document)).collect(),
    }
}

/// The parameters of an operation, by place and name.
fn named<'a>(operation: &'a Value, document: &'a Value) -> Vec<(String, &'a Value)> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.map(|parameter| resolved(parameter, document))
        .map(|parameter| {
            let text = |name: &str| parameter[name].as_str().unwrap_or_default();
            (format!("{} {}", text("in"), text("name")), parameter)
        })
        .collect()
}
