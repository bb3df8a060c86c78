//! The log: dense per workspace, chained per stream.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::anchor::{Anchor, ChainSecret, Difference, Verifier};
use domain::event::{ChainHash, Stream, chain_hash};

use super::world::World;
use super::{Bench, check, ok, same, some};
use crate::database::{Row, Statement};
use crate::store::SqlStore;

pub(super) async fn the_log_is_dense_and_chained(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    world.review("Chain me").await?;
    world.hold("And me").await?;
    let statement = Statement::new(
        "SELECT e.* FROM events e WHERE e.workspace_id = ?1 ORDER BY e.seq",
        [world.workspace.to_string().into()],
    );
    let rows = ok(bench.database.query(statement).await, "the log")?.0;
    check(rows.len() > 20, "the log is too short to say anything")?;
    let mut heads: BTreeMap<String, (i64, ChainHash)> = BTreeMap::new();
    for (row, seq) in rows.iter().zip(1i64..) {
        same(ok(row.integer("seq"), "seq")?, seq, "a place in the log")?;
        let stream: Stream = ok(row.parse("stream"), "stream")?;
        let (version, head) =
            heads.remove(&stream.to_string()).unwrap_or((0, ChainHash::genesis()));
        same(ok(row.integer("version"), "version")?, version + 1, "a version")?;
        same(ok(row.string("prev_hash"), "prev_hash")?, head.0.clone(), "a link")?;
        // Computed again from what is stored, as it is stored.
        let hash = ok(recompute(&world, stream, &head, row), "a row")?;
        same(ok(row.string("hash"), "hash")?, hash.0.clone(), "a hash")?;
        heads.insert(stream.to_string(), (version + 1, hash));
    }
    Ok(())
}

fn recompute(
    world: &World,
    stream: Stream,
    head: &ChainHash,
    row: &Row,
) -> Result<ChainHash, crate::database::DatabaseInconsistency> {
    let at = Timestamp(row.integer("at")?);
    let (actor, body) = (row.text("actor")?, row.text("body")?);
    Ok(chain_hash(head, world.workspace, stream, row.integer("version")?, actor, at, body))
}

pub(super) async fn events_after_a_cursor_come_in_order_and_bounded(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    world.write("One").await?;
    let store = &bench.store;
    let all = ok(store.events_after(world.workspace, 0, 1_000).await, "all")?;
    let some = ok(store.events_after(world.workspace, 2, 3).await, "some")?;
    let seqs: Vec<_> = some.iter().map(|(seq, _)| *seq).collect();
    same(seqs, vec![3, 4, 5], "the places")?;
    same(Some(&some), all.get(2..5).map(<[_]>::to_vec).as_ref(), "the events")?;
    let newest = i64::try_from(all.len()).unwrap_or(0);
    let none = ok(store.events_after(world.workspace, newest, 10).await, "none")?;
    check(none.is_empty(), "something after the newest")
}

pub(super) async fn the_log_as_stored_is_held_against_its_anchors(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    world.review("Anchor me").await?;
    let store = SqlStore::new(bench.database.clone());
    let workspace = world.workspace;
    let secret = some(ChainSecret::parse(&"s".repeat(32)), "a secret")?;
    let lines = ok(store.log_lines(workspace, 0, 1_000).await, "lines")?;
    let anchor = Anchor::next(&secret, None, workspace, &lines, bench.now);
    let anchor = some(anchor, "an anchor")?;
    ok(store.note_anchored(workspace, anchor.to, world.time(1)).await, "note")?;
    same(ok(store.anchored_seq(workspace).await, "how far")?, anchor.to, "how far")?;
    let next = ok(store.workspaces_to_anchor(1_000_000).await, "workspaces")?;
    check(next.contains(&(workspace, anchor.to)), "it isn't looked at again")?;
    let verify = async || {
        let events = ok(store.stored_events(workspace, 0, 1_000).await, "events")?;
        let mut verifier = Verifier::begin(&secret, workspace, vec![anchor.clone()]);
        events.iter().for_each(|event| verifier.take(event));
        Ok::<_, String>(verifier.finish())
    };
    same(verify().await?, vec![], "an honest log")?;
    let rewrite = Statement::new(
        "UPDATE events SET body = replace(body, 'Anchor me', 'Forge me') WHERE workspace_id = ?1",
        [workspace.to_string().into()],
    );
    ok(bench.database.execute(rewrite).await, "rewrite")?;
    let found = verify().await?;
    check(matches!(found.as_slice(), [Difference::Chain { .. }]), &format!("{found:?}"))?;
    let cut = Statement::new(
        "DELETE FROM events WHERE workspace_id = ?1 AND seq > 5",
        [workspace.to_string().into()],
    );
    ok(bench.database.execute(cut).await, "cut")?;
    same(
        verify().await?,
        vec![Difference::Truncated { newest: 5, anchored: anchor.to }],
        "what a cut log differs in",
    )
}
