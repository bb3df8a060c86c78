//! Files added to runs, and kept files read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::actor::Credential;
use domain::run::JobEnd;
use domain::scope::Scope;
use serde_json::{Value, json};
use server::store::contract::world::{Held, World};
use sha2::{Digest, Sha256};

use crate::caller::{Api, Ask, Reply};

fn digest(content: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(content)))
}

fn held(api: &Api) -> Held {
    pollster::block_on(api.world.hold("Add to me")).expect("a run")
}

fn address(held: &Held) -> String {
    format!("/runs/{}/evidence", held.run)
}

/// One file as it is, with all that belongs to it.
fn file<'a>(api: &'a Api, held: &Held, name: &str, content: &[u8]) -> Ask<'a> {
    let writer = api.session(api.world.writer);
    api.ask(writer, "POST", &format!("{}?name={name}", address(held)))
        .text("application/octet-stream", content)
        .header("content-length", &content.len().to_string())
        .header("content-digest", &digest(content))
}

fn form(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut body = vec![];
    for (name, content) in parts {
        body.extend_from_slice(
            format!(
                "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
                 \r\n{content}\r\n"
            )
            .as_bytes(),
        );
    }
    body.extend_from_slice(b"--X--\r\n");
    body
}

fn send_form(api: &Api, held: &Held, body: Vec<u8>) -> Reply {
    let writer = api.session(api.world.writer);
    api.ask(writer, "POST", &address(held)).text("multipart/form-data; boundary=X", body).send()
}

fn files(api: &Api, held: &Held) -> Vec<Value> {
    let listed = api.get(api.session(api.world.viewer), &address(held)).json();
    listed["items"].as_array().expect("a list").clone()
}

#[test]
fn a_file_is_added_as_it_is_and_read_back_whole_and_in_parts() {
    let api = Api::open();
    let held = held(&api);
    let content = b"0123456789";
    let made = file(&api, &held, "notes%2Fa.txt", content).send();
    assert_eq!(made.status, 201, "{}", made.text);
    let item = made.json()["items"][0].clone();
    assert_eq!(
        (&item["name"], made.header("location")),
        (&json!("notes/a.txt"), item["href"].as_str().unwrap())
    );
    let again = file(&api, &held, "notes%2Fa.txt", content).send();
    assert_eq!((again.status, &again.text), (200, &made.text), "nothing new");
    let viewer = || api.session(api.world.viewer);
    let path = item["href"].as_str().unwrap().replace("/api/v1", "");
    let record = api.get(viewer(), &path);
    assert_eq!((record.status, record.version()), (200, 1));
    let record = record.json();
    assert_eq!(record["added_by"], api.world.writer.user.to_string());
    assert_eq!((&record["kind"], &record["size"]), (&json!("artifact"), &json!(10)));
    assert_eq!(files(&api, &held).first(), Some(&record));
    let path = record["content"].as_str().unwrap().replace("/api/v1", "");
    let whole = api.get(viewer(), &path);
    assert_eq!((whole.status, whole.text.as_bytes()), (200, &content[..]));
    assert_eq!(whole.header("content-digest"), digest(content));
    assert!(whole.header("content-disposition").starts_with("attachment; filename=\"a.txt\""));
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    assert!(whole.header("content-security-policy").starts_with("sandbox"));
    let tag = format!("\"{}\"", record["sha256"].as_str().unwrap());
    assert_eq!(whole.header("etag"), tag);
    let ask = |name, value: &str| api.ask(viewer(), "GET", &path).header(name, value);
    let part = ask("range", "bytes=2-4").send();
    assert_eq!(
        (part.status, part.text.as_str(), part.header("content-range")),
        (206, "234", "bytes 2-4/10")
    );
    assert_eq!((part.header("content-length"), part.header("content-digest")), ("3", ""));
    assert_eq!(part.header("repr-digest"), digest(content));
    assert_eq!(ask("range", "bytes=-2").send().text, "89");
    let outside = ask("range", "bytes=10-").send();
    assert_eq!(outside.refusal(), (416, "range_not_satisfiable".to_owned()));
    assert_eq!(outside.header("content-range"), "bytes */10");
    let other = ask("range", "bytes=2-4").header("if-range", "\"other\"").send();
    assert_eq!((other.status, other.text.len()), (200, 10));
    assert_eq!(ask("if-none-match", &format!("\"x\", W/{tag}")).send().status, 304);
    assert_eq!(ask("if-none-match", "\"x\"").send().status, 200);
    let head = api.ask(viewer(), "HEAD", &path).send();
    assert_eq!((head.status, head.text.as_str(), head.header("etag")), (200, "", tag.as_str()));
}

