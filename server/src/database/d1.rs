//! D1, and the one place where futures that aren't `Send` are wrapped: the Worker has one thread.

use async_trait::async_trait;
use serde_json::{Map, Value as Json};
use wasm_bindgen::{JsCast, JsValue};
use worker::js_sys::{Array, Error as JsError, Function, JSON, Promise, Reflect};
use worker::send::SendFuture;
use worker::wasm_bindgen_futures::JsFuture;

use crate::database::{Database, DatabaseError, Row, Rows, Statement, Value};

/// How often a read is tried again when D1 names a passing fault. Writes never are: nobody knows
/// whether the first try was committed.
const READ_RETRIES: u32 = 2;

/// A D1 database.
pub struct D1 {
    database: worker::D1Database,
}

impl D1 {
    /// Over a binding.
    pub fn new(database: worker::D1Database) -> Self {
        Self { database }
    }

    async fn send(&self, statements: &[Statement]) -> Result<Vec<Rows>, DatabaseError> {
        self.call(statements).await.map_err(|thrown| DatabaseError::from_message(&words(&thrown)))
    }

    // The batch is called by name: the typed bindings convert every cell on its own, while
    // `JSON.stringify` hands over a whole batch's rows at once. Both of D1's error shapes (thrown
    // at once, rejected later) arrive here as one thrown value.
    async fn call(&self, statements: &[Statement]) -> Result<Vec<Rows>, JsValue> {
        let database: &JsValue = self.database.as_ref();
        let prepare = method(database, "prepare")?;
        let prepared = Array::new();
        for statement in statements {
            let unbound = prepare.call1(database, &JsValue::from_str(&statement.sql))?;
            let values: Array = statement.params.iter().map(value).collect();
            let bound = method(&unbound, "bind")?.apply(&unbound, &values)?;
            prepared.push(&bound);
        }
        let promise: Promise = method(database, "batch")?.call1(database, &prepared)?.dyn_into()?;
        let results: Array = JsFuture::from(promise).await?.dyn_into()?;
        results.iter().map(|result| rows(&result)).collect()
    }
}

#[async_trait]
impl Database for D1 {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        for statement in &statements {
            statement.check()?;
        }
        let retries = if statements.iter().all(Statement::is_read) { READ_RETRIES } else { 0 };
        let mut answer = SendFuture::new(self.send(&statements)).await;
        for _ in 0..retries {
            if !answer.as_ref().is_err_and(DatabaseError::is_worth_a_retry) {
                break;
            }
            answer = SendFuture::new(self.send(&statements)).await;
        }
        answer
    }
}

fn method(object: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(object, &JsValue::from_str(name))?.dyn_into()
}

fn value(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        // Exact: `Statement::check` refused everything beyond 2^53.
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}

fn rows(result: &JsValue) -> Result<Rows, JsValue> {
    let results = Reflect::get(result, &JsValue::from_str("results"))?;
    if results.is_undefined() || results.is_null() {
        return Ok(Rows::default());
    }
    let text = String::from(JSON::stringify(&results)?);
    let parsed: Vec<Map<String, Json>> =
        serde_json::from_str(&text).map_err(|error| JsValue::from_str(&error.to_string()))?;
    Ok(Rows(parsed.into_iter().map(Row::new).collect()))
}

// D1 puts SQLite's own words into the error's message, its cause's message, or both.
fn words(thrown: &JsValue) -> String {
    let Some(error) = thrown.dyn_ref::<JsError>() else {
        return thrown.as_string().unwrap_or_else(|| format!("{thrown:?}"));
    };
    let message = String::from(error.message());
    match error.cause().dyn_into::<JsError>() {
        Ok(cause) => format!("{message}: {}", String::from(cause.message())),
        Err(_) => message,
    }
}
