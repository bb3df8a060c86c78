//! *My work*.

mod page;
mod welcome;

pub use page::MyWorkPage;
