//! The API, natively over SQLite: what HTTP asks of every endpoint, and what each one does.

mod caller;
#[path = "../support/mod.rs"]
mod support;

mod description;
mod http;
mod isolation;
mod projects;
mod tasks;
mod tokens;
mod work;
