//! The people of a workspace, who is invited, and joining by an invitation.

mod forms;
mod invitation_row;
mod invite_panel;
mod join_page;
mod link_once;
mod member_row;
mod page;
mod reset_link;

pub use forms::{submit, submit_join};
pub use join_page::JoinPage;
pub use page::MembersPage;
