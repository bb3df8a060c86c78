//! What a request noted about how it was counted, for what comes after its answer.

use std::sync::{Mutex, PoisonError};

use domain::actor::Principal;
use domain::context::Witness;

use super::{Class, LimitHeaders, Place, Policy};

/// What one request noted.
#[derive(Default)]
pub struct Ledger(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    headers: Option<LimitHeaders>,
    counted: Option<Counted>,
    asked: Option<Asked>,
    witnesses: Vec<Witness>,
}

/// Where a request was counted.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    pub object: String,
    pub class: Class,
    pub at: i64,
}

/// What the caches said of a request's credential.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub place: Place,
    pub class: Class,
    pub policy: Policy,
    /// Whether it was counted for a principal.
    pub was_known: bool,
}

impl Ledger {
    fn with<T>(&self, change: impl FnOnce(&mut Noted) -> T) -> T {
        // Nothing here is ever left half written.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Watches who a caller of this request turns out to be.
    pub fn watch(&self, witness: &Witness) {
        self.with(|noted| noted.witnesses.push(witness.clone()));
    }

    /// What the answer says about the limits.
    #[must_use]
    pub fn headers(&self) -> Option<LimitHeaders> {
        self.with(|noted| noted.headers)
    }

    pub(super) fn note_headers(&self, headers: LimitHeaders) {
        self.with(|noted| noted.headers = Some(headers));
    }

    pub(super) fn note_counted(&self, counted: Counted) {
        self.with(|noted| noted.counted = Some(counted));
    }

    pub(super) fn note_asked(&self, asked: Asked) {
        self.with(|noted| noted.asked = Some(asked));
    }

    /// Where the request was counted, once.
    pub(super) fn take_counted(&self) -> Option<Counted> {
        self.with(|noted| noted.counted.take())
    }

    /// What the caches said, and who the caller turned out to be.
    pub(super) fn settled(&self) -> Option<(Asked, Principal)> {
        self.with(|noted| {
            let asked = noted.asked.take()?;
            let seen = noted.witnesses.iter().find_map(Witness::seen)?;
            Some((asked, seen.clone()))
        })
    }
}
