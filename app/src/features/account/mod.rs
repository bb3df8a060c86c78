//! A person's own account: name, password, sessions.

mod forms;
mod profile_page;
mod sessions_page;

pub use forms::{submit_profile, submit_sessions};
pub use profile_page::ProfilePage;
pub use sessions_page::SessionsPage;
