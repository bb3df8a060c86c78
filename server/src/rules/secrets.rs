//! Comparing secrets.

/// Compares without telling by its time where two values differ.
#[must_use]
pub fn same_secret(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).fold(0_u8, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::same_secret;

    #[test]
    fn only_the_same_bytes_are_the_same() {
        assert!(same_secret(b"token", b"token"));
        for other in [&b""[..], b"toke", b"tokem", b"tokens", b"Token"] {
            assert!(!same_secret(b"token", other));
        }
    }
}
