//! What HTTP asks of every endpoint.

use domain::actor::Credential;
use domain::scope::Scope;

use crate::caller::Api;

#[test]
fn nobody_is_signed_out_everywhere_and_paths_are_known_by_method() {
    let api = Api::open();
    let nobody = api.get(Credential::Anonymous, "/me");
    assert_eq!(nobody.refusal(), (401, "signed_out".to_owned()));
    assert_eq!(nobody.header("www-authenticate"), "Bearer");
    let unknown = api.get(Credential::Session([9; 32]), "/me");
    assert_eq!(unknown.text, nobody.text, "one and the same");
    let owner = api.session(api.world.owner);
    assert_eq!(api.get(owner.clone(), "/nothing").refusal(), (404, "not_found".to_owned()));
    let wrong = api.ask(owner.clone(), "DELETE", "/projects").send();
    assert_eq!(wrong.refusal(), (405, "method_not_allowed".to_owned()));
    assert_eq!(wrong.header("allow"), "GET, HEAD, OPTIONS, POST");
    let options = api.ask(owner.clone(), "OPTIONS", "/projects").send();
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, OPTIONS, POST"));
    let head = api.ask(owner, "HEAD", "/projects/MONO").send();
    assert_eq!((head.status, head.text.as_str(), head.version()), (200, "", 3));
}

#[test]
fn a_key_tells_whose_it_is_and_reads_what_its_scopes_allow() {
    let api = Api::open();
    let key = api.key(api.world.viewer, &[Scope::Read]);
    let me = api.get(key.clone(), "/me").json();
    assert_eq!((&me["via"], &me["user"]["role"]), (&"key".into(), &"viewer".into()));
    assert_eq!(me["key"]["scopes"], serde_json::json!(["read"]));
    assert_eq!(api.get(key, "/projects/MONO").status, 200);
    let blind = api.key(api.world.owner, &[Scope::WriteTasks]);
    let refused = api.get(blind, "/projects/MONO");
    assert_eq!(refused.refusal(), (403, "out_of_scope".to_owned()));
    assert_eq!(refused.json()["missing_scope"], "read");
}

#[test]
fn pages_of_other_sites_are_let_in_by_name_and_without_cookies() {
    let api = Api::open();
    let (own, other) = ("https://tools.example", "https://evil.example");
    api.allow_origin(own);
    let key = api.key(api.world.owner, &[Scope::Read]);
    let from = |origin, credential: &Credential| {
        api.ask(credential.clone(), "GET", "/me").header("origin", origin).send()
    };
    let allow = "access-control-allow-origin";
    assert_eq!(from(own, &key).header(allow), own);
    for origin in [other, "null", "https://tools.example.evil.example", "http://tools.example"] {
        let reply = from(origin, &key);
        assert_eq!((reply.status, reply.header(allow)), (200, ""), "{origin}");
        assert_eq!(reply.header("vary"), "Origin");
    }
    assert_eq!(from(own, &api.session(api.world.owner)).header(allow), "", "never with a cookie");
    assert_eq!(from(own, &Credential::Key([7; 32])).header(allow), own, "may read why not");
    let preflight = |origin| {
        api.ask(Credential::Anonymous, "OPTIONS", "/projects")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .send()
    };
    let let_in = preflight(own);
    assert_eq!((let_in.status, let_in.header(allow)), (204, own));
    assert!(let_in.header("access-control-allow-methods").contains("POST"));
    assert!(let_in.header("access-control-allow-headers").contains("if-match"));
    assert_eq!(let_in.header("access-control-allow-credentials"), "");
    assert_eq!(preflight(other).header(allow), "");
}
