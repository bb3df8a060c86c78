//! Policies of the limiter.

use super::world::World;
use super::{Bench, check, ok, same};
use crate::database::Statement;
use crate::limits::{Class, Policy};
use crate::store::SqlStore;

pub(super) async fn a_policy_is_the_workspaces_before_everybodys(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let (store, ours) = (SqlStore::new(bench.database.clone()), world.workspace.to_string());
    let read = async |workspace| ok(store.rate_limit_policies(workspace).await, "policies");
    let before = read(Some(&ours)).await?;
    same(before, read(None).await?, "a workspace without policies of its own")?;

    let mine = Policy { requests: 7, window_s: 11 };
    ok(store.set_rate_limit_policy(Some(&ours), Class::Write, mine).await, "set")?;
    same(read(Some(&ours)).await?, before.with(Class::Write, mine), "its own")?;
    same(read(None).await?, before, "everybody's are as they were")?;
    same(read(Some("wsp_of_another")).await?, before, "another workspace's too")?;

    let again = Policy { requests: 10_000, window_s: 3_600 };
    ok(store.set_rate_limit_policy(Some(&ours), Class::Write, again).await, "set again")?;
    same(read(Some(&ours)).await?.of(Class::Write), again, "the one set last")?;

    let all = Policy { requests: 9_999, window_s: 59 };
    for class in [Class::Write, Class::Upload] {
        ok(store.set_rate_limit_policy(None, class, all).await, "set everybody's")?;
    }
    let (general, own) = (read(None).await?, read(Some(&ours)).await?);
    let gone = "DELETE FROM rate_limit_policies WHERE workspace_id = '' AND class IN (?1, ?2)";
    let gone = Statement::new(gone, ["write".into(), "upload".into()]);
    bench.database.execute(gone).await.map_err(|error| error.to_string())?;
    same((general.of(Class::Write), general.of(Class::Upload)), (all, all), "everybody's")?;
    same(own.of(Class::Upload), all, "everybody's where the workspace has none")?;
    same(own.of(Class::Write), again, "the workspace's own comes first")
}

pub(super) async fn a_policy_beyond_what_an_object_keeps_is_refused(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let (store, ours) = (SqlStore::new(bench.database.clone()), world.workspace.to_string());
    // Whoever runs the tests may have set another standard for everybody.
    let standard = ok(store.rate_limit_policies(Some(&ours)).await, "policies")?;
    for (requests, window_s) in [(0, 60), (10_001, 60), (5, 0), (5, 3_601), (u32::MAX, u32::MAX)] {
        let policy = Policy { requests, window_s };
        let set = store.set_rate_limit_policy(Some(&ours), Class::Read, policy).await;
        check(set.is_err(), "impossible numbers were taken")?;
    }
    let read = ok(store.rate_limit_policies(Some(&ours)).await, "policies")?;
    same(read.of(Class::Read), standard.of(Class::Read), "the standard")
}
