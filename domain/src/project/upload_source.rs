//! Uploading what a project's runs work on.

use sha2::{Digest, Sha256};

use crate::actor::Permission;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::idempotency::Asked;
use crate::ports::SourceVault;
use crate::project::set_source::{OPERATION, point_at};
use crate::project::{ProjectKey, SetSource, sniff_source};

/// A request to upload a source.
#[derive(Clone)]
pub struct UploadSource {
    /// The project.
    pub project: ProjectKey,
    /// The project's version that the person saw.
    pub seen: i64,
    /// The uploaded file's name.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Keeps the bytes, then points the project at them: a row never names an object that isn't there,
/// and nobody's bytes are kept who may not upload. Gives the version that the project came to.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `NotFound`, `Invalid`, `Conflict` with the present version.
pub async fn upload_source(
    ctx: &Context,
    vault: &dyn SourceVault,
    upload: UploadSource,
) -> Result<i64> {
    let read = ctx.store.project(&ctx.caller, &upload.project).await?;
    let by = read.principal.require(Permission::ManageProjects)?.user;
    let project = read.data.ok_or(Error::NotFound)?;
    let (input, bytes) = upload.sniffed()?;
    let asked = Asked::new(OPERATION, &input)?;
    if let Some(version) = asked.first_version(read.answered.as_ref(), project.head.version)? {
        return Ok(version);
    }
    let source = input.source(by, ctx.now())?;
    if project.head.version != input.seen {
        return Err(Error::Conflict { current: project.head.version });
    }
    vault.put(&input.sha256, bytes).await?;
    match point_at(ctx, &asked, project, source).await {
        // The bytes are gone by now, so who lost is told here rather than tried again.
        Err(Error::Conflict { .. }) => after_race(ctx, &asked, &input.project).await,
        outcome => outcome,
    }
}

/// What a lost race came to: it was the same form, or somebody was faster.
async fn after_race(ctx: &Context, asked: &Asked, key: &ProjectKey) -> Result<i64> {
    let read = ctx.store.project(&ctx.caller, key).await?;
    let project = read.data.ok_or(Error::NotFound)?;
    let current = project.head.version;
    let first = asked.first_version(read.answered.as_ref(), current)?;
    first.ok_or(Error::Conflict { current })
}

impl UploadSource {
    /// What is written down of it, and its bytes.
    fn sniffed(self) -> Result<(SetSource, Vec<u8>)> {
        let Self { project, seen, name, bytes } = self;
        let kind = sniff_source(&bytes)?;
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok((SetSource { project, seen, name, kind, sha256, size }, bytes))
    }
}

impl core::fmt::Debug for UploadSource {
    // A source is nobody's log line.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "UploadSource({}, {} bytes)", self.project, self.bytes.len())
    }
}
