//! Every address that takes something is in a list that tests go through.

use std::path::Path;

/// Addresses that tests go through by another list than that of the forms.
const LISTED_ELSEWHERE: [&str; 4] = [
    // By `/__test/server-functions`.
    "\"/fn/{*name}\"",
    // By the API's own table: `server::api::Operation::ALL`.
    "\"/api/v1\"",
    "\"/api/v1/{*rest}\"",
    // The tests' own, which production doesn't have.
    "\"/__test/{*hook}\"",
];

fn source(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    std::fs::read_to_string(folder.join(path)).expect(path)
}

/// What stands between the parentheses of each `.route(…)`: the address, and what answers it.
fn routes(router: &str) -> Vec<(String, String)> {
    let calls = router.split(".route(").skip(1);
    let pairs = calls.filter_map(|call| call.split_once(','));
    pairs.map(|(address, rest)| (address.trim().to_owned(), rest.trim().to_owned())).collect()
}

#[test]
fn an_address_that_takes_something_is_in_a_list() {
    let router = source("server/src/router.rs");
    let registry = source("app/src/registry.rs");
    let routes = routes(&router);
    assert!(routes.len() > 5, "the router isn't written as this test reads it");
    for (address, handler) in routes {
        if handler.starts_with("get(") && !handler.contains(").post(") {
            continue;
        }
        let name = address.rsplit("::").next().unwrap_or(&address);
        let listed = LISTED_ELSEWHERE.contains(&address.as_str())
            || registry.contains(&format!("address: {name},"));
        assert!(listed, "{address} takes something: give it a row in app/src/registry.rs");
    }
}
