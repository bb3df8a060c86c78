//! What stands between a request and its page: everything is read, checked and decided here,
//! before anything is rendered. Nothing in this folder knows a platform.
//!
//! - [`load`] reads a page: one round trip for the session, the frame and the page's data.
//! - [`submit`] carries a form out by one use case of the domain, which authorizes it.
//! - [`again`] reads a page once more to show a form that wasn't accepted, with what was typed.

mod data;
mod form;
mod load;
mod query;
mod services;
mod submit;

pub use data::{FormEcho, Loaded, PageData};
pub use form::{Form, UploadedFile};
pub use load::{Answer, PageRequest, again, load};
pub use query::{Query, same_site_path};
pub use services::{Services, SourceVault, StoredSource};
pub use submit::{Submitted, sign_out, submit};
