//! People, where something is told of them.

/// The reader.
pub const YOU: &str = "You";
/// Somebody who isn't a member any more.
pub const FORMER: &str = "A former member";
