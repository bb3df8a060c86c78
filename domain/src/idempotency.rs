//! Requests that are safe to repeat: the first answer under a key is given again to the same request,
//! and to no other.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::{Error, Field, Problem, Result};
use crate::ids::{UserId, WorkspaceId};

/// How long an answer is remembered, in milliseconds. The same key after that is a new request.
pub const REMEMBERED_MS: i64 = 24 * 3_600_000;

/// What is asked for: a use case and its input, told apart from everything else by a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    operation: &'static str,
    fingerprint: String,
}

/// The first answer under the caller's key, with what it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The use case.
    pub operation: String,
    /// The fingerprint of what was asked.
    pub request: String,
    /// The answer: an id, as text.
    pub answer: String,
}

/// An answer as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Who asked.
    pub user: UserId,
    /// The key that came with the request.
    pub key: String,
    /// The workspace in which it was done; none where the request opened another one, and its retry
    /// comes from there.
    pub workspace: Option<WorkspaceId>,
    /// What was answered.
    pub answered: Answered,
    /// When.
    pub at: Timestamp,
}

impl Asked {
    /// This input of this use case.
    ///
    /// # Errors
    /// `Internal` when the input can't be written as JSON.
    pub fn new(operation: &'static str, input: &impl Serialize) -> Result<Self> {
        // A struct's fields are written in the order of their declaration: the text is canonical.
        let json = serde_json::to_string(input).map_err(|_| Error::Internal)?;
        let mut digest = Sha256::new();
        for part in [operation, "\n", &json] {
            digest.update(part.as_bytes());
        }
        Ok(Self { operation, fingerprint: hex::encode(digest.finalize()) })
    }

    /// The first answer to this very request, if there was one.
    ///
    /// # Errors
    /// `Invalid { Form, KeyReused }` when the key belongs to another request.
    pub fn first_answer<'a>(&self, answered: Option<&'a Answered>) -> Result<Option<&'a str>> {
        match answered {
            None => Ok(None),
            Some(first)
                if first.operation == self.operation && first.request == self.fingerprint =>
            {
                Ok(Some(&first.answer))
            }
            Some(_) => Err(Error::invalid(Field::Form, Problem::KeyReused)),
        }
    }

    /// The version that the first answer to this very request tells, if there was one. An answer of
    /// before versions were told stands for the `present` one.
    ///
    /// # Errors
    /// As [`Asked::first_answer`].
    pub fn first_version(&self, answered: Option<&Answered>, present: i64) -> Result<Option<i64>> {
        let told = |answer: &str| answer.rsplit_once(' ')?.1.parse().ok();
        Ok(self.first_answer(answered)?.map(|answer| told(answer).unwrap_or(present)))
    }

    /// The record of this request's answer, if it came with a key.
    pub fn record(&self, ctx: &Context, user: UserId, answer: &str) -> Option<IdempotencyRecord> {
        ctx.caller.idempotency_key.as_ref().map(|key| IdempotencyRecord {
            user,
            key: key.as_str().to_owned(),
            workspace: None,
            answered: self.answered(answer),
            at: ctx.now(),
        })
    }

    /// What is stored of this request and its answer.
    pub fn answered(&self, answer: &str) -> Answered {
        Answered {
            operation: self.operation.to_owned(),
            request: self.fingerprint.clone(),
            answer: answer.to_owned(),
        }
    }
}

/// The answer that tells what was changed and the version that it came to.
pub fn at_version(name: &str, version: i64) -> String {
    format!("{name} {version}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_request_gets_the_answer() {
        let asked = Asked::new("task::move", &("MONO-1", 3)).unwrap();
        let first = asked.answered("MONO-1");
        assert_eq!(asked.first_answer(None), Ok(None));
        assert_eq!(asked.first_answer(Some(&first)), Ok(Some("MONO-1")));
        for other in [("task::move", 4), ("task::edit", 3)] {
            let other = Asked::new(other.0, &("MONO-1", other.1)).unwrap();
            let reused = Error::invalid(Field::Form, Problem::KeyReused);
            assert_eq!(other.first_answer(Some(&first)), Err(reused));
        }
        assert_eq!(asked.first_version(None, 9), Ok(None));
        assert_eq!(asked.first_version(Some(&first), 9), Ok(Some(9)), "of before");
        let first = asked.answered(&at_version("MONO-1", 4));
        assert_eq!(asked.first_version(Some(&first), 9), Ok(Some(4)));
    }
}
