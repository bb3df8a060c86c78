//! What a link holds.

use crate::token::{Token, TokenKind};

/// The kind of [`LinkToken`].
pub struct OfLink;

impl TokenKind for OfLink {
    const NAME: &'static str = "LinkToken";
}

/// What a link that is handed over by a person ends with.
pub type LinkToken = Token<OfLink>;
