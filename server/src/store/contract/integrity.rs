//! What the database itself holds to.

use domain::actor::Actor;
use domain::event::{EventBody, Stream};
use domain::task::TaskRef;
use domain::write_batch::{Row, WriteBatch};
use domain::{Error, Field};

use super::world::World;
use super::{Bench, check, ok, same};
use crate::database::{DatabaseError, MAX_INTEGER, Statement, Value};

pub(super) async fn a_failing_check_leaves_nothing(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let key = world.write("Whole or not at all").await?;
    let mut task = world.task(&key).await?;
    // A title that no use case would write.
    let mut content = task.content.clone();
    content.title = String::new();
    let mut batch = WriteBatch::new(world.workspace);
    let body = EventBody::TaskEdited { content: Box::new(content) };
    ok(task.record(&mut batch, Actor::System, bench.now, body), "record")?;
    let stream = Stream::Task(task.id);
    batch.rows.push(Row::Task(Box::new(task)));
    same(bench.store.commit(batch).await, Err(Error::Internal), "the commit")?;
    same(ok(bench.store.stream(stream).await, "stream")?.len(), 1, "events")?;
    same(world.version(&key).await?, 1, "the version")
}

pub(super) async fn an_impossible_row_is_internal(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let key = world.write("Bent").await?;
    let id = world.task(&key).await?.id;
    let bend = Statement::new(
        "UPDATE tasks SET labels = '{\"no\": \"list\"}' WHERE id = ?1",
        [id.to_string().into()],
    );
    ok(bench.database.execute(bend).await, "bend the row")?;
    let ctx = world.as_(world.viewer);
    let read = ctx.store.task(&ctx.caller, &TaskRef::Id(id)).await;
    same(read.err(), Some(Error::Internal), "the read")
}

pub(super) async fn an_unguarded_row_is_refused(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let key = world.write("Guarded").await?;
    let (mut task, other) = (world.task(&key).await?, world.write("Other").await?);
    let mut other = world.task(&other).await?;
    let mut batch = WriteBatch::new(world.workspace);
    let body = EventBody::TaskEdited { content: Box::new(other.content.clone()) };
    ok(other.record(&mut batch, Actor::System, bench.now, body), "record")?;
    task.content.title = "Past the guard".to_owned();
    batch.rows.push(Row::Task(Box::new(task)));
    same(bench.store.commit(batch).await, Err(Error::Internal), "a row without an event")?;
    let nothing = WriteBatch::new(world.workspace);
    same(bench.store.commit(nothing).await, Err(Error::Internal), "a batch without events")?;
    same(world.task(&key).await?.content.title.as_str(), "Guarded", "the title")
}

pub(super) async fn a_row_too_large_is_refused(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let key = world.write("Grows").await?;
    let mut task = world.task(&key).await?;
    let mut content = task.content.clone();
    content.description = "x".repeat(2_000_001);
    let mut batch = WriteBatch::new(world.workspace);
    let body = EventBody::TaskEdited { content: Box::new(content) };
    ok(task.record(&mut batch, Actor::System, bench.now, body), "record")?;
    batch.rows.push(Row::Task(Box::new(task)));
    let outcome = bench.store.commit(batch).await;
    check(
        matches!(outcome, Err(Error::Invalid { field: Field::Form, .. })),
        "a row of two megabytes got in",
    )?;
    same(world.version(&key).await?, 1, "the version")
}

pub(super) async fn limits_hold_and_values_survive(bench: &Bench) -> Result<(), String> {
    let database = &bench.database;
    let text = "a\u{0}b \"'\u{1F980}\u{2028}\n";
    let statement = Statement::new(
        "SELECT ?1 AS great, ?2 AS small, ?3 AS words, ?4 AS empty, 1 = 1 AS yes, 1 = 2 AS never",
        [MAX_INTEGER.into(), (-MAX_INTEGER).into(), text.into(), Value::Null],
    );
    let rows = ok(database.query(statement).await, "values")?;
    let row = rows.0.first().cloned().unwrap_or_default();
    same(ok(row.integer("great"), "great")?, MAX_INTEGER, "the greatest number")?;
    same(ok(row.integer("small"), "small")?, -MAX_INTEGER, "the smallest number")?;
    same(ok(row.text("words"), "words")?, text, "text")?;
    check(ok(row.is_null("empty"), "nothing")?, "nothing came back as something")?;
    check(ok(row.boolean("yes"), "yes")? && !ok(row.boolean("never"), "never")?, "booleans")?;
    let ids: Vec<i64> = (0..5_000).collect();
    let list = Statement::new(
        "SELECT SUM(j.value) AS n FROM json_each(?1) j",
        [ok(serde_json::to_string(&ids), "a list")?.into()],
    );
    let sum = ok(database.query(list).await, "a list")?;
    let sum = sum.0.first().cloned().unwrap_or_default();
    same(ok(sum.integer("n"), "n")?, 12_497_500, "a list of 5,000")?;
    let many = Statement::new("SELECT 1", vec![Value::Null; 101]);
    let refused = database.query(many).await;
    check(matches!(refused, Err(DatabaseError::Internal { .. })), "101 parameters got in")
}
