//! The page shown when a request can't be answered: what happened, what to do, and the request id.

use leptos::prelude::*;

use crate::document::Document;

/// Why a request got no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The request could not be understood (400).
    BadRequest,
    /// Only for someone who is signed in (401).
    SignedOut,
    /// Nothing lives at this address, or not for this visitor (404).
    NotFound,
    /// A kept file's record is there, the file isn't (410).
    EvidenceLost,
    /// The visitor may not do this (403).
    Forbidden,
    /// A form came from another site, or from nowhere (403).
    ForeignOrigin,
    /// The address exists, but not for this method (405).
    MethodNotAllowed,
    /// The body was larger than this address takes (413).
    TooLarge,
    /// The body is of a kind that no form sends (415).
    UnsupportedType,
    /// Something broke on our side (500).
    Internal,
    /// A part that is needed doesn't answer right now (503).
    Unavailable,
}

impl Failure {
    /// What happened, as a heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "We couldn't read that request",
            Self::SignedOut => "You are signed out",
            Self::NotFound => "There is nothing here",
            Self::EvidenceLost => "This file is missing from our storage",
            Self::Forbidden => "You may not do this",
            Self::ForeignOrigin => "That form came from somewhere else",
            Self::MethodNotAllowed => "That can't be done here",
            Self::TooLarge => "That was too large",
            Self::UnsupportedType => "We couldn't read that kind of request",
            Self::Internal => "Something broke on our side",
            Self::Unavailable => "One moment, please",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::BadRequest => "Go back, reload the page, and try again.",
            Self::SignedOut => "Sign in, then come back here.",
            Self::NotFound => {
                "The address may be mistyped, or what it named may be gone or not shared with you."
            }
            Self::EvidenceLost => {
                "Its record and hash are kept, the file itself can't be found. We were told; run \
                 the task again to make new evidence."
            }
            Self::Forbidden => "Ask an owner or an admin of the workspace for the permission.",
            Self::ForeignOrigin => {
                "Nothing was changed. Open the page here, reload it, and send the form again."
            }
            Self::MethodNotAllowed => "Go back and use the form on its page.",
            Self::TooLarge => {
                "Nothing was kept. A form may have 1 MB, a project's source 25 MB: make it smaller \
                 and try again."
            }
            Self::UnsupportedType => "Nothing was changed. Go back and use the form on its page.",
            Self::Internal => {
                "Nothing you typed caused this. Try again; if it stays, report the request id below."
            }
            Self::Unavailable => "Try again in a few seconds.",
        }
    }

    /// The stable name that programs match on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::SignedOut => "signed_out",
            Self::NotFound => "not_found",
            Self::EvidenceLost => "evidence_lost",
            Self::Forbidden => "forbidden",
            Self::ForeignOrigin => "foreign_origin",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooLarge => "too_large",
            Self::UnsupportedType => "unsupported_type",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::SignedOut => 401,
            Self::NotFound => 404,
            Self::Forbidden | Self::ForeignOrigin => 403,
            Self::MethodNotAllowed => 405,
            Self::EvidenceLost => 410,
            Self::TooLarge => 413,
            Self::UnsupportedType => 415,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

/// The page for a [`Failure`].
#[component]
pub fn FailurePage(
    /// Why there is no page.
    failure: Failure,
) -> impl IntoView {
    let request_id = Document::current().request_id;
    view! {
        <section class="failure">
            <p class="failure-status">{failure.status()}</p>
            <h1>{failure.title()}</h1>
            <p>{failure.advice()}</p>
            <p><a href="/">"Go to the start page"</a></p>
            <p class="failure-request">"Request " <code>{request_id}</code></p>
        </section>
    }
}
