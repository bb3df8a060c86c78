//! What a migration does to the rows that are there.

mod support;

use rusqlite::Connection;

#[test]
fn making_the_sandboxes_anew_keeps_their_rows() {
    let connection = Connection::open_in_memory().expect("a database");
    connection.execute_batch("PRAGMA foreign_keys = ON").expect("keys");
    let run = |sql: &str| connection.execute_batch(sql).unwrap_or_else(|e| panic!("{e}: {sql}"));
    let (before, after): (Vec<_>, Vec<_>) =
        support::migrations().into_iter().partition(|(name, _)| name.as_str() < "0009");
    before.iter().for_each(|(_, sql)| run(sql));
    let hash = "a".repeat(64);
    run(&format!(
        "INSERT INTO workspaces (id, name, created_at, version, hash)
           VALUES ('wsp', 'W', 1, 1, '{hash}');
         INSERT INTO projects (id, workspace_id, key, name, gate, gate_version, created_at, version, hash)
           VALUES ('prj', 'wsp', 'K', 'P', '{{}}', 1, 1, 1, '{hash}');
         PRAGMA foreign_keys = OFF;
         INSERT INTO sandboxes (id, workspace_id, project_id, task_id, run_id, spec, state, created_at, version, hash)
           VALUES ('one', 'wsp', 'prj', 'tsk', 'run1', '{{\"wall_ms\":1}}', '{{\"state\":\"ready\"}}', 5, 2, '{hash}'),
                  ('two', 'wsp', 'prj', 'tsk', 'run2', '{{}}', '{{\"state\":\"stopped\"}}', 6, 3, '{hash}');"
    ));
    after.iter().for_each(|(_, sql)| run(sql));
    let mut rows = connection
        .prepare(
            "SELECT id || run_id || task_id || spec || state_name || alive || created_at || version
               || executions || (created_by IS NULL) || (expires_at IS NULL)
             FROM sandboxes ORDER BY id",
        )
        .expect("the rows");
    let rows: Vec<String> =
        rows.query_map([], |row| row.get(0)).expect("rows").map(Result::unwrap).collect();
    assert_eq!(rows, ["onerun1tsk{\"wall_ms\":1}ready152011", "tworun2tsk{}stopped063011"]);
    let mut names = connection
        .prepare("SELECT name FROM sqlite_schema WHERE tbl_name = 'sandboxes' AND type = 'index' AND sql IS NOT NULL ORDER BY name")
        .expect("the indices");
    let names: Vec<String> =
        names.query_map([], |row| row.get(0)).expect("names").map(Result::unwrap).collect();
    assert_eq!(names, ["sandboxes_alive", "sandboxes_of_workspace", "sandboxes_standalone"]);
    // Neither a run's nor somebody's is none.
    let half = format!(
        "INSERT INTO sandboxes (id, workspace_id, project_id, spec, state, created_at, version, hash)
           VALUES ('x', 'wsp', 'prj', '{{}}', '{{\"state\":\"ready\"}}', 5, 1, '{hash}')"
    );
    assert!(connection.execute_batch(&half).is_err());
    let twice = format!(
        "INSERT INTO sandboxes (id, workspace_id, project_id, task_id, run_id, spec, state, created_at, version, hash)
           VALUES ('x', 'wsp', 'prj', 'tsk', 'run1', '{{}}', '{{\"state\":\"ready\"}}', 5, 1, '{hash}')"
    );
    assert!(connection.execute_batch(&twice).is_err(), "a run has one");
}
