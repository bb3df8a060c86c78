//! Who may do what, cell by cell: every role, everything there is to ask for, ours and another
//! workspace's. What must come of a cell is computed from the permission that the product's own list
//! names, never written down by hand.

#[path = "../support/mod.rs"]
mod support;

mod api;
mod names;
mod of_ones_own;
mod pages;
mod people;
mod platform;
mod report;
mod samples;
mod told;
mod world;
