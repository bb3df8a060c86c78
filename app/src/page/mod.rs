//! What stands between a request and its page: everything is read, checked and decided here,
//! before anything is rendered. Nothing in this folder knows a platform.
//!
//! - [`load`] reads a page: one round trip for the session, the frame and the page's data.
//! - [`submit`] carries a form out by one use case of the domain, which authorizes it.
//! - [`again`] reads a page once more to show a form that wasn't accepted, with what was typed.
//! - [`attach_patch`] and [`attach_log`] add the patch and the lines that a page shows, which lie
//!   elsewhere.

mod data;
mod form;
mod load;
mod patch;
mod query;
mod services;
mod submit;
mod tail;

pub use data::{FormEcho, Loaded, PageData, Shown};
pub use form::{Form, UploadedFile};
pub use load::{Answer, PageRequest, again, load};
pub use patch::{EvidenceContents, MAX_PATCH_BYTES, PatchText, attach_patch};
pub use query::{Query, same_site_path};
pub use services::Services;
pub use submit::{Submitted, sign_out, submit, switch};
pub use tail::{LogLines, LogTail, attach_log};
