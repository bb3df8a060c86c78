//! Where causes go: to the log, never to a caller.

/// Writes a cause as one line of JSON.
pub fn report(event: &str, cause: &dyn core::fmt::Display) {
    let line = serde_json::json!({
        "event": event,
        "level": "error",
        "cause": cause.to_string(),
    });
    #[cfg(target_arch = "wasm32")]
    worker::console_error!("{line}");
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{line}");
}
