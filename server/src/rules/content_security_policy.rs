//! What a page of ours may load and run.

/// The policy of one response. Scripts run by this response's nonce only, and what they load; nothing
/// inline, nothing from elsewhere, no frames in either direction. Without a nonce no script runs.
#[must_use]
pub fn content_security_policy(nonce: Option<&str>) -> String {
    let scripts = nonce.map_or_else(
        || "'none'".to_owned(),
        |nonce| format!("'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'"),
    );
    format!(
        "default-src 'none'; \
         script-src {scripts}; \
         style-src 'self'; \
         img-src 'self' data: blob:; \
         font-src 'self'; \
         connect-src 'self'; \
         manifest-src 'self'; \
         form-action 'self'; \
         frame-ancestors 'none'; \
         base-uri 'none'; \
         object-src 'none'"
    )
}

/// The policy of an answer that is no page: it may do nothing at all.
pub const INERT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

#[cfg(test)]
mod tests {
    use super::content_security_policy;

    #[test]
    fn nothing_inline_and_nothing_from_elsewhere() {
        let policy = content_security_policy(Some("abc"));
        assert!(policy.contains("'nonce-abc'"));
        assert!(!policy.contains("unsafe-inline"));
        assert!(!policy.contains("'unsafe-eval'"));
        assert!(!policy.contains("http:") && !policy.contains("https:") && !policy.contains('*'));
        assert!(policy.starts_with("default-src 'none';"));
    }

    #[test]
    fn without_a_nonce_no_script_runs() {
        let policy = content_security_policy(None);
        assert!(policy.contains("script-src 'none';") && !policy.contains("nonce-"));
    }
}
