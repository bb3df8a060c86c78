//! Where a page stands in its workspace's log: it advances only over events without a gap, and
//! counts none twice.

/// A page's place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    known: i64,
    shown: i64,
    newest: i64,
}

/// What came of some events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Nothing new: all of them were known.
    Known,
    /// The cursor moved on.
    Advanced,
    /// Some are missing before them: ask again from [`Cursor::known`].
    Gap,
}

impl Cursor {
    /// The place of a page rendered at `seq`.
    #[must_use]
    pub fn rendered_at(seq: i64) -> Self {
        Self { known: seq, shown: seq, newest: seq }
    }

    /// The last event that was received or rendered with none missing before it.
    #[must_use]
    pub fn known(self) -> i64 {
        self.known
    }

    /// Whether the page shows less than what has happened.
    #[must_use]
    pub fn is_behind(self) -> bool {
        self.shown < self.newest
    }

    /// Whether events are missing that the room has.
    #[must_use]
    pub fn is_missing_some(self) -> bool {
        self.known < self.newest
    }

    /// Takes events in the order they came, and the newest `seq` that the sender knows of.
    pub fn receive(&mut self, seqs: impl Iterator<Item = i64>, newest: i64) -> Receipt {
        let before = self.known;
        self.hear_of(newest);
        for seq in seqs {
            self.hear_of(seq);
            if seq > self.known.saturating_add(1) {
                return Receipt::Gap;
            }
            self.known = self.known.max(seq);
        }
        if self.known > before { Receipt::Advanced } else { Receipt::Known }
    }

    /// Notes that an event of this `seq` exists.
    pub fn hear_of(&mut self, newest: i64) {
        self.newest = self.newest.max(newest);
    }

    /// Notes that the page now shows everything up to `seq`.
    pub fn show(&mut self, seq: i64) {
        self.shown = self.shown.max(seq);
        self.known = self.known.max(seq);
        self.newest = self.newest.max(seq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_advances_only_without_a_gap() {
        let mut cursor = Cursor::rendered_at(10);
        assert_eq!(cursor.receive([11, 12].into_iter(), 12), Receipt::Advanced);
        assert_eq!(cursor.receive([11, 12].into_iter(), 12), Receipt::Known);
        assert_eq!(cursor.receive([14].into_iter(), 14), Receipt::Gap);
        assert_eq!(cursor.known(), 12);
        assert!(cursor.is_missing_some());
        assert_eq!(cursor.receive([12, 13, 14].into_iter(), 14), Receipt::Advanced);
        assert_eq!(cursor.known(), 14);
        assert!(cursor.is_behind());
        cursor.show(14);
        assert!(!cursor.is_behind() && !cursor.is_missing_some());
    }

    #[test]
    fn a_page_rendered_later_fills_a_gap() {
        let mut cursor = Cursor::rendered_at(1);
        assert_eq!(cursor.receive([5].into_iter(), 9), Receipt::Gap);
        cursor.show(7);
        assert_eq!(cursor.known(), 7);
        assert!(cursor.is_behind());
        assert_eq!(cursor.receive([6, 7, 8, 9].into_iter(), 9), Receipt::Advanced);
        cursor.show(9);
        assert!(!cursor.is_behind());
        cursor.show(3);
        assert_eq!(cursor.known(), 9, "an old page moves nothing back");
    }
}
