//! A project's tasks: the list, the forms that write them, and one task's page.

mod detail_actions;
mod detail_content;
mod detail_decision;
mod detail_page;
mod detail_run;
mod detail_state;
mod detail_timeline;
mod edit_page;
pub mod filter;
mod form_fields;
mod forms;
mod list_page;
mod new_page;
mod row;

pub use detail_actions::submit_detail;
pub use detail_page::TaskDetailPage;
pub use edit_page::EditTaskPage;
pub use forms::{submit_edit, submit_new};
pub use list_page::TaskListPage;
pub use new_page::NewTaskPage;
pub use row::TaskRow;
