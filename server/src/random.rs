//! The platform's randomness.

use domain::ports::Random;

/// Random bits fit for secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlatformRandom;

impl Random for PlatformRandom {
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // The platform's source never fails. If it did, guessable tokens would be worse than
            // an instance that starts again.
            std::process::abort();
        }
    }
}
