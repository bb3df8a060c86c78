//! The demonstration that `cargo xtask dev --seed demo` plants, through the same use cases as
//! everything else. Planting it again changes nothing.

pub mod demo;
#[cfg(target_arch = "wasm32")]
mod plant;
pub mod tar;

#[cfg(target_arch = "wasm32")]
pub use plant::plant;
