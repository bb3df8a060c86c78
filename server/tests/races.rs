//! Races between real threads over one database.

mod support;

use std::sync::{Arc, Barrier};

use domain::actor::{Actor, Credential};
use domain::context::{Caller, Context, Settings};
use domain::event::{EventBody, Head, Stream};
use domain::ids::WorkspaceId;
use domain::ports::Store;
use domain::write_batch::WriteBatch;
use domain::{Error, Timestamp};
use server::store::SqlStore;

#[test]
fn of_fifty_threads_at_one_version_one_wins() {
    let database = support::migrated();
    let store: Arc<dyn Store> = Arc::new(SqlStore::new(database));
    let random = Arc::new(support::Sequence::default());
    let now = Timestamp(1_800_000_000_000);
    let workspace = WorkspaceId::generate(now, &*random);
    let barrier = Arc::new(Barrier::new(50));
    let threads: Vec<_> = (0..50)
        .map(|n| {
            let (store, barrier) = (store.clone(), barrier.clone());
            std::thread::spawn(move || {
                let mut batch = WriteBatch::new(workspace);
                let body = EventBody::WorkspaceCreated { name: format!("Thread {n}") };
                let stream = Stream::Workspace(workspace);
                batch
                    .append(&mut Head::start(), stream, Actor::System, now, body)
                    .expect("an event");
                barrier.wait();
                pollster::block_on(store.commit(batch))
            })
        })
        .collect();
    let outcomes: Vec<_> =
        threads.into_iter().map(|thread| thread.join().expect("a thread")).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let lost = Err(Error::Conflict { current: 0 });
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == lost).count(), 49);
    let ctx = Context {
        caller: Caller::new(Credential::System, now),
        store,
        random,
        settings: Settings::default(),
    };
    let log = pollster::block_on(ctx.store.events_after(workspace, 0, 100)).expect("the log");
    assert_eq!(log.len(), 1);
}

#[test]
fn threads_writing_different_streams_get_a_dense_log() {
    let store: Arc<dyn Store> = Arc::new(SqlStore::new(support::migrated()));
    let random = Arc::new(support::Sequence::default());
    let now = Timestamp(1_800_000_000_000);
    let workspace = WorkspaceId::generate(now, &*random);
    let threads: Vec<_> = (0..40)
        .map(|_| {
            let (store, random) = (store.clone(), random.clone());
            std::thread::spawn(move || {
                let mut batch = WriteBatch::new(workspace);
                let stream = Stream::Task(domain::ids::TaskId::generate(now, &*random));
                let body = EventBody::RunStarted;
                batch
                    .append(&mut Head::start(), stream, Actor::System, now, body)
                    .expect("an event");
                pollster::block_on(store.commit(batch))
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().expect("a thread"), Ok(()));
    }
    let log = pollster::block_on(store.events_after(workspace, 0, 100)).expect("the log");
    let seqs: Vec<_> = log.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(seqs, (1..=40).collect::<Vec<_>>());
}
