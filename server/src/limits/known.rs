//! Who a credential was when it was last read: in this isolate, and in KV, for a minute at most.
//!
//! It is asked whom to count for, and nothing else: whether somebody may do something is read from
//! the database, in the batch that is made anyway.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};
use worker::Env;

use super::patience::patiently;
use super::{Known, Place, Remembered};

/// How long it counts, in milliseconds. KV keeps nothing for less than its 60 seconds.
const VALID_MS: i64 = 60_000;
const VALID_S: u64 = 60;
/// After this it is written again when it was read again, in milliseconds, so that a credential in
/// use is always known.
const FRESH_MS: i64 = 30_000;
/// The most credentials that an isolate remembers.
const MOST: usize = 2_000;

/// Who it was, and when that was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub known: Known,
    pub read_at: i64,
}

thread_local! {
    static KNOWN: RefCell<Remembered<Entry>> = const {
        RefCell::new(Remembered::new(MOST, VALID_MS))
    };
}

/// Who the credential of this place was; none when nobody knows.
pub(super) async fn look_up(env: &Env, place: &Place, now: i64) -> Option<Entry> {
    if let Some(entry) = recall(place, now) {
        return Some(entry);
    }
    let read = async { Ok(env.kv(place.binding)?.get(&place.name).text().await?) };
    let text = patiently("principal_not_looked_up", read).await??;
    let entry: Entry = serde_json::from_str(&text).ok()?;
    remember(place, &entry, now);
    // What is older than it may be isn't recalled.
    recall(place, now)
}

/// Whether an entry that was read then needs no writing now.
fn is_fresh(read_at: i64, now: i64) -> bool {
    (0..FRESH_MS).contains(&now.saturating_sub(read_at))
}

/// Keeps who a credential is, as a read just told. One that was kept moments ago stays as it is: KV
/// takes one write a second and name.
pub(super) async fn keep(env: &Env, place: &Place, known: &Known, now: i64) {
    if recall(place, now).is_some_and(|kept| kept.known == *known && is_fresh(kept.read_at, now)) {
        return;
    }
    let entry = Entry { known: known.clone(), read_at: now };
    remember(place, &entry, now);
    let written = async {
        let put = env.kv(place.binding)?.put(&place.name, serde_json::to_string(&entry)?)?;
        Ok(put.expiration_ttl(VALID_S).execute().await?)
    };
    patiently("principal_not_kept", written).await;
}

/// Forgets a credential that turned out to hold no longer.
pub(super) async fn forget(env: &Env, place: &Place) {
    KNOWN.with_borrow_mut(|known| known.remove(&place.name));
    let deleted = async { Ok(env.kv(place.binding)?.delete(&place.name).await?) };
    patiently("principal_not_forgotten", deleted).await;
}

/// Forgets what this isolate remembers.
pub fn forget_all() {
    KNOWN.with_borrow_mut(Remembered::clear);
}

fn recall(place: &Place, now: i64) -> Option<Entry> {
    KNOWN.with_borrow(|known| known.get(&place.name, now).map(|(entry, _)| entry.clone()))
}

fn remember(place: &Place, entry: &Entry, now: i64) {
    let until = entry.read_at.saturating_add(VALID_MS);
    KNOWN.with_borrow_mut(|known| known.put(place.name.clone(), entry.clone(), until, now));
}
