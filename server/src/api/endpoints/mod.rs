//! The endpoints, by chapter: their rows of the table, the shapes of bodies and answers, the handlers.

pub mod me;
pub mod projects;
pub mod tasks;
