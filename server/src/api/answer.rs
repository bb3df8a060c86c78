//! What a handler answers, and what is written of it.

use std::pin::Pin;

use futures_util::Stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

use super::{ApiError, ListOf};

/// Bytes as they come. An error breaks the answer or the request off.
pub type ByteStream = Pin<Box<dyn Stream<Item = std::io::Result<Vec<u8>>> + Send>>;

/// The body of an answer.
pub enum AnswerBody {
    /// None.
    Empty,
    /// JSON.
    Json(String),
    /// A problem.
    Problem(String),
    /// A file or a stream.
    Stream {
        /// Its media type.
        media_type: String,
        /// Its bytes.
        bytes: ByteStream,
    },
}

/// What a handler answers where it carried the request out.
pub struct ApiAnswer {
    pub(super) body: AnswerBody,
    pub(super) version: Option<i64>,
    pub(super) told_by_version: bool,
    pub(super) location: Option<String>,
    pub(super) next: Option<String>,
    /// Whether who asks has it already.
    pub(super) unchanged: bool,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// The status, where it isn't the endpoint's own.
    pub(super) status: Option<u16>,
}

/// An answer as it is written.
pub struct ApiResponse {
    /// The status.
    pub status: u16,
    /// The headers, all but the length.
    pub headers: HeaderMap,
    /// The body.
    pub body: AnswerBody,
}

impl ApiAnswer {
    /// Nothing to tell.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            body: AnswerBody::Empty,
            version: None,
            told_by_version: false,
            location: None,
            next: None,
            unchanged: false,
            headers: vec![],
            status: None,
        }
    }

    /// A value as JSON.
    ///
    /// # Errors
    /// 500 when it can't be written, a fault of ours.
    pub fn json(value: &impl Serialize) -> Result<Self, ApiError> {
        let text = serde_json::to_string(value).map_err(|_| domain::Error::Internal)?;
        Ok(Self { body: AnswerBody::Json(text), ..Self::nothing() })
    }

    /// A page of a list, with the way to the next.
    ///
    /// # Errors
    /// As [`ApiAnswer::json`].
    pub fn list<T: Serialize>(page: &ListOf<T>) -> Result<Self, ApiError> {
        Ok(Self { next: page.next.clone(), ..Self::json(page)? })
    }

    /// What was made, and where it is. The same text whenever the same request is answered again, so
    /// nothing in `value` may change later.
    ///
    /// # Errors
    /// As [`ApiAnswer::json`].
    pub fn made(href: String, value: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self { location: Some(href), ..Self::json(value)? })
    }

    /// The answer with the cursor of where it goes on, if it does.
    #[must_use]
    pub fn and_next(mut self, cursor: Option<String>) -> Self {
        self.next = cursor;
        self
    }

    /// A stream of this media type.
    #[must_use]
    pub fn stream(media_type: impl Into<String>, bytes: ByteStream) -> Self {
        let body = AnswerBody::Stream { media_type: media_type.into(), bytes };
        Self { body, ..Self::nothing() }
    }

    /// The answer, whose whole content this version stands for: who has it is told so (304).
    #[must_use]
    pub fn at(mut self, version: i64) -> Self {
        (self.version, self.told_by_version) = (Some(version), true);
        self
    }

    /// The answer with a version to name in `If-Match`, though it shows things that change without it.
    #[must_use]
    pub fn about(mut self, version: i64) -> Self {
        (self.version, self.told_by_version) = (Some(version), false);
        self
    }

    /// The answer with another status than the endpoint's own.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// That who asks has it already (304).
    #[must_use]
    pub fn unchanged() -> Self {
        Self { unchanged: true, ..Self::nothing() }
    }

    /// The answer with one more header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}
