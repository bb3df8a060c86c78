//! Creating projects, and their settings.

mod forms;
mod gate_form;
mod new_page;
mod settings_page;
mod source_panel;

pub use forms::{submit_new, submit_settings};
pub use new_page::NewProjectPage;
pub use settings_page::ProjectSettingsPage;
