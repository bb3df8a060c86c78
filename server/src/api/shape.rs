//! The shape of a body or of an answer, as the description tells it. Shapes exist natively only: the
//! Worker carries none of it.

/// A type whose shape can be described.
#[cfg(not(target_arch = "wasm32"))]
pub trait Described: schemars::JsonSchema {}

#[cfg(not(target_arch = "wasm32"))]
impl<T: schemars::JsonSchema> Described for T {}

/// A type whose shape can be described natively.
#[cfg(target_arch = "wasm32")]
pub trait Described {}

#[cfg(target_arch = "wasm32")]
impl<T> Described for T {}

/// The shape of a type, in a row of the table of endpoints.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Adds the type to a description and refers to it.
    #[cfg(not(target_arch = "wasm32"))]
    pub describe: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
}

impl Shape {
    /// The shape of `T`.
    #[must_use]
    pub const fn of<T: Described>() -> Self {
        Self {
            #[cfg(not(target_arch = "wasm32"))]
            describe: schemars::SchemaGenerator::subschema_for::<T>,
        }
    }
}

impl core::fmt::Debug for Shape {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Shape")
    }
}

/// A text that is one of a few words.
#[cfg(not(target_arch = "wasm32"))]
pub(super) mod words {
    use domain::actor::Role;
    use domain::api_key::{KeyState, Lifetime};
    use domain::audit::Outcome;
    use domain::invitation::Standing;
    use domain::scope::Scope;
    use domain::task::{Priority, TaskStage};
    use schemars::{Schema, SchemaGenerator, json_schema};

    fn of(words: &[&str]) -> Schema {
        json_schema!({ "type": "string", "enum": words })
    }

    pub fn role(_: &mut SchemaGenerator) -> Schema {
        of(&Role::ALL.map(Role::as_str))
    }

    pub fn standing(_: &mut SchemaGenerator) -> Schema {
        of(&Standing::ALL.map(Standing::as_str))
    }

    pub fn outcome(_: &mut SchemaGenerator) -> Schema {
        of(&[Outcome::Done, Outcome::Refused].map(Outcome::as_str))
    }

    pub fn scopes(_: &mut SchemaGenerator) -> Schema {
        let scope = of(&Scope::ALL.map(Scope::as_str));
        json_schema!({ "type": "array", "items": scope, "minItems": 1 })
    }

    pub fn key_state(_: &mut SchemaGenerator) -> Schema {
        of(&KeyState::ALL.map(KeyState::as_str))
    }

    pub fn lifetime(_: &mut SchemaGenerator) -> Schema {
        let words = Lifetime::ALL.map(Lifetime::as_str);
        of(&words.each_ref().map(String::as_str))
    }

    pub fn stage(_: &mut SchemaGenerator) -> Schema {
        of(&TaskStage::ALL.map(TaskStage::as_str))
    }

    pub fn priority(_: &mut SchemaGenerator) -> Schema {
        of(&Priority::ALL.map(Priority::as_str))
    }

    pub fn run_state(_: &mut SchemaGenerator) -> Schema {
        of(&[
            "queued",
            "provisioning",
            "running",
            "succeeded",
            "failed",
            "cancelled",
            "timed_out",
            "lost",
        ])
    }

    pub fn validation_state(_: &mut SchemaGenerator) -> Schema {
        of(&[
            "pending",
            "running",
            "passed",
            "failed",
            "awaiting_review",
            "approved",
            "rejected",
            "stale",
        ])
    }
}
