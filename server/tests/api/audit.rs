//! The audit log over the API: filtered, page by page, and as a file.

use std::collections::BTreeSet;

use domain::actor::Credential;
use domain::scope::Scope;
use futures_util::StreamExt;
use serde_json::{Value, json};
use server::api::AnswerBody;

use crate::caller::{Api, Reply};

/// A workspace in whose log there is a bit of everything.
fn busy() -> (Api, Credential) {
    let api = Api::open();
    for title in ["One", "Two", "Three"] {
        pollster::block_on(api.world.write(title)).unwrap();
    }
    pollster::block_on(api.world.review("Four")).unwrap();
    let owner = api.session(api.world.owner);
    (api, owner)
}

/// As many entries more, a millisecond apart, of long ago.
fn fill(api: &Api, count: i64) {
    api.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3) \
         INSERT INTO audit (id, workspace_id, at, actor, actor_id, proof, action, target, outcome, \
         network, agent, request_id) \
         SELECT printf('aud_%026d', i), ?1, i, json_object('user', ?2), ?2, '\"secret\"', 'signed_in', \
         ?2, 'done', '', '', '' FROM n",
        vec![
            api.world.workspace.to_string().into(),
            api.world.viewer.user.to_string().into(),
            count.into(),
        ],
    );
}

fn items(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["items"].as_array().expect("a list").clone()
}

/// The address that the header names.
fn next(reply: &Reply) -> Option<String> {
    let link = reply.header("link").strip_suffix(">; rel=\"next\"")?;
    link.strip_prefix("</api/v1").map(str::to_owned)
}

