//! What an isolate remembers for a while: bounded, and never longer than it may.

use std::collections::BTreeMap;

/// Values under names, each until its moment.
#[derive(Debug)]
pub struct Remembered<V> {
    entries: BTreeMap<String, (V, i64)>,
    /// The most entries.
    most: usize,
    /// The longest that any entry counts, in milliseconds.
    longest_ms: i64,
}

impl<V> Remembered<V> {
    /// Nothing yet; at most so many entries, each for at most so long.
    #[must_use]
    pub const fn new(most: usize, longest_ms: i64) -> Self {
        Self { entries: BTreeMap::new(), most, longest_ms }
    }

    /// What is remembered under a name. An entry that ends further ahead than any can is from before
    /// the clock went back, and counts no longer.
    pub fn get(&self, name: &str, now: i64) -> Option<(&V, i64)> {
        let (value, until) = self.entries.get(name)?;
        let left = until.saturating_sub(now);
        (left > 0 && left <= self.longest_ms).then_some((value, left))
    }

    /// Remembers a value until a moment. Where there is no room, what has ended goes, and if that
    /// isn't enough everything does: forgetting only costs asking again.
    pub fn put(&mut self, name: String, value: V, until: i64, now: i64) {
        if self.entries.len() >= self.most {
            self.entries.retain(|_, (_, until)| *until > now);
            if self.entries.len() >= self.most {
                self.entries.clear();
            }
        }
        self.entries.insert(name, (value, until));
    }

    /// Forgets what is under a name.
    pub fn remove(&mut self, name: &str) {
        self.entries.remove(name);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Remembered;

    #[test]
    fn an_entry_counts_until_its_moment() {
        let mut remembered = Remembered::new(4, 60_000);
        remembered.put("a".into(), 1, 61_000, 1_000);
        assert_eq!(remembered.get("a", 1_000), Some((&1, 60_000)));
        assert_eq!(remembered.get("a", 60_999), Some((&1, 1)));
        assert_eq!(remembered.get("a", 61_000), None);
        assert_eq!(remembered.get("b", 1_000), None);
        assert_eq!(remembered.get("a", 0), None, "the clock went back");
    }

    #[test]
    fn it_never_grows_beyond_its_bound() {
        let mut remembered = Remembered::new(100, 60_000);
        for n in 0..10_000_i64 {
            remembered.put(n.to_string(), n, n + 50, n);
            assert!(remembered.entries.len() <= 100);
        }
        assert_eq!(remembered.get("9999", 9_999), Some((&9_999, 50)));
    }
}
