//! What is counted apart.

use core::time::Duration;

use serde::{Deserialize, Serialize};

/// A kind of request with a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Looks at something.
    Read,
    /// Changes something.
    Write,
    /// Shows a secret to get in: a password, a link's token, a key to exchange.
    SignIn,
    /// Sends a file.
    Upload,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::SignIn, Self::Upload];

    /// The word that is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::SignIn => "sign_in",
            Self::Upload => "upload",
        }
    }

    /// The class of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }

    /// Whether nobody passes while nobody counts. Guessing must never be free; looking at a board
    /// must not end with a part that only counts.
    #[must_use]
    pub const fn fails_closed(self) -> bool {
        matches!(self, Self::SignIn)
    }

    /// How long a request waits for the one who counts. Who fails closed waits longer: giving up
    /// costs somebody their sign-in, while the others only go on.
    #[must_use]
    pub const fn patience(self) -> Duration {
        if self.fails_closed() { Duration::from_secs(3) } else { Duration::from_secs(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::Class;

    #[test]
    fn words_are_read_back_and_only_attempts_to_get_in_fail_closed() {
        for class in Class::ALL {
            assert_eq!(Class::parse(class.as_str()), Some(class));
            assert_eq!(class.fails_closed(), class == Class::SignIn);
        }
        assert_eq!(Class::parse("READ"), None);
    }
}
