//! Structured logs: one JSON object a line, one line a request.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use worker::{console_error, console_log, console_warn};

use crate::rules::secret_paths::without_secrets;
use crate::scope::RequestScope;

/// Writes the line of a request that was answered.
pub fn log_request(scope: &RequestScope, method: &Method, path: &str, status: StatusCode) {
    let line = json!({
        "event": "request",
        "level": if status.is_server_error() { "error" } else { "info" },
        "request_id": scope.id(),
        "method": method.as_str(),
        "path": without_secrets(path),
        "status": status.as_u16(),
        "ms": scope.elapsed(),
    });
    if status.is_server_error() {
        console_error!("{line}");
    } else {
        console_log!("{line}");
    }
}

/// Writes a line about something that went wrong, with its cause. The cause goes nowhere else.
pub fn log_error(event: &str, request_id: Option<&str>, cause: &dyn std::fmt::Display) {
    let line = json!({
        "event": event,
        "level": "error",
        "request_id": request_id,
        "cause": cause.to_string(),
    });
    console_error!("{line}");
}

/// Writes a line that someone should look at, with its own fields.
pub fn log_warning(event: &str, fields: &Value) {
    console_warn!("{}", json!({ "event": event, "level": "warning", "fields": fields }));
}

/// Makes a panic leave its message and place in the log before the instance dies.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| log_error("panic", None, panic)));
}
