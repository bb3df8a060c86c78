//! Founding a workspace, switching to another one, and a workspace's own settings.

mod forms;
mod leave_panel;
mod new_page;
mod settings_page;

pub use forms::{LEAVE, submit_leave, submit_new, submit_settings, submit_switch};
pub use new_page::NewWorkspacePage;
pub use settings_page::WorkspacePage;
