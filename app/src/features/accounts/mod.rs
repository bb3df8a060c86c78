//! Setting up, signing in and out, choosing a new password by a link.

mod forms;
mod reset_page;
mod set_up_page;
mod sign_in_page;
mod signed_out_page;

pub use forms::{submit_reset, submit_set_up, submit_sign_in};
pub use reset_page::ResetPage;
pub use set_up_page::SetUpPage;
pub use sign_in_page::SignInPage;
pub use signed_out_page::SignedOutPage;