fn lines(reply: &Reply) -> Vec<Value> {
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/x-ndjson"));
    reply.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn table(reply: &Reply) -> Vec<Vec<String>> {
    assert_eq!(reply.status, 200, "{reply:?}");
    let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(reply.text.as_bytes());
    let rows = reader.into_records().map(|row| row.expect("a row"));
    rows.map(|row| row.iter().map(str::to_owned).collect()).collect()
}

#[test]
fn the_log_is_read_page_by_page_without_a_gap() {
    let (api, owner) = busy();
    let all = items(&api.get(owner.clone(), "/audit?limit=100"));
    assert!(all.len() >= 8, "{}", all.len());
    let (mut seen, mut address) = (vec![], Some("/audit?limit=2".to_owned()));
    while let Some(page) = address {
        let reply = api.get(owner.clone(), &page);
        seen.extend(items(&reply));
        address = next(&reply);
    }
    assert_eq!(seen, all);
    let run = all.iter().find(|entry| entry["action"] == "run_queued").expect("a run");
    assert_eq!((&run["target"]["name"], &run["target"]["attempt"]), (&json!("MONO-4"), &json!(1)));
    assert_eq!(run["actor"]["kind"], "user");
    assert_eq!((&run["outcome"], &run["reason"]), (&json!("done"), &Value::Null));
}

#[test]
fn each_filter_lets_through_what_it_says() {
    let (api, owner) = busy();
    let writer = api.world.writer.user;
    let written = items(&api.get(owner.clone(), "/audit?action=task_created"));
    assert_eq!(written.len(), 4);
    let target = written[0]["target"]["id"].as_str().expect("a task").to_owned();
    let count = |query: &str| items(&api.get(owner.clone(), &format!("/audit?{query}"))).len();
    assert_eq!(count(&format!("person={writer}&action=task_created")), 4);
    assert_eq!(count(&format!("person={}&action=task_created", api.world.viewer.user)), 0);
    assert_eq!(count(&format!("target={target}&action=task_created")), 1);
    assert_eq!(count("outcome=refused"), 0);
    let all = count("limit=100");
    for (query, expected) in [
        ("from=2027-01-15", all),
        ("until=2027-01-15", 0),
        ("from=2027-01-15T08:00:00Z", all),
        ("until=2027-01-15T08:00:00.000Z", 0),
        ("from=2027-01-16", 0),
        ("until=2027-01-16&from=2027-01-15", all),
    ] {
        assert_eq!(count(&format!("limit=100&{query}")), expected, "{query}");
    }
    for bad in [
        "person=me",
        "person=",
        "outcome=maybe",
        "from=yesterday",
        "from=2027-13-01",
        "until=2027-01-15T25:00:00Z",
        "cursor=00",
        "cursor=312d6175645f31",
        "limit=0",
        "limit=101",
        "who=me",
        "skip=1",
    ] {
        let path = if bad.starts_with("skip") { "/audit/export" } else { "/audit" };
        assert_eq!(api.get(owner.clone(), &format!("{path}?{bad}")).status, 400, "{bad}");
    }
}

#[test]
fn the_log_is_an_admins_and_the_whole_workspaces() {
    let (api, owner) = busy();
    let project = api.get(owner, "/projects/MONO").json()["id"].as_str().unwrap().parse().unwrap();
    let all = Scope::ALL.to_vec();
    for (credential, code) in [
        (api.session(api.world.writer), "forbidden"),
        (api.session(api.world.viewer), "forbidden"),
        (api.key(api.world.owner, &[Scope::Read]), "out_of_scope"),
        (api.key_for(api.world.owner, &all, Some(project)), "out_of_scope"),
        (api.key(api.world.writer, &all), "forbidden"),
    ] {
        for path in ["/audit", "/audit/export", "/audit/export?format=csv"] {
            let refused = api.get(credential.clone(), path);
            assert_eq!(refused.refusal(), (403, code.to_owned()), "{path}");
        }
    }
    let reader = api.key(api.world.owner, &[Scope::ReadAudit]);
    assert_eq!(api.get(reader, "/audit").status, 200);
}

#[test]
fn a_file_holds_what_the_list_shows() {
    let (api, owner) = busy();
    let listed = items(&api.get(owner.clone(), "/audit?limit=100&outcome=done"));
    let exported = api.get(owner.clone(), "/audit/export?outcome=done");
    assert_eq!(exported.header("content-disposition"), "attachment; filename=\"audit.ndjson\"");
    assert_eq!(lines(&exported), listed);
    let reply = api.get(owner.clone(), "/audit/export?format=csv&outcome=done");
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(reply.header("content-disposition"), "attachment; filename=\"audit.csv\"");
    assert!(reply.text.lines().count() > 1 && !reply.text.replace("\r\n", "").contains('\n'));
    let rows = table(&reply);
    let columns: Vec<_> = rows[0].iter().map(String::as_str).collect();
    assert_eq!(columns[..5], ["id", "at", "actor_kind", "actor_id", "actor_name"]);
    assert_eq!(rows.len(), listed.len() + 1);
    for (row, entry) in rows[1..].iter().zip(&listed) {
        let told = [&entry["id"], &entry["at"], &entry["actor"]["kind"], &entry["actor"]["id"]];
        assert_eq!(json!(row[..4]), json!(told));
    }
    let none = api.get(owner, "/audit/export?format=csv&action=nothing");
    assert_eq!(table(&none), rows[..1], "the names of the columns alone");
}

#[test]
fn a_name_is_no_formula_and_breaks_no_table() {
    let (api, owner) = busy();
    for name in ["=HYPERLINK(\"https://evil.example\",\"a\")", "+1", "-1", "@SUM(A1)", "a, \"b\""] {
        let user = api.world.writer.user.to_string();
        api.execute("UPDATE users SET name = ?1 WHERE id = ?2", vec![name.into(), user.into()]);
        let reply = api.get(owner.clone(), "/audit/export?format=csv&action=task_created");
        let rows = table(&reply);
        assert_eq!(rows.len(), 5);
        let safe = if name.starts_with('a') { name.to_owned() } else { format!("'{name}") };
        assert!(rows[1..].iter().all(|row| row[4] == safe), "{name}: {rows:?}");
        assert_eq!(lines(&api.get(owner.clone(), "/audit/export"))[0]["actor"]["name"], name);
    }
}

#[test]
fn a_long_log_is_as_many_files_as_it_takes() {
    let (api, owner) = busy();
    fill(&api, 10_600);
    let viewer = api.world.viewer.user;
    let first = api.get(owner.clone(), &format!("/audit/export?person={viewer}"));
    let mut all = lines(&first);
    assert_eq!(all.len(), 10_000);
    let address = next(&first).expect("a second file");
    let second = api.get(owner.clone(), &address);
    assert_eq!(next(&second), None);
    all.extend(lines(&second));
    let ids: BTreeSet<_> = all.iter().map(|entry| entry["id"].to_string()).collect();
    assert_eq!((all.len(), ids.len()), (10_600, 10_600));
    let times: Vec<_> = all.iter().map(|entry| entry["at"].to_string()).collect();
    assert!(times.is_sorted_by(|newer, older| newer > older));
}

#[test]
fn who_loses_the_right_meanwhile_sees_no_more_of_it() {
    let (api, owner) = busy();
    fill(&api, 1_200);
    let answer = pollster::block_on(api.ask(owner, "GET", "/audit/export").opened());
    let AnswerBody::Stream { mut bytes, .. } = answer.body else { panic!("no stream") };
    let mut next = || pollster::block_on(bytes.next());
    assert!(next().expect("the beginning").is_ok());
    assert!(next().expect("500 entries").is_ok_and(|chunk| !chunk.is_empty()));
    api.execute("UPDATE members SET role = 'member'", vec![]);
    assert!(next().expect("a break").is_err());
    assert!(next().is_none());
}
