//! People, where something is told of them.

/// The reader.
pub const YOU: &str = "You";
/// The reader, within a sentence.
pub const YOU_WITHIN: &str = "you";
/// Somebody who isn't a member any more.
pub const FORMER: &str = "A former member";
/// The same within a sentence.
pub const FORMER_WITHIN: &str = "a former member";
