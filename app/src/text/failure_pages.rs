//! Why a request got no page at all.

use crate::failure_page::Failure;

/// The way out.
pub const TO_START: &str = "Go to the start page";

/// What happened, as a heading.
#[must_use]
pub const fn title(failure: Failure) -> &'static str {
    match failure {
        Failure::BadRequest => "We couldn't read that request",
        Failure::SignedOut => "You are signed out",
        Failure::NotFound => "There is nothing here",
        Failure::EvidenceLost => "This file is missing from our storage",
        Failure::Forbidden => "You may not do this",
        Failure::ForeignOrigin => "That form came from somewhere else",
        Failure::Conflict => "That isn't possible right now",
        Failure::TooMany { .. } => "That was too often",
        Failure::MethodNotAllowed => "That can't be done here",
        Failure::TooLarge => "That was too large",
        Failure::UnsupportedType => "We couldn't read that kind of request",
        Failure::Internal => "Something broke on our side",
        Failure::Unavailable => "One moment, please",
    }
}

/// What to do about it.
#[must_use]
pub const fn advice(failure: Failure) -> &'static str {
    match failure {
        Failure::BadRequest => "Go back, reload the page, and try again.",
        Failure::SignedOut => "Sign in, then come back here.",
        Failure::NotFound => {
            "The address may be mistyped, or what it named may be gone or not shared with you."
        }
        Failure::EvidenceLost => {
            "Its record and hash are kept, the file itself can't be found. We were told; run \
             the task again to make new evidence."
        }
        Failure::Forbidden => "Ask an owner or an admin of the workspace for the permission.",
        Failure::ForeignOrigin => {
            "Nothing was changed. Open the page here, reload it, and send the form again."
        }
        Failure::Conflict => "Something changed in the meantime. Reload the page, then try again.",
        Failure::TooMany { .. } => "Nothing was changed. Wait a little, then try again.",
        Failure::MethodNotAllowed => "Go back and use the form on its page.",
        Failure::TooLarge => {
            "Nothing was kept. A form may have 1 MB, a project's source 25 MB: make it smaller \
             and try again."
        }
        Failure::UnsupportedType => "Nothing was changed. Go back and use the form on its page.",
        Failure::Internal => {
            "Nothing you typed caused this. Try again; if it stays, report the request id below."
        }
        Failure::Unavailable => "Try again in a few seconds.",
    }
}
