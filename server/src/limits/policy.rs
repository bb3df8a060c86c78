//! How many requests of each class are allowed in which time.

use serde::{Deserialize, Serialize};

use super::Class;

/// The most requests that a window may hold: an object keeps a moment for each.
pub const MOST_REQUESTS: u32 = 10_000;
/// The longest window, in seconds.
const LONGEST_WINDOW_S: u32 = 3_600;

/// So many requests in every window of so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Requests; at least 1.
    pub requests: u32,
    /// The window's length in seconds; at least 1.
    pub window_s: u32,
}

impl Policy {
    /// A policy within what an object can keep; none for numbers beyond it.
    #[must_use]
    pub fn new(requests: u32, window_s: u32) -> Option<Self> {
        let fits =
            (1..=MOST_REQUESTS).contains(&requests) && (1..=LONGEST_WINDOW_S).contains(&window_s);
        fits.then_some(Self { requests, window_s })
    }

    /// The window's length in milliseconds.
    #[must_use]
    pub fn window_ms(self) -> i64 {
        i64::from(self.window_s).saturating_mul(1_000)
    }
}

/// A policy for each class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    read: Policy,
    write: Policy,
    sign_in: Policy,
    upload: Policy,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            read: Policy { requests: 600, window_s: 60 },
            write: Policy { requests: 120, window_s: 60 },
            sign_in: Policy { requests: 20, window_s: 300 },
            upload: Policy { requests: 20, window_s: 60 },
        }
    }
}

impl Policies {
    /// The class's policy.
    #[must_use]
    pub fn of(&self, class: Class) -> Policy {
        match class {
            Class::Read => self.read,
            Class::Write => self.write,
            Class::SignIn => self.sign_in,
            Class::Upload => self.upload,
        }
    }

    /// The same with another policy for a class.
    #[must_use]
    pub fn with(mut self, class: Class, policy: Policy) -> Self {
        match class {
            Class::Read => self.read = policy,
            Class::Write => self.write = policy,
            Class::SignIn => self.sign_in = policy,
            Class::Upload => self.upload = policy,
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_fits_what_an_object_keeps() {
        assert!(Policy::new(1, 1).is_some() && Policy::new(MOST_REQUESTS, 3_600).is_some());
        for (requests, window_s) in
            [(0, 60), (10_001, 60), (1, 0), (1, 3_601), (u32::MAX, u32::MAX)]
        {
            assert_eq!(Policy::new(requests, window_s), None);
        }
    }

    #[test]
    fn each_class_has_its_own() {
        let strict = Policy { requests: 1, window_s: 1 };
        for class in Class::ALL {
            let changed = Policies::default().with(class, strict);
            for other in Class::ALL {
                let expected = if other == class { strict } else { Policies::default().of(other) };
                assert_eq!(changed.of(other), expected);
            }
            let standard = Policies::default().of(class);
            assert_eq!(Policy::new(standard.requests, standard.window_s), Some(standard));
        }
    }
}
