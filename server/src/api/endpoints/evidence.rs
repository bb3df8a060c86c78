//! Kept files: lists, records, bytes.

use domain::Error;
use domain::actor::Actor;
use domain::ids::{EvidenceId, RunId};
use domain::run::Evidence;
use http::{HeaderName, HeaderValue, header};
use serde::Serialize;

use crate::api::{
    Answers, ApiAnswer, ApiError, BASE, Call, Endpoint, ListOf, Moment, PAGED, Shape, Tag,
};
use crate::evidence::{Wanted, content_digest, content_disposition, range_of};

/// Whatever a browser makes of the bytes, it makes nothing happen.
const POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// The files of a run.
pub const LIST: Endpoint = Endpoint {
    id: "list_evidence",
    summary: "The kept files of a run, by name",
    query: PAGED,
    answers: Answers::Json(Shape::of::<ListOf<EvidenceResource>>()),
    ..Endpoint::get("/runs/{run}/evidence", Tag::Evidence)
};

/// The record of one.
pub const READ: Endpoint = Endpoint {
    id: "read_evidence",
    summary: "What is known of a kept file",
    about: "A record never changes: its version is always 1.",
    answers: Answers::Json(Shape::of::<EvidenceResource>()),
    has_version: true,
    ..Endpoint::get("/evidence/{evidence}", Tag::Evidence)
};

/// The bytes of one.
pub const CONTENT: Endpoint = Endpoint {
    id: "read_evidence_content",
    summary: "The bytes of a kept file",
    about: "One range of bytes may be asked for (`Range`, answered with 206). The ETag is the hash of \
            all bytes; `Repr-Digest`, and for a whole file `Content-Digest`, is their SHA-256 (RFC \
            9530). The answer is a download that no browser opens.",
    answers: Answers::File("*/*"),
    ..Endpoint::get("/evidence/{evidence}/content", Tag::Evidence)
};

/// A kept file.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Evidence"))]
pub struct EvidenceResource {
    id: String,
    /// The id of its run.
    run: String,
    /// The id of the run's task.
    task: String,
    /// The id of the task's project.
    project: String,
    /// `diff`, `test_report`, `screenshot` or `artifact`.
    kind: &'static str,
    /// Its path below the run's work directory, or the name that it was added under.
    name: String,
    /// By its bytes; only types that no browser executes are named.
    media_type: String,
    /// Bytes.
    size: u64,
    /// SHA-256 of its bytes, hexadecimal.
    sha256: String,
    /// The id of the person or the run that added it; null for what the run's job left.
    added_by: Option<String>,
    at: Moment,
    /// Where its bytes are.
    content: String,
}

impl From<Evidence> for EvidenceResource {
    fn from(evidence: Evidence) -> Self {
        let Evidence { file, project, task, run, at, added_by, .. } = evidence;
        Self {
            content: format!("{}/content", href(file.id)),
            id: file.id.to_string(),
            run: run.to_string(),
            task: task.to_string(),
            project: project.to_string(),
            kind: file.kind.as_str(),
            name: file.name,
            media_type: file.media_type,
            size: file.size,
            sha256: file.sha256,
            added_by: match added_by {
                Some(Actor::User(user)) => Some(user.to_string()),
                Some(Actor::Run(run)) => Some(run.to_string()),
                Some(Actor::System) | None => None,
            },
            at: at.into(),
        }
    }
}

/// Where a kept file is.
pub(super) fn href(id: EvidenceId) -> String {
    format!("{BASE}/evidence/{id}")
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let run: RunId = call.named("run")?;
    let page = call.page()?;
    let after = page.after_one::<EvidenceId>()?;
    let read = call.ctx.store.evidence_of_run(&call.ctx.caller, run).await?;
    call.member(&read)?;
    let mut files = read.data.ok_or(Error::NotFound)?.evidence;
    // A run has a few hundred files at most. Its list may grow, and nothing in it goes away.
    if let Some(after) = after {
        let place = files.iter().position(|kept| kept.file.id == after).ok_or(Error::NotFound)?;
        files.drain(..=place);
    }
    files.truncate(usize::try_from(page.one_more()).unwrap_or(usize::MAX));
    let listed: ListOf<EvidenceResource> = page.page(files, |kept| kept.file.id.to_string());
    ApiAnswer::list(&listed)
}

/// Answers [`READ`].
///
/// # Errors
/// 401, 403, 404.
pub async fn read(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    Ok(ApiAnswer::json(&EvidenceResource::from(find(call).await?))?.at(1))
}

/// Answers [`CONTENT`].
///
/// # Errors
/// 401, 403, 404 also when the bytes are gone, 416, 503.
pub async fn content(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let evidence = find(call).await?;
    let tag = format!("\"{}\"", evidence.file.sha256);
    if call.header(&header::IF_NONE_MATCH).is_some_and(|known| names(known, &tag)) {
        return Ok(described(ApiAnswer::unchanged(), &evidence, &tag));
    }
    let size = evidence.file.size;
    let is_same = call.header(&header::IF_RANGE).is_none_or(|wanted| wanted.trim() == tag);
    let wanted = match call.header(&header::RANGE) {
        Some(range) if is_same => range_of(range, size),
        _ => Wanted::Whole,
    };
    let part = match wanted {
        Wanted::Whole => None,
        Wanted::Part(part) => Some(part),
        Wanted::Outside => return Err(ApiError::outside(size)),
    };
    let Some(bytes) = call.services.evidence.open(&evidence.file.sha256, part).await? else {
        call.services.evidence.report_lost(&evidence);
        let detail = "The record is there, but its bytes are missing from our storage.";
        return Err(ApiError::new(404, "evidence_lost", detail));
    };
    let answer = ApiAnswer::stream(evidence.file.media_type.clone(), bytes);
    let answer = described(answer, &evidence, &tag);
    let Some(part) = part else {
        let answer = answer.header(header::CONTENT_LENGTH, HeaderValue::from(size));
        let digest = content_digest(&evidence.file.sha256).unwrap_or_default();
        return Ok(with(answer, HeaderName::from_static("content-digest"), &digest));
    };
    let last = part.offset.saturating_add(part.length).saturating_sub(1);
    let place = format!("bytes {}-{last}/{size}", part.offset);
    let answer =
        answer.with_status(206).header(header::CONTENT_LENGTH, HeaderValue::from(part.length));
    Ok(with(answer, header::CONTENT_RANGE, &place))
}

async fn find(call: &Call<'_>) -> Result<Evidence, ApiError> {
    let id: EvidenceId = call.named("evidence")?;
    let read = call.ctx.store.evidence(&call.ctx.caller, id).await?;
    call.member(&read)?;
    Ok(read.data.ok_or(Error::NotFound)?)
}

/// Whether a list of tags names this one.
fn names(list: &str, tag: &str) -> bool {
    list.split(',')
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == tag || one == "*")
}

/// What every answer about these bytes says.
fn described(answer: ApiAnswer, evidence: &Evidence, tag: &str) -> ApiAnswer {
    let name = content_disposition("attachment", &evidence.file.name);
    let digest = content_digest(&evidence.file.sha256).unwrap_or_default();
    let answer = answer
        .header(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"))
        .header(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))
        .header(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
        .header(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let answer = with(answer, header::CONTENT_DISPOSITION, &name);
    let answer = with(answer, HeaderName::from_static("repr-digest"), &digest);
    with(answer, header::ETAG, tag)
}

fn with(answer: ApiAnswer, name: HeaderName, value: &str) -> ApiAnswer {
    match HeaderValue::from_str(value) {
        Ok(value) => answer.header(name, value),
        Err(_) => answer,
    }
}
