//! The schema and every statement over it: migrations apply from empty, every statement that the
//! contract makes the store send is prepared, and none of them scans a growing table.

mod support;

use std::sync::Arc;

use rusqlite::Connection;
use server::store::contract::run_all;

/// What a plan may scan: lists given as a parameter, subqueries that are bounded, the index that
/// holds only sandboxes still alive, and the newest rows along an index under a `LIMIT`.
const BOUNDED: [&str; 8] = [
    "SCAN b USING COVERING INDEX sandboxes_standalone",
    "SCAN b USING INDEX sandboxes_alive",
    "SCAN j VIRTUAL TABLE INDEX 1:",
    "SCAN CONSTANT ROW",
    "SCAN w",
    "SCAN w USING INDEX workspaces_by_anchor",
    "SCAN o USING INDEX outbox_due",
    "SCAN d USING INDEX dead_letters_by_time",
];

fn migrated() -> Connection {
    let connection = Connection::open_in_memory().expect("a database");
    for (name, sql) in support::migrations() {
        assert!(!sql.to_uppercase().contains("BEGIN;"), "{name}: D1 refuses BEGIN");
        connection.execute_batch(&sql).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    connection
}

fn statements() -> Vec<String> {
    let recording = Arc::new(support::Recording::new(support::migrated()));
    pollster::block_on(run_all(&support::bench(recording.clone())));
    recording.seen()
}

fn scans(connection: &Connection, sql: &str) -> Vec<String> {
    let explain = format!("EXPLAIN QUERY PLAN {sql}");
    let mut prepared =
        connection.prepare(&explain).unwrap_or_else(|error| panic!("{error} in {sql}"));
    let count = prepared.parameter_count();
    let nothing = rusqlite::params_from_iter(vec![rusqlite::types::Null; count]);
    let details = prepared.query_map(nothing, |row| row.get::<_, String>("detail"));
    // A subquery is as long as what its own lines of the plan search.
    let is_subquery = |detail: &String| detail.starts_with("SCAN (subquery-");
    let is_scan = |detail: &String| {
        detail.starts_with("SCAN") && !is_subquery(detail) && !BOUNDED.contains(&detail.as_str())
    };
    details.expect("a plan").map(|detail| detail.expect("a line")).filter(is_scan).collect()
}

#[test]
fn no_statement_scans_a_growing_table() {
    let connection = migrated();
    let statements = statements();
    assert!(statements.len() > 60, "only {} statements were seen", statements.len());
    let scanning: Vec<_> = statements
        .iter()
        .map(|sql| (sql, scans(&connection, sql)))
        .filter(|(_, scans)| !scans.is_empty())
        .collect();
    assert!(scanning.is_empty(), "{scanning:#?}");
    note_figures(statements.len(), scanning.len());
}

/// Notes what the suite's table of budgets shows.
fn note_figures(statements: usize, scanning: usize) {
    let Some(folder) = std::env::var_os("MONOTASK_FIGURES") else { return };
    let name = format!("statements that scan a growing table, of {statements}");
    let figure = serde_json::json!([{ "name": name, "value": scanning, "limit": 0, "unit": "" }]);
    let file = std::path::Path::new(&folder).join("statements.json");
    std::fs::write(file, figure.to_string()).expect("the figure");
}

#[test]
fn a_scan_is_noticed() {
    let connection = migrated();
    assert!(!scans(&connection, "SELECT e.* FROM events e WHERE e.name = 'x'").is_empty());
    assert!(!scans(&connection, "SELECT t.id FROM tasks t ORDER BY t.title").is_empty());
    assert!(scans(&connection, "SELECT t.id FROM tasks t WHERE t.id = ?1").is_empty());
}

#[test]
fn every_table_is_strict() {
    let connection = migrated();
    let mut tables = connection
        .prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'")
        .expect("the tables");
    let loose: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .expect("names")
        .map(|n| n.expect("a name"))
        .collect();
    assert!(loose.is_empty(), "{loose:?}");
}
