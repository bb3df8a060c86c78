//! Validations: the verdicts, and what waits for a decision.

mod list_page;
mod verdicts;

pub use list_page::ValidationListPage;
pub use verdicts::{VerdictScene, Verdicts};
