//! The other sites whose pages may use a workspace's API.

use std::collections::BTreeSet;

use crate::error::{Error, Field, Problem, Result};

/// Most origins of a workspace.
pub const MAX_ORIGINS: usize = 20;
/// Longest name of a host, as the domain name system has it.
const MAX_HOST: usize = 253;

/// The origins in their order, each once.
pub(super) fn parse_all(typed: &[String]) -> Result<Vec<String>> {
    let blank = |text: &&String| !text.trim().is_empty();
    let parsed = typed.iter().filter(blank).map(|text| {
        parse_origin(text.trim()).ok_or(Error::invalid(Field::AllowedOrigins, Problem::Malformed))
    });
    let origins: BTreeSet<String> = parsed.collect::<Result<_>>()?;
    if origins.len() > MAX_ORIGINS {
        let problem = Problem::TooMany { max: MAX_ORIGINS };
        return Err(Error::invalid(Field::AllowedOrigins, problem));
    }
    Ok(origins.into_iter().collect())
}

/// An origin as browsers write it: scheme, host in lower case, the port unless it is the scheme's own.
/// None for anything else: no wildcard, no path, no name of a user, not `null`.
pub fn parse_origin(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let (scheme, rest, usual) = if let Some(rest) = text.strip_prefix("https://") {
        ("https", rest, 443)
    } else {
        ("http", text.strip_prefix("http://")?, 80)
    };
    let (host, port) = match rest.rsplit_once(':') {
        // The colons of an IPv6 address stand within its brackets.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let is_v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).is_some_and(is_ipv6);
    if !is_v6 && !is_host(host) {
        return None;
    }
    let Some(port) = port else {
        return Some(format!("{scheme}://{host}"));
    };
    let is_plain = port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0');
    let port: u16 = port.parse().ok().filter(|_| is_plain)?;
    if port == usual {
        return Some(format!("{scheme}://{host}"));
    }
    Some(format!("{scheme}://{host}:{port}"))
}

/// Whether browsers would write this IPv6 address so.
fn is_ipv6(text: &str) -> bool {
    text.parse::<core::net::Ipv6Addr>().is_ok_and(|address| address.to_string() == text)
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    // What ends in a number is an IPv4 address, and those have one spelling.
    let is_numeric = last.bytes().all(|b| b.is_ascii_digit());
    let is_v4 =
        || host.parse::<core::net::Ipv4Addr>().is_ok_and(|address| address.to_string() == host);
    host.len() <= MAX_HOST && host.split('.').all(is_label) && (!is_numeric || is_v4())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (typed, origin) in [
            ("https://app.example.org", "https://app.example.org"),
            ("HTTPS://App.Example.org:443", "https://app.example.org"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://example.org:80", "http://example.org"),
            ("https://example.org:80", "https://example.org:80"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://[::1]", "http://[::1]"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(parse_origin(typed).as_deref(), Some(origin), "{typed}");
        }
    }

    #[test]
    fn nothing_else_is_one() {
        let long = format!("https://{}.example", "a".repeat(64));
        for bad in [
            "",
            "null",
            "*",
            "https://*",
            "https://*.example.org",
            "https://",
            "example.org",
            "//example.org",
            "ftp://example.org",
            "javascript:alert(1)",
            "https://example.org/",
            "https://example.org/path",
            "https://example.org?x",
            "https://example.org#x",
            "https://user@example.org",
            "https://user:pass@example.org",
            "https://example.org:",
            "https://example.org:0",
            "https://example.org:080",
            "https://example.org:65536",
            "https://example.org:+80",
            "https://example.org:80:80",
            "https://exa mple.org",
            "https://example.org\r\nx: y",
            "https://bücher.example",
            "https://example..org",
            "https://example.org.",
            "https://-example.org",
            "https://1.2.3",
            "https://01.2.3.4",
            "https://256.1.1.1",
            "https://[::1",
            "https://::1",
            "https://[0:0:0:0:0:0:0:1]",
            "https://[::1]x",
            &long,
        ] {
            assert_eq!(parse_origin(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn they_are_bounded_and_each_counts_once() {
        let many = |count: usize| -> Vec<String> {
            (0..count).map(|n| format!("https://{n}.example.org")).collect()
        };
        assert_eq!(parse_all(&many(20)).map(|all| all.len()), Ok(20));
        assert!(parse_all(&many(21)).is_err());
        let twice = ["https://a.example", " ", "HTTPS://A.example:443"].map(str::to_owned);
        assert_eq!(parse_all(&twice), Ok(vec!["https://a.example".to_owned()]));
    }
}
