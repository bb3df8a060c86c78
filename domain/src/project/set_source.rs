//! Setting what a project's runs work on.

use serde::Serialize;

use crate::actor::{Actor, Permission};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::{Error, Field, Problem, Result};
use crate::event::{EventBody, Stream};
use crate::idempotency::{Asked, at_version};
use crate::ids::UserId;
use crate::project::{Project, ProjectKey, Source, SourceKind};
use crate::sandbox::protocol::MAX_SOURCE_BYTES;
use crate::text;
use crate::write_batch::{Row, WriteBatch};

/// What setting a source is called, however its bytes came.
pub(super) const OPERATION: &str = "project::set_source";

/// A request to set a project's source. The bytes are in R2 already, under their hash: a row
/// never points at an object that isn't there.
#[derive(Clone, Debug, Serialize)]
pub struct SetSource {
    /// The project.
    pub project: ProjectKey,
    /// The project's version that the person saw.
    pub seen: i64,
    /// The uploaded file's name.
    pub name: String,
    /// Its form, from its first bytes.
    pub kind: SourceKind,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

impl SetSource {
    /// The source that this makes.
    ///
    /// # Errors
    /// [`Error::Invalid`] for its name.
    pub(super) fn source(&self, by: UserId, at: Timestamp) -> Result<Source> {
        Ok(Source {
            kind: self.kind,
            name: text::line(Field::Source, &self.name, 1, 200)?,
            sha256: self.sha256.clone(),
            size: self.size,
            by,
            at,
        })
    }
}

/// The form of an archive, by its first bytes. Whether it unpacks shows in the sandbox.
///
/// # Errors
/// [`Error::Invalid`] when it is empty, too large or of no known form.
pub fn sniff_source(bytes: &[u8]) -> Result<SourceKind> {
    let size = bytes.len() as u64;
    if size == 0 {
        return Err(Error::invalid(Field::Source, Problem::Empty));
    }
    if size > MAX_SOURCE_BYTES {
        return Err(Error::invalid(Field::Source, Problem::TooLarge { max: MAX_SOURCE_BYTES }));
    }
    let is_bundle =
        bytes.starts_with(b"# v2 git bundle\n") || bytes.starts_with(b"# v3 git bundle\n");
    let is_gzip = bytes.starts_with(&[0x1f, 0x8b, 0x08]);
    let is_tar = bytes.get(257..262) == Some(b"ustar");
    if is_bundle {
        Ok(SourceKind::Bundle)
    } else if is_gzip || is_tar {
        Ok(SourceKind::Tar)
    } else {
        Err(Error::invalid(Field::Source, Problem::NotAnArchive))
    }
}

impl Project {
    /// Appends an event to the project's stream, applies it, and adds the row. Gives the version that
    /// the project came to.
    ///
    /// # Errors
    /// As [`crate::event::Event::next`].
    pub fn record(
        mut self,
        ctx: &Context,
        batch: &mut WriteBatch,
        actor: Actor,
        body: EventBody,
    ) -> Result<i64> {
        let mut head = self.head.clone();
        batch.append(&mut head, Stream::Project(self.details.id), actor, ctx.now(), body)?;
        if let Some(event) = batch.events.last() {
            self.apply(event);
        }
        let version = self.head.version;
        batch.rows.push(Row::Project(Box::new(self)));
        Ok(version)
    }
}

/// Sets a project's source; gives the version that the project came to.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `NotFound`, `Invalid`, `Conflict` with the present version.
pub async fn set_source(ctx: &Context, input: SetSource) -> Result<i64> {
    let asked = Asked::new(OPERATION, &input)?;
    let read = ctx.store.project(&ctx.caller, &input.project).await?;
    let user = read.principal.require(Permission::ManageProjects)?.user;
    let project = read.data.ok_or(Error::NotFound)?;
    if let Some(version) = asked.first_version(read.answered.as_ref(), project.head.version)? {
        return Ok(version);
    }
    if project.head.version != input.seen {
        return Err(Error::Conflict { current: project.head.version });
    }
    let source = input.source(user, ctx.now())?;
    point_at(ctx, &asked, project, source).await
}

/// Writes down what the project's runs work on from here on.
pub(super) async fn point_at(
    ctx: &Context,
    asked: &Asked,
    project: Project,
    source: Source,
) -> Result<i64> {
    let mut batch = WriteBatch::new(project.workspace);
    let (user, key) = (source.by, project.details.key.clone());
    let body = EventBody::SourceUploaded { source };
    let version = project.record(ctx, &mut batch, Actor::User(user), body)?;
    batch.answer(ctx, user, asked, &at_version(key.as_str(), version));
    ctx.commit(batch).await?;
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_known_by_their_bytes_and_nothing_else_is_one() {
        let mut tar = vec![0u8; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(sniff_source(&tar), Ok(SourceKind::Tar));
        assert_eq!(sniff_source(b"# v2 git bundle\nxx"), Ok(SourceKind::Bundle));
        assert_eq!(sniff_source(&[0x1f, 0x8b, 0x08, 0]), Ok(SourceKind::Tar));
        for bad in [&b""[..], b"PK\x03\x04", b"#!/bin/sh", b"# v9 git bundle\n"] {
            assert!(sniff_source(bad).is_err());
        }
    }
}
