//! The API's description, OpenAPI 3.1, made from the table of endpoints. Natively only: what the Worker
//! serves is the file that this writes.
#![allow(clippy::indexing_slicing, reason = "runs in the build, and on no request path")]

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

mod breaks;
mod operations;
mod parts;

pub use breaks::breaks;

use super::{BASE, Operation, Tag};

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let mut shapes = Shapes::new();
    let mut paths: Map<String, Value> = Map::new();
    for operation in Operation::ALL {
        let endpoint = operation.endpoint();
        let described = operations::describe(endpoint, &mut shapes);
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method.as_str().to_ascii_lowercase()] = described;
    }
    let tags: Vec<_> = Tag::ALL
        .iter()
        .filter(|tag| Operation::ALL.iter().any(|operation| operation.endpoint().tag == **tag))
        .map(|tag| json!({ "name": tag.as_str() }))
        .collect();
    let problem = shapes.answer(super::Shape::of::<parts::Problem>());
    let mut components = parts::components(&problem);
    components["schemas"] = Value::Object(shapes.definitions());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "MonoTask",
            "version": "1.0.0",
            "description": parts::ABOUT,
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": BASE }],
        "security": [{ "bearer": [] }, { "session": [] }],
        "tags": tags,
        "paths": paths,
        "components": components,
    })
}

/// The document as it is written: a line each, names in order, so that two changes of it meet rarely.
#[must_use]
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

/// That nothing is what is meant by nothing needs no words, and isn't even so of a field that may be left
/// out but not be null.
fn without_null_default(schema: &mut Schema) {
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

/// The shapes that the document refers to. What is read and what is written are described apart: a
/// field that may be left out of a body is always there in an answer.
struct Shapes {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Shapes {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
                settings.transforms.push(Box::new(RecursiveTransform(without_null_default)));
            })
        };
        Self {
            read: settings().into_generator(),
            written: settings().for_serialize().into_generator(),
        }
    }

    fn body(&mut self, shape: super::Shape) -> Value {
        (shape.describe)(&mut self.read).to_value()
    }

    fn answer(&mut self, shape: super::Shape) -> Value {
        (shape.describe)(&mut self.written).to_value()
    }

    fn definitions(mut self) -> Map<String, Value> {
        let mut all = self.written.take_definitions(true);
        for (name, read) in self.read.take_definitions(true) {
            let both = all.insert(name.clone(), read.clone());
            assert!(both.is_none_or(|written| written == read), "two shapes are called {name}");
        }
        all
    }
}
