//! Invitations, members, workspaces and one's own sessions.

use domain::account::{Email, Opening, Session};
use domain::actor::Credential;
use domain::ids::SessionId;
use domain::invitation::INVITATION_MS;
use domain::scope::Scope;
use serde_json::{Value, json};
use server::store::contract::world::Someone;

use crate::caller::{Api, Reply};

fn owner(api: &Api) -> Credential {
    api.session(api.world.owner)
}

fn invite(api: &Api, body: &Value) -> Reply {
    api.ask(owner(api), "POST", "/invitations").json(body).send()
}

fn id_of(reply: &Reply) -> String {
    reply.json()["id"].as_str().expect("an id").to_owned()
}

/// Another browser of this person.
fn another_browser(api: &Api, who: Someone) -> (Credential, SessionId) {
    let bench = &api.world.bench;
    let (session, token) =
        Session::begin(who.user, api.world.workspace, "other", bench.now, &*bench.random);
    let (id, email) = (session.id, Email::parse("nobody@case.example").expect("an address"));
    let opening = Opening::unproved(session, &email, "10.0.0.9");
    pollster::block_on(bench.store.open_session(opening)).expect("a session");
    (Credential::Session(token.hash()), id)
}

/// The address and the version of a member.
fn member(api: &Api, user: domain::ids::UserId) -> (String, i64) {
    let address = format!("/members/{user}");
    let version = api.get(owner(api), &address).version();
    (address, version)
}

#[test]
fn an_invitation_tells_its_link_once_and_is_taken_back() {
    let api = Api::open();
    let body = json!({"role": "member", "email": "Eve@Case.example"});
    let create = || api.ask(owner(&api), "POST", "/invitations").json(&body).under("invite-eve-1");
    let made = create().send();
    assert_eq!(made.status, 201, "{made:?}");
    let href = made.json()["href"].as_str().expect("an address").to_owned();
    assert_eq!(made.header("location"), href);
    let link = made.json()["link"].as_str().expect("a link").to_owned();
    assert!(link.starts_with("https://monotask.example/join/"), "{link}");
    assert_eq!(*api.mail.0.lock().unwrap(), ["eve@case.example"]);
    // Nobody is told it twice, and nobody gets a second letter.
    let again = create().send();
    assert_eq!((again.status, id_of(&again)), (201, id_of(&made)));
    assert_eq!(
        (again.header("idempotency-replayed"), &again.json()["link"]),
        ("true", &json!(null))
    );
    assert_eq!(api.mail.0.lock().unwrap().len(), 1);

    let path = href.trim_start_matches("/api/v1").to_owned();
    let read = api.get(owner(&api), &path);
    let told = read.json();
    assert_eq!((&told["state"], &told["role"]), (&json!("open"), &json!("member")));
    assert_eq!(told["email"], "eve@case.example");
    let token = link.rsplit('/').next().expect("a token");
    let listed = api.get(owner(&api), "/invitations");
    assert!(!read.text.contains(token) && !listed.text.contains(token), "a link was told again");
    assert_eq!(listed.json()["items"][0], told);
    let late = api.ask(owner(&api), "GET", &path).later(INVITATION_MS).send();
    assert_eq!(late.json()["state"], "expired");

    for _ in 0..2 {
        assert_eq!(api.ask(owner(&api), "DELETE", &path).send().status, 204);
    }
    assert_eq!(api.get(owner(&api), &path).json()["state"], "revoked");
    assert_eq!(api.get(owner(&api), "/invitations").json()["items"], json!([]));
}

