//! How many requests of a class somebody may make: an exact sliding window each, kept by a Durable
//! Object per class and principal.
//!
//! What is pure is here and tested natively: the window, the policies, the header values, who is
//! counted. [`admit`] asks the objects. `docs/decisions/0011-an-object-that-counts.md` says why.

mod class;
mod headers;
mod policy;
mod remembered;
mod subject;
mod window;

#[cfg(target_arch = "wasm32")]
mod admit;
#[cfg(target_arch = "wasm32")]
mod known;
#[cfg(target_arch = "wasm32")]
mod ledger;
#[cfg(target_arch = "wasm32")]
mod patience;
#[cfg(target_arch = "wasm32")]
mod policies;

pub use class::Class;
pub use headers::LimitHeaders;
pub use policy::{MOST_REQUESTS, Policies, Policy};
pub use remembered::Remembered;
pub use subject::{Known, Place, Subject};
pub use window::{SlidingLog, Verdict};

#[cfg(target_arch = "wasm32")]
pub use {
    admit::{admit, admit_stranger, class_of_form, class_of_visit, give_back, keep_count},
    known::forget_all as forget_principals,
    ledger::Ledger,
    policies::{forget as forget_policies, forget_here as forget_policies_here},
};