#[test]
fn what_is_announced_must_be_there_and_true() {
    let api = Api::open();
    let held = held(&api);
    let writer = || api.session(api.world.writer);
    let ask = |query: &str| {
        api.ask(writer(), "POST", &format!("{}{query}", address(&held))).text("image/png", "abc")
    };
    let refused = |ask: Ask<'_>| ask.send().refusal();
    let code = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(refused(ask("?name=a")), code(411, "length_required"));
    let long = || ask("?name=a").header("content-length", "3");
    assert_eq!(refused(long()), code(400, "digest_required"));
    assert_eq!(
        refused(long().header("content-digest", "sha-256=abc")),
        code(400, "malformed_header")
    );
    let digested = |query: &str| ask(query).header("content-digest", &digest(b"abc"));
    assert_eq!(refused(digested("").header("content-length", "3")), code(422, "invalid"));
    for length in ["-3", "3.0", "+3", "", "0x3"] {
        let reply = digested("?name=a").header("content-length", length).send();
        assert_eq!(reply.refusal(), code(400, "malformed_header"), "{length}");
    }
    let huge = digested("?name=a").header("content-length", "104857601");
    assert_eq!(refused(huge), code(413, "too_large"));
    for length in ["2", "4", "0"] {
        let reply = digested("?name=a").header("content-length", length).send();
        assert_eq!(reply.refusal(), code(422, "invalid"), "{length}");
        assert_eq!(reply.json()["errors"][0], json!({"field": "file", "problem": "wrong_digest"}));
    }
    let other = long().header("content-digest", &digest(b"abd"));
    assert_eq!(refused(other), code(422, "invalid"));
    for name in ["..%2Fa", "%2Fetc%2Fpasswd", "a%2F%2Fb", "", "a%00b", "a%0Ab", "%E2%80%AEgnp"] {
        let reply = digested(&format!("?name={name}")).header("content-length", "3").send();
        assert!(matches!(reply.status, 400 | 422), "{name}: {}", reply.text);
    }
    let packed =
        digested("?name=a").header("content-length", "3").header("content-encoding", "gzip");
    assert_eq!(refused(packed), code(415, "unsupported_type"));
    assert!(files(&api, &held).is_empty() && api.files.kept.lock().unwrap().is_empty());
    // Named by its disposition, and empty.
    let named = api
        .ask(writer(), "POST", &address(&held))
        .text("text/plain", "")
        .header("content-length", "0")
        .header("content-digest", &digest(b""))
        .header("content-disposition", "attachment; filename*=UTF-8''gr%C3%BCn.txt")
        .send();
    assert_eq!((named.status, &named.json()["items"][0]["name"]), (201, &json!("grün.txt")));
    let same = file(&api, &held, "gr%C3%BCn.txt", b"other").send();
    assert_eq!(same.json()["errors"][0], json!({"field": "file", "problem": "taken"}));
}

#[test]
fn a_form_adds_several_files_or_none() {
    let api = Api::open();
    let held = held(&api);
    let made =
        send_form(&api, &held, form(&[("a.txt", "a"), ("b/c.png", "\u{89}"), ("e.txt", "")]));
    assert_eq!(made.status, 201, "{}", made.text);
    let names: Vec<_> = files(&api, &held).iter().map(|file| file["name"].clone()).collect();
    assert_eq!(names, ["a.txt", "b/c.png", "e.txt"]);
    assert_eq!(made.header("location"), format!("/api/v1{}", address(&held)));
    let body = form(&[("a.txt", "a"), ("new.txt", "new"), ("../out", "x")]);
    assert_eq!(send_form(&api, &held, body).refusal(), (422, "invalid".to_owned()), "all or none");
    let twenty_one: Vec<_> = (0..21).map(|n| (format!("{n}"), n.to_string())).collect();
    let parts: Vec<_> =
        twenty_one.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(send_form(&api, &held, form(&parts)).status, 422);
    assert_eq!(send_form(&api, &held, form(&[])).status, 422);
    let whole = form(&[("cut.txt", "cut")]);
    for length in [0, 5, 40, whole.len() - 6] {
        let reply = send_form(&api, &held, whole[..length].to_vec());
        assert_eq!(reply.refusal(), (400, "malformed_form".to_owned()), "cut at {length}");
    }
    let field =
        b"--X\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\ntest_report\r\n--X--\r\n";
    assert_eq!(send_form(&api, &held, field.to_vec()).refusal(), (422, "unknown_field".to_owned()));
    assert_eq!(
        send_form(&api, &held, vec![b'-'; 27 << 20]).refusal(),
        (413, "too_large".to_owned())
    );
    *api.files.is_full.lock().unwrap() = true;
    assert_eq!(send_form(&api, &held, whole).refusal(), (503, "unavailable".to_owned()));
    assert_eq!(files(&api, &held).len(), 3);
}

