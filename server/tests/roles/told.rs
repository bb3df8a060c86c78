//! The cells and the world that they are about, written down for the tests that ask them over HTTP.

use std::path::Path;

use domain::actor::{Permission, Role};
use domain::scope::Scope;
use serde_json::{Map, Value, json};
use server::api::{Endpoint, Operation};
use server::database::{Database, Statement};

use super::api::{EVERYBODY, Who, expected, own_names, sample, subject};
use super::names::{Names, fill, nothing};
use super::samples::Sample;
use super::world::{NOW, Place, World};

/// Where `end2end/worker/roles.test.mjs` finds it.
const TOLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../end2end/.output/roles.json");

#[test]
fn every_cell_is_told_to_the_tests_over_http() {
    let world = World::new();
    let cells: Vec<_> = Operation::ALL
        .iter()
        .filter_map(|operation| Some(cells(&world, operation.endpoint(), sample(*operation)?)))
        .collect();
    assert!(!cells.is_empty());
    let told = json!({
        "now": NOW.0,
        "operations": cells,
        "ours": place(&world.ours),
        "tables": tables(&world),
    });
    let file = Path::new(TOLD);
    let folder = file.parent().expect("a folder");
    std::fs::create_dir_all(folder).expect("the folder");
    // Whoever reads it meanwhile reads the one of before.
    let fresh = folder.join(format!("roles.{}.json", std::process::id()));
    std::fs::write(&fresh, told.to_string()).expect("the file");
    std::fs::rename(&fresh, file).expect("the file at its place");
}

/// An operation, everybody's request about what is ours with what must come of it, and the requests about
/// what is theirs and nobody's.
fn cells(world: &World, endpoint: &Endpoint, sample: &Sample) -> Value {
    let theirs = subject(&world.theirs, sample);
    let mut none = theirs.clone();
    none.extend(nothing());
    let cell = |who: &Who| {
        let names = own_names(world, endpoint, sample, *who);
        let (status, code) = expected(endpoint, sample, *who).answer(endpoint);
        let request = request(world, endpoint, sample, &names);
        (format!("{who:?}"), json!({ "request": request, "status": status, "code": code }))
    };
    let hidden: Vec<_> = nothing()
        .into_iter()
        .filter_map(|(name, value)| Some((theirs.get(name)?.clone(), value)))
        .filter(|(theirs, _)| theirs.len() > 2)
        .collect();
    json!({
        "id": endpoint.id,
        "method": endpoint.method.as_str(),
        "path": endpoint.path,
        "permission": endpoint.permission(),
        "success": endpoint.success,
        "scope": endpoint.permission().map_or(Scope::Read, Permission::scope),
        "media_type": sample.media_type,
        "cells": EVERYBODY.iter().map(cell).collect::<Map<_, _>>(),
        "theirs": request(world, endpoint, sample, theirs),
        "nobodys": request(world, endpoint, sample, &none),
        "hidden": hidden,
    })
}

fn request(world: &World, endpoint: &Endpoint, sample: &Sample, names: &Names) -> Value {
    let names = world.versioned_path(endpoint.path, names);
    json!({
        "path": fill(endpoint.path, &names),
        "query": fill(sample.query, &names),
        "body": fill(sample.body, &names),
        "if_match": endpoint.needs_version.then(|| format!("\"{}\"", names["seen"])),
    })
}

fn place(place: &Place) -> Value {
    let of_role = |role: &Role| {
        let session = hex::encode(place.sessions[role]);
        (role.as_str().to_owned(), json!({ "id": place.people[role], "session": session }))
    };
    json!({
        "workspace": place.id,
        "people": place.people.keys().map(of_role).collect::<Map<_, _>>(),
        "run": place.running["run"],
        "other_project": place.other_project,
    })
}

/// Every row of every table.
fn tables(world: &World) -> Value {
    let query = |sql: String| {
        let rows = pollster::block_on(world.database.query(Statement::new(sql, [])));
        rows.expect("a read").0
    };
    let named = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let table = |name: String| {
        let rows = query(format!("SELECT * FROM \"{name}\""));
        (name, rows.iter().map(|row| Value::Object(row.columns().clone())).collect())
    };
    let names = query(named.to_owned());
    let names = names.iter().map(|row| row.string("name").expect("a name"));
    Value::Object(names.map(table).collect())
}
