//! A migrated SQLite database for a test, and databases around it that watch or interleave.
#![allow(dead_code, reason = "each test crate uses its own part")]

pub mod platform;

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use async_trait::async_trait;
use domain::Timestamp;
use domain::ports::Random;
use server::database::sqlite::SqliteDatabase;
use server::database::{Database, DatabaseError, Rows, Statement};
use server::store::SqlStore;
use server::store::contract::Bench;

/// The migrations' texts, in their order.
pub fn migrations() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the migrations' folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&path).expect("a migration"))
    };
    files.into_iter().map(read).collect()
}

/// An empty database with every migration.
pub fn migrated() -> Arc<SqliteDatabase> {
    let database = SqliteDatabase::in_memory().expect("a database");
    for (name, sql) in migrations() {
        database.migrate(&sql).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    Arc::new(database)
}

/// What the contract suite runs on.
pub fn bench(database: Arc<dyn Database>) -> Bench {
    Bench {
        store: Arc::new(SqlStore::new(database.clone())),
        database,
        random: Arc::new(Sequence::default()),
        now: Timestamp(1_800_000_000_000),
    }
}

/// Bytes that never repeat and are the same in every run.
#[derive(Default)]
pub struct Sequence(AtomicU64);

impl Random for Sequence {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // Distinct counters give distinct words whose digits in any base don't repeat together:
            // SplitMix64.
            let n = self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            let mut word = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Gives way once before every batch, so that futures joined together all read before one writes.
pub struct GivingWay(pub Arc<dyn Database>);

#[async_trait]
impl Database for GivingWay {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let mut gave_way = false;
        poll_fn(|context| {
            if gave_way {
                return Poll::Ready(());
            }
            gave_way = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        self.0.batch(statements).await
    }
}

/// Remembers the text of every statement.
pub struct Recording {
    inner: Arc<dyn Database>,
    seen: Mutex<BTreeSet<String>>,
}

impl Recording {
    pub fn new(inner: Arc<dyn Database>) -> Self {
        Self { inner, seen: Mutex::default() }
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("the statements").iter().cloned().collect()
    }
}

#[async_trait]
impl Database for Recording {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let texts = statements.iter().map(|statement| statement.sql.to_string());
        self.seen.lock().expect("the statements").extend(texts);
        self.inner.batch(statements).await
    }
}
