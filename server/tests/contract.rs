//! The store's contract, natively over SQLite. The same cases run over D1 in the Worker.

mod support;

use std::sync::Arc;

use server::store::contract::{CaseResult, run_all};

fn assert_all(results: &[CaseResult]) {
    let failed: Vec<_> = results
        .iter()
        .filter_map(|result| result.outcome.as_ref().err().map(|why| (result.name, why)))
        .collect();
    assert!(failed.is_empty(), "{} of {} failed: {failed:#?}", failed.len(), results.len());
    println!("contract cases {}", results.len());
}

#[test]
fn the_contract_holds_over_sqlite() {
    let bench = support::bench(support::migrated());
    assert_all(&pollster::block_on(run_all(&bench)));
}

#[test]
fn the_contract_holds_when_requests_interleave() {
    let database = Arc::new(support::GivingWay(support::migrated()));
    assert_all(&pollster::block_on(run_all(&support::bench(database))));
}

#[test]
fn the_contract_holds_again_over_the_same_database() {
    let bench = support::bench(support::migrated());
    pollster::block_on(run_all(&bench));
    assert_all(&pollster::block_on(run_all(&bench)));
}
