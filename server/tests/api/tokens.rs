//! Exchanging a key for a token, and what the token can do.

use domain::actor::Credential;
use domain::scope::Scope;
use serde_json::{Value, json};

use crate::caller::{Api, Ask, Reply};

const MINUTE: i64 = 60_000;

fn exchange(api: &Api, credential: Credential) -> Ask<'_> {
    api.ask(credential, "POST", "/tokens")
}

/// What a token that was given proves, so many milliseconds after the world began.
fn proven(api: &Api, reply: &Reply, after: i64) -> Option<Credential> {
    let token = reply.json()["access_token"].as_str().expect("a token").to_owned();
    let now = api.world.at(Credential::Anonymous, after).caller.now;
    api.issuer.as_ref().expect("an issuer").verify(&token, now).ok()
}

#[test]
fn a_key_is_exchanged_for_a_token_that_can_do_the_same_for_15_minutes() {
    let api = Api::open();
    let key = api.key(api.world.writer, &[Scope::Read, Scope::WriteTasks]);
    for ask in [exchange(&api, key.clone()), exchange(&api, key.clone()).json(&json!({}))] {
        let made = ask.send();
        assert_eq!((made.status, made.header("cache-control")), (200, "no-store"), "{made:?}");
        let told = made.json();
        assert_eq!(told["token_type"], "Bearer");
        assert_eq!(told["expires_in"], 900);
        assert_eq!(told["scope"], "read tasks:write");
        assert_eq!(told.as_object().map(serde_json::Map::len), Some(4));
        let token = proven(&api, &made, 14 * MINUTE).expect("it holds");
        let (with_key, with_token) = (api.get(key.clone(), "/me"), api.get(token, "/me"));
        assert_eq!((with_token.status, with_token.text), (200, with_key.text));
        assert!(proven(&api, &made, 15 * MINUTE).is_none());
    }
}

#[test]
fn a_token_carries_less_where_less_is_asked_and_never_more() {
    let api = Api::open();
    let key = api.key(api.world.owner, &[Scope::Read, Scope::WriteTasks]);
    let narrow =
        exchange(&api, key.clone()).json(&json!({ "scope": "read", "expires_in": 60 })).send();
    assert_eq!((narrow.status, &narrow.json()["scope"]), (200, &json!("read")));
    assert_eq!(narrow.json()["expires_in"], 60);
    let token = proven(&api, &narrow, 59_000).expect("it holds");
    assert!(proven(&api, &narrow, 60_000).is_none());
    let scopes = &api.get(token, "/me").json()["key"]["scopes"];
    assert_eq!(scopes, &json!(["read"]));
    for scope in ["read approvals:write", "keys:write", "approvals:write"] {
        let wider = exchange(&api, key.clone()).json(&json!({ "scope": scope })).send();
        assert_eq!(wider.refusal(), (403, "out_of_scope".to_owned()), "{scope}");
    }
}

#[test]
fn only_a_key_is_exchanged() {
    let api = Api::open();
    let key = api.key(api.world.owner, &[Scope::Read]);
    let token = proven(&api, &exchange(&api, key).send(), 0).expect("it holds");
    let session = api.session(api.world.owner);
    for (credential, refusal) in [
        (token, (403, "key_needed")),
        (session, (403, "key_needed")),
        (Credential::Session([9; 32]), (401, "signed_out")),
        (Credential::Key([9; 32]), (401, "signed_out")),
        (Credential::Anonymous, (401, "signed_out")),
    ] {
        let refused = exchange(&api, credential.clone()).send();
        assert_eq!(refused.refusal(), (refusal.0, refusal.1.to_owned()), "{credential:?}");
    }
}

#[test]
fn what_is_no_wish_is_refused() {
    let api = Api::open();
    let key = api.key(api.world.owner, &[Scope::Read]);
    let refused = |body: Value| {
        let reply = exchange(&api, key.clone()).json(&body).send();
        assert_eq!(reply.status, 422, "{body}: {reply:?}");
        (reply.code(), reply.json()["errors"][0]["field"].as_str().unwrap_or("").to_owned())
    };
    let invalid = |field: &str| ("invalid".to_owned(), field.to_owned());
    for scope in [json!(""), json!("read "), json!("Read"), json!("*"), json!("run"), json!(1)] {
        assert_eq!(refused(json!({ "scope": scope })), invalid("scope"));
    }
    for seconds in
        [json!(0), json!(-1), json!(901), json!(1e9), json!("60"), json!(1.5), json!(null)]
    {
        assert_eq!(refused(json!({ "expires_in": seconds })), invalid("expires_in"));
    }
    let unknown = ("unknown_field".to_owned(), "grant_type".to_owned());
    assert_eq!(refused(json!({ "grant_type": "password" })), unknown);
    let status = |ask: Ask<'_>| ask.send().status;
    assert_eq!(status(exchange(&api, key.clone()).text("application/json", "[]")), 422);
    assert_eq!(status(exchange(&api, key.clone()).text("application/json", "{")), 400);
    let twice = "{\"scope\":\"read\",\"scope\":\"read\"}";
    assert_eq!(status(exchange(&api, key.clone()).text("application/json", twice)), 400);
    assert_eq!(status(exchange(&api, key.clone()).text("text/plain", "{}")), 415);
    assert_eq!(status(exchange(&api, key).text("application/x-www-form-urlencoded", "")), 415);
}

#[test]
fn a_token_is_worth_nothing_once_its_key_is_revoked_or_has_run_out() {
    let api = Api::open();
    let key = api.key(api.world.owner, &[Scope::Read]);
    let made = exchange(&api, key.clone()).send();
    let token = proven(&api, &made, 0).expect("it holds");
    assert_eq!(api.get(token.clone(), "/me").status, 200);
    let now = api.world.bench.now.0;
    for (sql, hour) in [
        ("UPDATE api_keys SET expires_at = ?1", now),
        ("UPDATE api_keys SET expires_at = NULL, revoked_at = ?1", now),
    ] {
        api.execute(sql, vec![hour.into()]);
        assert!(proven(&api, &made, 0).is_some(), "its signature is as good as ever");
        for credential in [&token, &key] {
            let refused = api.get(credential.clone(), "/me");
            assert_eq!(refused.refusal(), (401, "signed_out".to_owned()), "{sql}");
            assert_eq!(refused.header("www-authenticate"), "Bearer");
        }
        assert_eq!(exchange(&api, key.clone()).send().status, 401);
    }
}

#[test]
fn without_signing_keys_nothing_is_exchanged() {
    let mut api = Api::open();
    api.issuer = None;
    let key = api.key(api.world.owner, &[Scope::Read]);
    let refused = exchange(&api, key).send();
    assert_eq!(refused.refusal(), (503, "unavailable".to_owned()));
    assert_eq!(exchange(&api, Credential::Key([9; 32])).send().status, 401, "known ones learn it");
}
