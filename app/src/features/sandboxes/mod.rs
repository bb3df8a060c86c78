//! Sandboxes: which are alive, what each grants, and how to stop one.

mod forms;
mod isolation;
mod list_page;
mod page;
mod standalone;

pub use forms::submit;
pub use isolation::IsolationWarning;
pub use list_page::SandboxListPage;
pub use page::SandboxPage;
