//! The one catalogue of everything the product says. Pages hold no words of their own: a sentence
//! is a constant of the surface it stands on, or a function of the value it explains, so that a
//! missing case doesn't compile and the same thing is called the same everywhere.
//!
//! - One module per surface (`tasks`, `projects`, …): constants in capitals, by place and role:
//!   `TITLE_LABEL`, `TITLE_HINT`, `EMPTY_TITLE`, `EMPTY_ADVICE`, `CREATE` (a button is a verb).
//! - Values of the domain are explained here: [`error`], [`problem`], [`refusal`], [`failure`],
//!   the states in [`states`], moments and amounts in [`amounts`].
//! - Sentences say what happened, then what to do. No exclamation marks, no blame.

pub mod account;
pub mod accounts;
pub mod amounts;
pub mod audit;
pub mod deeds;
mod errors;
pub mod failure_pages;
mod failures;
pub mod frame;
pub mod keys;
pub mod live;
pub mod log;
pub mod members;
pub mod people;
mod permissions;
pub mod projects;
pub mod runs;
pub mod sandboxes;
pub mod settings;
pub mod states;
pub mod task;
pub mod tasks;
pub mod timeline;
pub mod titles;
pub mod validations;
pub mod work;
pub mod workspaces;
mod wrong_stage;

pub use errors::{Message, error, form_error, problem, refusal};
pub use failures::{failure, finding, outcome_advice};
pub use permissions::permission;
