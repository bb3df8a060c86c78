//! The session cookie: a reference token that only its hash in D1 makes worth anything.
//!
//! `__Host-` ties it to this very host, and browsers take it on `http://localhost` and
//! `http://127.0.0.1` too, which they trust as if they had TLS.

use domain::account::{SESSION_MS, SessionToken};
use domain::actor::Credential;

/// The cookie's name.
pub const SESSION_COOKIE: &str = "__Host-session";

/// What a cookie of a request proves.
#[must_use]
pub fn credential(cookie: Option<&str>) -> Credential {
    cookie
        .and_then(SessionToken::parse)
        .map_or(Credential::Anonymous, |token| Credential::Session(token.hash()))
}

/// The `Set-Cookie` value that opens a session in the browser.
#[must_use]
pub fn opening_cookie(token: &SessionToken) -> String {
    let seconds = SESSION_MS / 1_000;
    format!("{SESSION_COOKIE}={}; {}; Max-Age={seconds}", token.expose(), ATTRIBUTES)
}

/// The `Set-Cookie` value that makes the browser forget it.
#[must_use]
pub fn closing_cookie() -> String {
    format!("{SESSION_COOKIE}=; {ATTRIBUTES}; Max-Age=0")
}

const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_and_anything_else_is_nobody() {
        let text = "0123456789abcdef".repeat(4);
        let token = SessionToken::parse(&text).unwrap();
        assert_eq!(credential(Some(&text)), Credential::Session(token.hash()));
        let upper_case = text.to_uppercase();
        for bad in [None, Some(""), Some("x"), Some(upper_case.as_str()), Some("\u{fffd}")] {
            assert_eq!(credential(bad), Credential::Anonymous);
        }
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_hosts() {
        let token = SessionToken::parse(&"a".repeat(64)).unwrap();
        for cookie in [opening_cookie(&token), closing_cookie()] {
            assert!(cookie.starts_with("__Host-session="));
            for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
                assert!(cookie.split("; ").any(|part| part == attribute), "{cookie}");
            }
            assert!(!cookie.contains("Domain"));
        }
    }
}
