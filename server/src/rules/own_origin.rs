//! Which origin is this site's own, and whether that is this very machine.

/// The origin as browsers write it: no path, no default port, lower case. `PUBLIC_ORIGIN` is written
/// by hand, with a slash at its end as likely as not.
#[must_use]
pub fn as_browsers_write_it(origin: &str) -> String {
    let origin = origin.trim().trim_end_matches('/').to_ascii_lowercase();
    let without_port = match origin.split_once("://") {
        Some(("https", rest)) => rest.strip_suffix(":443").map(|host| format!("https://{host}")),
        Some(("http", rest)) => rest.strip_suffix(":80").map(|host| format!("http://{host}")),
        _ => None,
    };
    without_port.unwrap_or(origin)
}

/// Whether an origin is this machine's own.
#[must_use]
pub fn is_local(origin: &str) -> bool {
    let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
        let port = rest.and_then(|rest| rest.strip_prefix(host));
        port.is_some_and(|port| {
            port.is_empty()
                || port.strip_prefix(':').is_some_and(|digits| {
                    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
                })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_written_by_hand_becomes_the_browsers() {
        for (written, is) in [
            ("https://monotask.example", "https://monotask.example"),
            ("https://monotask.example/", "https://monotask.example"),
            (" https://MonoTask.Example:443/ ", "https://monotask.example"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:8787//", "http://localhost:8787"),
            ("http://monotask.example:443", "http://monotask.example:443"),
        ] {
            assert_eq!(as_browsers_write_it(written), is);
        }
    }

    #[test]
    fn only_this_machine_is_local() {
        for origin in [
            "http://localhost",
            "http://localhost:8787",
            "https://127.0.0.1:1",
            "http://[::1]:8787",
        ] {
            assert!(is_local(origin), "{origin}");
        }
        for origin in [
            "",
            "localhost",
            "https://monotask.example",
            "http://localhost.evil.example",
            "http://localhost:8787.evil.example",
            "http://localhost:x@evil.example",
            "http://localhost@evil.example",
            "http://127.0.0.10",
            "http://localhost:",
            "http://[::1]evil",
        ] {
            assert!(!is_local(origin), "{origin}");
        }
    }
}
