//! The product, one folder per feature. A feature uses another only through its `mod.rs`.

pub mod account;
pub mod accounts;
pub mod audit;
pub mod keys;
pub mod members;
pub mod moments;
pub mod people;
pub mod projects;
pub mod runs;
pub mod sandboxes;
pub mod state_badges;
pub mod tasks;
pub mod validations;
pub mod work;
pub mod workspaces;
