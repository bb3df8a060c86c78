//! What an `Authorization` header shows.

/// The longest credential that is looked at, in bytes.
const LONGEST: usize = 4_096;

/// The bearer's credential (RFC 6750): the scheme's name, one space, and a text of the alphabet that
/// credentials have. Anything else shows none.
#[must_use]
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, credential) = authorization.split_once(' ')?;
    let fits = scheme.eq_ignore_ascii_case("bearer")
        && (1..=LONGEST).contains(&credential.len())
        && credential.bytes().all(is_of_credentials);
    fits.then_some(credential)
}

fn is_of_credentials(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_is_a_scheme_a_space_and_a_credential() {
        for header in
            ["Bearer mt_a.b-c_d~e+f/g=", "bearer mt_a.b-c_d~e+f/g=", "BEARER mt_a.b-c_d~e+f/g="]
        {
            assert_eq!(bearer(header), Some("mt_a.b-c_d~e+f/g="));
        }
        let long = format!("Bearer {}", "a".repeat(LONGEST + 1));
        for header in [
            "",
            " ",
            "Bearer",
            "Bearer ",
            "Bearer  a",
            "Bearer a ",
            "Bearer a b",
            "Bearer\ta",
            " Bearer a",
            "Bearer a,b",
            "Bearer \u{fffd}",
            "Bearer é",
            "Bearer a\u{0}",
            "Basic dTpw",
            "mt_a",
            "Bearer=a",
            "Bearer: a",
            "Token a",
            "Bearer \"a\"",
            long.as_str(),
        ] {
            assert_eq!(bearer(header), None, "{header}");
        }
    }
}
