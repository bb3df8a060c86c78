//! The audit log: who did what, from where, and what was refused.

mod filter;
mod page;

pub use filter::filter_of;
pub use page::AuditPage;
