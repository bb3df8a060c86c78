//! Randomness for tests.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::ports::Random;

/// Bytes that never repeat and are the same in every run.
#[derive(Default)]
pub struct Sequence(AtomicU64);

impl Random for Sequence {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let n = self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            let word = n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}
