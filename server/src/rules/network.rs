//! Which network an address belongs to: what limits count by.

use std::net::IpAddr;

/// The network of an address as the platform's edge gives it. An IPv6 address stands for its /64, which
/// one household or server has whole: by single addresses it could guess without end.
#[must_use]
pub fn network_of(address: &str) -> String {
    match address.trim().parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::network_of;

    #[test]
    fn an_ipv6_address_counts_as_its_network() {
        let home = network_of("2001:db8:1:2::1");
        assert_eq!(home, "2001:db8:1:2::/64");
        assert_eq!(network_of("2001:db8:1:2:ffff:ffff:ffff:ffff"), home);
        assert_ne!(network_of("2001:db8:1:3::1"), home);
    }

    #[test]
    fn an_ipv4_address_counts_by_itself_however_it_is_written() {
        assert_eq!(network_of("203.0.113.7"), "203.0.113.7");
        assert_eq!(network_of("::ffff:203.0.113.7"), "203.0.113.7");
        for odd in ["", "localhost", "203.0.113", "a b", "2001:db8::g"] {
            assert_eq!(network_of(odd), "unknown", "{odd:?}");
        }
    }
}
