//! Who may change state from where: the check that stands in front of every route.
//!
//! Forms and server functions are "simple" requests that any site can make a browser send with our
//! cookies. Browsers say where a request came from, so that is asked before anything else.

use super::bearer::bearer;

/// What a request says about where it came from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Provenance<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path, without query.
    pub path: &'a str,
    /// The `Origin` header.
    pub origin: Option<&'a str>,
    /// The `Sec-Fetch-Site` header.
    pub fetch_site: Option<&'a str>,
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// Whether the request asks to become a web socket.
    pub upgrades: bool,
}

/// Why a request may not change anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignRequest {
    /// It says that it comes from elsewhere.
    Elsewhere,
    /// It doesn't say where it comes from.
    Unknown,
}

/// Checks that a request which changes state comes from our own pages, or from a program that shows a
/// key of its own rather than a browser's cookies.
///
/// # Errors
/// The reason to refuse the request.
pub fn check_origin(request: &Provenance<'_>, own_origin: &str) -> Result<(), ForeignRequest> {
    let reads = matches!(request.method, "GET" | "HEAD" | "OPTIONS");
    if reads && !request.upgrades {
        return Ok(());
    }
    if is_program(request) {
        return Ok(());
    }
    // A page of another site can't forge either header. `none` is a person's own navigation, which
    // has no business sending a form, so that alone is not enough.
    match (request.origin, request.fetch_site) {
        (Some(origin), _) if origin != own_origin => Err(ForeignRequest::Elsewhere),
        (_, Some("cross-site" | "same-site")) => Err(ForeignRequest::Elsewhere),
        (Some(_), _) | (None, Some("same-origin")) => Ok(()),
        (None, _) => Err(ForeignRequest::Unknown),
    }
}

/// Whether a request to the API carries its own credential. No page of another site can add that
/// header without asking us first, and the API never reads cookies beside it. What only looks like a
/// credential makes no program: such a request must say where it comes from.
fn is_program(request: &Provenance<'_>) -> bool {
    request.path.starts_with("/api/") && request.authorization.and_then(bearer).is_some()
}

#[cfg(test)]
mod tests {
    use super::{ForeignRequest, Provenance, check_origin};

    const OWN: &str = "https://monotask.example";

    fn post<'a>() -> Provenance<'a> {
        Provenance { method: "POST", path: "/preferences/theme", ..Provenance::default() }
    }

    #[test]
    fn reading_needs_no_provenance() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            let request = Provenance {
                method,
                origin: Some("https://elsewhere.example"),
                fetch_site: Some("cross-site"),
                ..post()
            };
            assert_eq!(check_origin(&request, OWN), Ok(()));
        }
    }

    #[test]
    fn our_own_pages_may_change_state() {
        let with_both = Provenance { origin: Some(OWN), fetch_site: Some("same-origin"), ..post() };
        let older_browser = Provenance { origin: Some(OWN), ..post() };
        let without_origin = Provenance { fetch_site: Some("same-origin"), ..post() };
        for request in [with_both, older_browser, without_origin] {
            assert_eq!(check_origin(&request, OWN), Ok(()));
        }
    }

    #[test]
    fn other_sites_may_not() {
        let cases = [
            (Some("https://elsewhere.example"), Some("cross-site")),
            (Some("https://elsewhere.example"), None),
            (Some("null"), Some("cross-site")),
            (Some("null"), None),
            (Some("https://other.monotask.example"), Some("same-site")),
            (Some("http://monotask.example"), None),
            (Some("https://monotask.example:8443"), None),
            (Some("https://monotask.example.elsewhere.example"), None),
            (Some(OWN), Some("cross-site")),
            (Some(OWN), Some("same-site")),
            (None, Some("cross-site")),
            (None, Some("same-site")),
        ];
        for (origin, fetch_site) in cases {
            let request = Provenance { origin, fetch_site, ..post() };
            assert_eq!(check_origin(&request, OWN), Err(ForeignRequest::Elsewhere), "{request:?}");
        }
    }

    #[test]
    fn a_request_that_says_nothing_is_refused() {
        for method in ["POST", "PUT", "PATCH", "DELETE", "QUERY"] {
            let request = Provenance { method, ..post() };
            assert_eq!(check_origin(&request, OWN), Err(ForeignRequest::Unknown));
        }
        let typed = Provenance { fetch_site: Some("none"), ..post() };
        assert_eq!(check_origin(&typed, OWN), Err(ForeignRequest::Unknown));
    }

    #[test]
    fn a_program_shows_a_key_at_the_api_only() {
        let keyed = Provenance { authorization: Some("Bearer mt_key"), ..post() };
        assert_eq!(check_origin(&keyed, OWN), Err(ForeignRequest::Unknown));
        let api = Provenance { path: "/api/v1/tasks", ..keyed };
        assert_eq!(check_origin(&api, OWN), Ok(()));
        for authorization in
            ["Basic dTpw", "Bearer", "Bearer  ", "mt_key", "Bearer a b", "Bearer é"]
        {
            let request = Provenance { authorization: Some(authorization), ..api };
            assert!(check_origin(&request, OWN).is_err(), "{authorization}");
        }
    }

    #[test]
    fn a_web_socket_is_opened_from_our_own_pages_only() {
        let upgrade = Provenance { method: "GET", upgrades: true, ..post() };
        assert_eq!(check_origin(&upgrade, OWN), Err(ForeignRequest::Unknown));
        let own = Provenance { origin: Some(OWN), ..upgrade };
        assert_eq!(check_origin(&own, OWN), Ok(()));
        let foreign = Provenance { origin: Some("https://elsewhere.example"), ..upgrade };
        assert_eq!(check_origin(&foreign, OWN), Err(ForeignRequest::Elsewhere));
    }
}
