//! Sandboxes: which are alive, what each grants, and how to stop one.

mod forms;
mod list_page;
mod page;

pub use forms::submit;
pub use list_page::SandboxListPage;
pub use page::SandboxPage;
