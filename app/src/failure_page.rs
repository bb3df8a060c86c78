//! The page shown when a request can't be answered: what happened, what to do, and the request id.

use leptos::prelude::*;

use crate::document::Document;
use crate::routes::Route;
use crate::text::{failure_pages, frame};
use crate::ui::{ButtonKind, ErrorPanel, LinkButton};

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
    /// It isn't possible in the state that things are in now (409).
    Conflict,
    /// Too many requests, from here or for this (429).
    TooMany {
        /// Seconds to wait.
        retry_after_s: u32,
    },
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
        failure_pages::title(self)
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        failure_pages::advice(self)
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
            Self::Conflict => "conflict",
            Self::TooMany { .. } => "too_many",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooLarge => "too_large",
            Self::UnsupportedType => "unsupported_type",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    /// How many seconds to wait before trying again, where waiting helps.
    #[must_use]
    pub const fn retry_after_s(self) -> Option<u32> {
        match self {
            Self::TooMany { retry_after_s: 0 } => Some(1),
            Self::TooMany { retry_after_s } => Some(retry_after_s),
            Self::Unavailable => Some(2),
            _ => None,
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
            Self::Conflict => 409,
            Self::EvidenceLost => 410,
            Self::TooLarge => 413,
            Self::UnsupportedType => 415,
            Self::TooMany { .. } => 429,
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
        <ErrorPanel
            status=failure.status()
            title=failure.title()
            advice=failure.advice()
            request_label=frame::REQUEST
            request_id
        >
            <LinkButton
                label=failure_pages::TO_START
                href=Route::MyWork.path()
                kind=ButtonKind::Primary
            />
        </ErrorPanel>
    }
}