#[test]
fn invitations_are_listed_in_pages_without_a_gap() {
    let api = Api::open();
    let mut made: Vec<_> =
        (0..5).map(|_| id_of(&invite(&api, &json!({"role": "viewer"})))).collect();
    let mut seen: Vec<String> = vec![];
    let mut address = "/invitations?limit=2".to_owned();
    loop {
        let page = api.get(owner(&api), &address).json();
        let ids = page["items"].as_array().expect("items").iter();
        seen.extend(ids.map(|item| item["id"].as_str().expect("an id").to_owned()));
        match page["next"].as_str() {
            Some(next) => address = format!("/invitations?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    made.sort();
    seen.sort();
    assert_eq!(seen, made);
}

#[test]
fn what_makes_no_sense_for_an_invitation_is_refused() {
    let api = Api::open();
    for (body, field) in [
        (json!({"role": "root"}), "role"),
        (json!({"role": "Member"}), "role"),
        (json!({}), "role"),
        (json!({"role": "member", "email": "nobody"}), "email"),
        (json!({"role": "member", "to": "a@b.example"}), "to"),
    ] {
        let reply = invite(&api, &body);
        assert_eq!(reply.status, 422, "{body}: {reply:?}");
        assert_eq!(reply.json()["errors"][0]["field"], field, "{body}");
    }
    let admin = api.key(api.world.owner, &[Scope::WriteMembers]);
    let reply = api.ask(admin, "POST", "/invitations").json(&json!({"role": "owner"})).send();
    assert_eq!(reply.status, 201, "an owner's key invites an owner: {reply:?}");
    for path in ["/invitations/inv_00000000000000000000000000", "/invitations/nothing"] {
        for method in ["GET", "DELETE"] {
            let reply = api.ask(owner(&api), method, path).send();
            assert_eq!(reply.refusal(), (404, "not_found".to_owned()), "{method} {path}");
        }
    }
}

#[test]
fn a_role_is_changed_for_the_version_that_was_seen() {
    let api = Api::open();
    let (address, seen) = member(&api, api.world.viewer.user);
    let patch = |role: &str| api.ask(owner(&api), "PATCH", &address).json(&json!({"role": role}));
    let blind = patch("admin").send();
    assert_eq!(blind.refusal(), (428, "precondition_required".to_owned()));
    let changed = patch("admin").at(seen).send();
    assert_eq!((changed.status, &changed.json()["role"]), (200, &json!("admin")));
    assert!(changed.version() > seen, "no new version: {changed:?}");
    let read = api.get(owner(&api), &address);
    assert_eq!((read.json(), read.version()), (changed.json(), changed.version()));
    let stale = patch("viewer").at(seen).send();
    assert_eq!(stale.refusal(), (412, "precondition_failed".to_owned()));
    assert_eq!(stale.json()["current_version"], changed.version());
    assert_eq!(patch("root").at(changed.version()).send().status, 422);
    let star = patch("viewer").header("if-match", "*").send();
    assert_eq!((star.status, &star.json()["role"]), (200, &json!("viewer")));
    let same = patch("viewer").at(star.version()).send();
    assert_eq!((same.status, same.version()), (200, star.version()), "nothing to change");

    // The last owner stays one, and nobody reaches above themselves.
    let (own, version) = member(&api, api.world.owner.user);
    let down = api.ask(owner(&api), "PATCH", &own).json(&json!({"role": "admin"})).at(version);
    assert_eq!(down.send().refusal(), (409, "last_owner".to_owned()));
    let leave = api.ask(owner(&api), "DELETE", &own).at(version).send();
    assert_eq!(leave.refusal(), (409, "last_owner".to_owned()));
}

#[test]
fn a_member_is_removed_with_their_keys_and_may_leave_themselves() {
    let api = Api::open();
    let (address, seen) = member(&api, api.world.writer.user);
    let theirs = api.key(api.world.writer, &Scope::ALL);
    assert_eq!(api.get(theirs.clone(), "/me").status, 200);
    let blind = api.ask(owner(&api), "DELETE", &address).send();
    assert_eq!(blind.refusal(), (428, "precondition_required".to_owned()));
    let stale = api.ask(owner(&api), "DELETE", &address).at(seen + 1).send();
    assert_eq!(stale.refusal(), (412, "precondition_failed".to_owned()));
    assert_eq!(api.ask(owner(&api), "DELETE", &address).at(seen).send().status, 204);
    assert_eq!(api.get(theirs, "/me").status, 401);
    assert_eq!(api.get(owner(&api), &address).status, 404);

    let (own, seen) = member(&api, api.world.viewer.user);
    let leave = |by: Credential| api.ask(by, "DELETE", &own).at(seen).send();
    let viewer = api.world.viewer;
    let without = api.key(viewer, &[Scope::Read]);
    assert_eq!(leave(without).refusal(), (403, "out_of_scope".to_owned()));
    let project = api.get(owner(&api), &format!("/projects/{}", api.world.project)).json();
    let project = project["id"].as_str().and_then(|id| id.parse().ok()).expect("a project");
    let confined = api.key_for(viewer, &[Scope::DeleteMembers], Some(project));
    assert_eq!(leave(confined).refusal(), (403, "out_of_scope".to_owned()));
    assert_eq!(leave(api.session(viewer)).status, 204);
    assert_eq!(api.get(api.session(viewer), "/me").status, 401);
}

#[test]
fn a_link_to_a_new_password_is_told_once_and_to_no_key() {
    let api = Api::open();
    let address = format!("/members/{}/password-reset", api.world.writer.user);
    let offer = || api.ask(owner(&api), "POST", &address).under("offer-reset-1");
    let made = offer().send();
    let link = made.json()["link"].as_str().expect("a link").to_owned();
    assert_eq!(made.status, 200);
    assert!(link.starts_with("https://monotask.example/reset/"), "{link}");
    let again = offer().send();
    assert_eq!((again.status, &again.json()["link"]), (200, &json!(null)));
    assert_eq!(again.json()["expires_at"], made.json()["expires_at"]);
    let key = api.key(api.world.owner, &Scope::ALL);
    let refused = api.ask(key, "POST", &address).send();
    assert_eq!(refused.refusal(), (403, "only_in_browser".to_owned()));
    let own = format!("/members/{}/password-reset", api.world.owner.user);
    let refused = api.ask(owner(&api), "POST", &own).send();
    assert_eq!(refused.refusal(), (409, "own_reset".to_owned()));
}

#[test]
fn a_workspace_is_founded_by_a_person_and_changed_for_the_version_that_was_seen() {
    let api = Api::open();
    let viewer = api.session(api.world.viewer);
    let body = json!({"name": "  Second "});
    let found = || api.ask(viewer.clone(), "POST", "/workspaces").json(&body).under("found-it-1");
    let made = found().send();
    assert_eq!(made.status, 201, "{made:?}");
    let again = found().send();
    assert_eq!((again.status, &again.text), (201, &made.text), "byte for byte");
    let path = made.header("location").trim_start_matches("/api/v1").to_owned();
    let read = api.get(viewer.clone(), &path);
    let told = read.json();
    assert_eq!((&told["name"], &told["role"]), (&json!("Second"), &json!("owner")));
    assert_eq!((&told["current"], &told["allowed_origins"]), (&json!(true), &json!([])));

    let patch = |body: &Value| api.ask(viewer.clone(), "PATCH", &path).json(body);
    let both =
        json!({"name": "Third", "allowed_origins": ["https://B.example", "https://a.example"]});
    assert_eq!(patch(&both).send().refusal(), (428, "precondition_required".to_owned()));
    let changed = patch(&both).at(read.version()).send();
    assert_eq!(changed.status, 200, "{changed:?}");
    let origins = json!(["https://a.example", "https://b.example"]);
    assert_eq!(changed.json()["allowed_origins"], origins);
    assert!(changed.version() > read.version());
    let read = api.get(viewer.clone(), &path);
    assert_eq!((read.json(), read.version()), (changed.json(), changed.version()));
    let nothing = patch(&json!({})).at(changed.version()).send();
    assert_eq!((nothing.status, nothing.version()), (200, changed.version()));
    assert_eq!(patch(&both).at(1).send().status, 412);
    for (body, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": null}), "name"),
        (json!({"allowed_origins": ["https://*"]}), "allowed_origins"),
        (json!({"allowed_origins": ["https://a.example", " "]}), "allowed_origins[1]"),
        (json!({"version": 7}), "version"),
    ] {
        let reply = patch(&body).at(changed.version()).send();
        assert_eq!(
            (reply.status, &reply.json()["errors"][0]["field"]),
            (422, &json!(field)),
            "{body}"
        );
    }

    // One's other workspaces are seen from here, and not changed from here.
    let ours = format!("/workspaces/{}", api.world.workspace);
    assert_eq!(api.get(viewer.clone(), &ours).json()["current"], false);
    let other = api.ask(viewer, "PATCH", &ours).json(&json!({"name": "X"})).at(1).send();
    assert_eq!(other.refusal(), (404, "not_found".to_owned()));
    let key = api.key(api.world.owner, &Scope::ALL);
    let refused = api.ask(key, "POST", "/workspaces").json(&body).send();
    assert_eq!(refused.refusal(), (403, "only_in_browser".to_owned()));
}

#[test]
fn ones_own_sessions_are_listed_and_ended_by_no_key() {
    let api = Api::open();
    let (own, _) = another_browser(&api, api.world.writer);
    let (other, other_id) = another_browser(&api, api.world.writer);
    let listed = api.get(own.clone(), "/me/sessions?limit=2").json();
    let items = listed["items"].as_array().expect("items");
    assert_eq!(items.len(), 2);
    let next = listed["next"].as_str().expect("a next page");
    let rest = api.get(own.clone(), &format!("/me/sessions?limit=2&cursor={next}")).json();
    let all = items.iter().chain(rest["items"].as_array().expect("items"));
    let current = all.filter(|session| session["current"] == true).count();
    assert_eq!((current, &rest["next"]), (1, &json!(null)));

    let key = api.key(api.world.writer, &Scope::ALL);
    let address = format!("/me/sessions/{other_id}");
    for (method, path) in
        [("GET", "/me/sessions"), ("DELETE", "/me/sessions"), ("DELETE", &address)]
    {
        let reply = api.ask(key.clone(), method, path).send();
        assert_eq!(reply.refusal(), (403, "only_in_browser".to_owned()), "{method} {path}");
    }
    let stranger = api.ask(owner(&api), "DELETE", &address).send();
    assert_eq!(stranger.refusal(), (404, "not_found".to_owned()));
    assert_eq!(api.get(other.clone(), "/me").status, 200);
    assert_eq!(api.ask(own.clone(), "DELETE", &address).send().status, 204);
    assert_eq!(api.get(other, "/me").status, 401);
    assert_eq!(api.ask(own.clone(), "DELETE", &address).send().status, 404);
    assert_eq!(api.ask(own.clone(), "DELETE", "/me/sessions").send().status, 204);
    assert_eq!(api.get(api.session(api.world.writer), "/me").status, 401);
    assert_eq!(api.get(own, "/me").status, 200);
}