#[test]
fn under_a_key_the_first_answer_comes_again() {
    let api = Api::open();
    let held = held(&api);
    let send = |content: &[u8]| file(&api, &held, "k.txt", content).under("a-key-of-a-file").send();
    let (first, again) = (send(b"k"), send(b"k"));
    assert_eq!((first.status, again.status, &again.text), (201, 201, &first.text));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(send(b"other").refusal(), (422, "key_reused".to_owned()));
}

#[test]
fn who_may_not_add_is_told_before_a_byte_is_read() {
    let api = Api::open();
    let held = held(&api);
    let stranger = pollster::block_on(World::empty(&api.world.bench)).expect("another workspace");
    let by = |credential: Credential, address: &str| {
        api.ask(credential, "POST", &format!("{address}?name=a"))
            .text("text/plain", "a")
            .header("content-length", "1")
            .header("content-digest", &digest(b"a"))
            .send()
    };
    let own = address(&held);
    let viewer = by(api.session(api.world.viewer), &own);
    assert_eq!(viewer.refusal(), (403, "forbidden".to_owned()));
    let reader = by(api.key(api.world.writer, &[Scope::Read]), &own);
    assert_eq!(reader.refusal(), (403, "out_of_scope".to_owned()));
    assert_eq!(by(Credential::Anonymous, &own).refusal(), (401, "signed_out".to_owned()));
    let missing = "/runs/run_01hv3v6k3e0123456789abcdef/evidence";
    let foreign = by(api.session(stranger.owner), &own);
    assert_eq!(foreign.refusal(), (404, "not_found".to_owned()));
    assert_eq!(foreign.text, by(api.session(stranger.owner), missing).text, "byte for byte");
    for path in [own.clone(), "/runs/nonsense/evidence".to_owned()] {
        assert_eq!(api.get(api.session(stranger.owner), &path).text, foreign.text);
    }
    assert!(api.files.kept.lock().unwrap().is_empty());
    let lease = hex::encode(Sha256::digest(held.token.0.as_bytes()));
    let run = Credential::RunToken { run: held.run, lease };
    assert_eq!(by(run.clone(), &own).status, 201, "the run itself");
    let other = pollster::block_on(api.world.hold("Another")).expect("a run");
    assert_eq!(by(run.clone(), &address(&other)).refusal(), (403, "forbidden".to_owned()));
    assert_eq!(api.get(run, &own).refusal(), (403, "forbidden".to_owned()), "it only reports");
    let report = api.world.report(&held, JobEnd::Cancelled, 0);
    pollster::block_on(domain::run::finish(&api.world.system(5), report)).expect("an end");
    let late = file(&api, &held, "late.txt", b"late").send();
    assert_eq!(late.refusal(), (409, "evidence_settled".to_owned()));
}

#[test]
fn a_file_whose_bytes_are_gone_says_so_and_is_reported() {
    let api = Api::open();
    let held = held(&api);
    let made = file(&api, &held, "a.txt", b"a").send().json();
    let path = made["items"][0]["href"].as_str().unwrap().replace("/api/v1", "");
    api.files.kept.lock().unwrap().clear();
    let lost = api.get(api.session(api.world.viewer), &format!("{path}/content"));
    assert_eq!(lost.refusal(), (404, "evidence_lost".to_owned()));
    assert_eq!(*api.files.lost.lock().unwrap(), [made["items"][0]["id"].as_str().unwrap()]);
    assert_eq!(api.get(api.session(api.world.viewer), &path).status, 200, "its record stands");
}

#[test]
fn a_list_is_paged() {
    let api = Api::open();
    let held = held(&api);
    send_form(&api, &held, form(&[("a", "a"), ("b", "b"), ("c", "c")]));
    let mut names = vec![];
    let mut next = format!("{}?limit=2", address(&held));
    loop {
        let page = api.get(api.session(api.world.viewer), &next);
        let listed = page.json();
        names.extend(listed["items"].as_array().unwrap().iter().map(|item| item["name"].clone()));
        let Some(cursor) = listed["next"].as_str() else { break };
        assert!(page.header("link").ends_with("rel=\"next\""));
        next = format!("{}?limit=2&cursor={cursor}", address(&held));
    }
    assert_eq!(names, ["a", "b", "c"]);
}
