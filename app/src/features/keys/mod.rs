//! Keys for programs.

mod create_form;
mod forms;
mod page;

pub use forms::{filter_of, submit};
pub use page::KeysPage;
