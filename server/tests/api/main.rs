//! The API, natively over SQLite: what HTTP asks of every endpoint, and what each one does.

mod audit;
mod caller;
mod events;
mod evidence;
mod files;
#[path = "../support/mod.rs"]
mod support;

mod description;
mod http;
mod isolation;
mod keys;
mod people;
mod projects;
mod run_log;
mod tasks;
mod tokens;
mod versions;
mod work;
