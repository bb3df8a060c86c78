//! Adding files to a run: several in a form, or one as a stream.

use core::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::actor::Permission;
use domain::ids::RunId;
use domain::run::{
    AddEvidence, AddedEvidence, Evidence, EvidenceVault, KeptFile, MAX_ADDED_FILE_BYTES,
    OfferedFile, add_evidence,
};
use domain::{Error, Result as Domain};
use futures_util::future::{Either, select};
use futures_util::{StreamExt, stream};
use http::{HeaderName, header};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::evidence::href;
use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, BASE, BodyKind, ByteStream, Call, Endpoint,
    FieldProblem, LimitClass, Parameter, ParameterKind, Shape, Tag,
};
use crate::evidence::{file_name_of, sha256_of};
use crate::forms::{FormError, ParsedForm, PlacedFile};
use crate::rules::limits::UPLOAD_BYTES;

/// How long a form may take to arrive, and a single file, in milliseconds.
const FORM_PATIENCE_MS: u64 = 300_000;
const FILE_PATIENCE_MS: u64 = 600_000;
/// Bytes of a buffered file handed to the store at once.
const PIECE_BYTES: usize = 256 * 1024;
/// How often an addition is tried again that others were faster than, and the longest pause before.
const PAUSES_MS: [u64; 4] = [20, 80, 200, 400];

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

const NAME: Parameter = Parameter {
    name: "name",
    about: "The file's name: a relative path. Without it the name is that of `Content-Disposition`. \
            Not for a form, whose files have names of their own.",
    kind: ParameterKind::Text,
};

/// New ones.
pub const ADD: Endpoint = Endpoint {
    id: "add_evidence",
    summary: "Add files to a run",
    about: "While the run is under way, or while its task waits for a decision on it. As \
            `multipart/form-data`, with up to 20 files and 25 MB; or one file as it is, up to 100 MB, \
            with its `Content-Length` and its `Content-Digest: sha-256=:…:` (RFC 9530). An added file \
            is something more to look at: it changes no verdict, no decision and no revision. The same \
            name with the same bytes again changes nothing and answers 200.",
    admits: Admission::Needs(Permission::AddEvidence),
    by_run: true,
    limit: LimitClass::Upload,
    query: &[NAME],
    body: BodyKind::Stream { most: 100 << 20, types: &["multipart/form-data", "*/*"] },
    answers: Answers::Json(Shape::of::<EvidenceAdded>()),
    ..Endpoint::post("/runs/{run}/evidence", Tag::Evidence)
};

/// Files that were added.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct EvidenceAdded {
    /// In the order in which they were sent.
    items: Vec<FileAdded>,
}

#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct FileAdded {
    id: String,
    href: String,
    name: String,
    /// SHA-256 of its bytes, hexadecimal.
    sha256: String,
}

/// Answers [`ADD`].
///
/// # Errors
/// 400, 401, 403, 404, 409, 411, 413, 415, 422, 503.
pub async fn add(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let run: RunId = call.named("run")?;
    let added = if ParsedForm::may_hold_files(call.content_type) {
        add_form(call, run).await?
    } else {
        add_file(call, run).await?
    };
    answered(run, added)
}

fn answered(run: RunId, added: AddedEvidence) -> Result<ApiAnswer, ApiError> {
    let place = match added.files.as_slice() {
        [only] => href(only.file.id),
        _ => format!("{BASE}/runs/{run}/evidence"),
    };
    let told = |kept: Evidence| FileAdded {
        id: kept.file.id.to_string(),
        href: href(kept.file.id),
        name: kept.file.name,
        sha256: kept.file.sha256,
    };
    let items = added.files.into_iter().map(told).collect();
    let answer = ApiAnswer::made(place, &EvidenceAdded { items })?;
    Ok(if added.is_new { answer } else { answer.with_status(200) })
}

/// One file, streamed: no more of it is in memory than is on its way.
async fn add_file(call: &Call<'_>, run: RunId) -> Result<AddedEvidence, ApiError> {
    let file = announced(call)?;
    let vault = Streamed { call, bytes: Mutex::new(call.take_stream()), kept: Mutex::default() };
    try_add(call, &vault, AddEvidence { run, files: vec![file] }).await
}

/// Adds the files, again when somebody was faster: their bytes are kept by then.
async fn try_add(
    call: &Call<'_>,
    vault: &dyn EvidenceVault,
    input: AddEvidence,
) -> Result<AddedEvidence, ApiError> {
    let mut outcome = add_evidence(call.ctx, vault, input.clone()).await;
    for pause in PAUSES_MS {
        let Err(Error::Conflict { .. }) = outcome else { break };
        let waits = &call.services.waits;
        waits.wait(waits.up_to(pause)).await;
        outcome = add_evidence(call.ctx, vault, input.clone()).await;
    }
    Ok(outcome?)
}

/// What the request's head says of its file.
fn announced(call: &Call<'_>) -> Result<OfferedFile, ApiError> {
    let length = call
        .header(&header::CONTENT_LENGTH)
        .ok_or_else(|| ApiError::new(411, "length_required", "Send the file's Content-Length."))?;
    let is_number = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
    let size = length.parse::<u64>().ok().filter(|_| is_number);
    let size = size.ok_or_else(|| ApiError::bad_header("content-length"))?;
    if size > MAX_ADDED_FILE_BYTES {
        return Err(too_large());
    }
    let digest = call.header(&CONTENT_DIGEST).ok_or_else(|| {
        let detail = "Send the file's SHA-256 as Content-Digest: sha-256=:…: (RFC 9530).";
        ApiError::new(400, "digest_required", detail)
    })?;
    let sha256 = sha256_of(digest).ok_or_else(|| ApiError::bad_header("content-digest"))?;
    let name = match (call.query.get(NAME.name), call.header(&header::CONTENT_DISPOSITION)) {
        (Some(name), _) => name.to_owned(),
        (None, Some(disposition)) => {
            file_name_of(disposition).ok_or_else(|| ApiError::bad_header("content-disposition"))?
        }
        (None, None) => {
            let missing = FieldProblem::new("name", "missing");
            return Err(ApiError::unprocessable("invalid", vec![missing]));
        }
    };
    Ok(OfferedFile { name, size, sha256 })
}

/// Several files, read whole.
async fn add_form(call: &Call<'_>, run: RunId) -> Result<AddedEvidence, ApiError> {
    if call.query.get(NAME.name).is_some() {
        return Err(ApiError::bad_query("unknown_parameter", NAME.name));
    }
    // Kept until the files are: no more forms are in memory than fit.
    let _room = call.services.evidence.room().ok_or(Error::Unavailable)?;
    let body = Arc::new(form_body(call).await?);
    let places = ParsedForm::files(call.content_type, &body).map_err(misunderstood)?;
    let offered = |file: &PlacedFile| {
        let bytes = body.get(file.place.clone()).unwrap_or_default();
        OfferedFile {
            name: file.name.clone(),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            sha256: hex::encode(Sha256::digest(bytes)),
        }
    };
    let files: Vec<_> = places.iter().map(offered).collect();
    let vault = Buffered {
        call,
        body: Arc::clone(&body),
        places: &places,
        files: &files,
        kept: Mutex::default(),
    };
    try_add(call, &vault, AddEvidence { run, files: files.clone() }).await
}

async fn form_body(call: &Call<'_>) -> Result<Vec<u8>, ApiError> {
    // Without a stream this is the same request once more, whose bytes are gone.
    let mut chunks = call.take_stream().ok_or(Error::Conflict { current: 0 })?;
    let collected = async {
        let mut body: Vec<u8> = vec![];
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| broken_off())?;
            if body.len().saturating_add(chunk.len()) > UPLOAD_BYTES {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    match select(Box::pin(collected), call.services.waits.wait(FORM_PATIENCE_MS)).await {
        Either::Left((body, _)) => body,
        Either::Right(_) => Err(broken_off()),
    }
}

fn too_large() -> ApiError {
    ApiError::new(413, "too_large", "The body is larger than this endpoint takes.")
}

fn broken_off() -> ApiError {
    ApiError::new(400, "bad_request", "The body broke off.")
}

fn misunderstood(error: FormError) -> ApiError {
    match error {
        FormError::UnknownField => {
            let other = FieldProblem::new("", "not_a_file");
            ApiError::unprocessable("unknown_field", vec![other])
        }
        FormError::UnsupportedType => {
            ApiError::new(415, "unsupported_type", "The body must be sent as multipart/form-data.")
        }
        _ => ApiError::new(400, "malformed_form", "The form can't be read."),
    }
}

/// Files that were kept already: a second try needs no bytes.
type Known = Mutex<Vec<(OfferedFile, KeptFile)>>;

fn known(kept: &Known, file: &OfferedFile) -> Option<KeptFile> {
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.iter().find(|(known, _)| known == file).map(|(_, told)| *told)
}

fn note(kept: &Known, file: &OfferedFile, told: KeptFile) {
    kept.lock().unwrap_or_else(PoisonError::into_inner).push((file.clone(), told));
}

/// The vault of a file that the request's body is.
struct Streamed<'a> {
    call: &'a Call<'a>,
    bytes: Mutex<Option<ByteStream>>,
    kept: Known,
}

#[async_trait]
impl EvidenceVault for Streamed<'_> {
    async fn keep(&self, file: &OfferedFile) -> Domain<KeptFile> {
        if let Some(told) = known(&self.kept, file) {
            return Ok(told);
        }
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner).take();
        let bytes = bytes.ok_or(Error::Conflict { current: 0 })?;
        let services = self.call.services;
        let kept = services.evidence.keep(file, bytes);
        match select(kept, services.waits.wait(FILE_PATIENCE_MS)).await {
            Either::Left((told, _)) => {
                note(&self.kept, file, told.clone()?);
                told
            }
            Either::Right(_) => Err(Error::Unavailable),
        }
    }
}

/// The vault of files that lie in a form's body.
struct Buffered<'a> {
    call: &'a Call<'a>,
    body: Arc<Vec<u8>>,
    places: &'a [PlacedFile],
    files: &'a [OfferedFile],
    kept: Known,
}

#[async_trait]
impl EvidenceVault for Buffered<'_> {
    async fn keep(&self, file: &OfferedFile) -> Domain<KeptFile> {
        if let Some(told) = known(&self.kept, file) {
            return Ok(told);
        }
        let place = self.files.iter().zip(self.places).find(|(offered, _)| *offered == file);
        let (_, place) = place.ok_or(Error::Internal)?;
        let bytes = pieces(Arc::clone(&self.body), place.place.clone());
        let told = self.call.services.evidence.keep(file, bytes).await?;
        note(&self.kept, file, told);
        Ok(told)
    }
}

/// A part of a body, piece by piece, so that it isn't there twice.
fn pieces(body: Arc<Vec<u8>>, place: Range<usize>) -> ByteStream {
    Box::pin(stream::unfold((body, place), |(body, place)| async move {
        let end = place.end.min(place.start.saturating_add(PIECE_BYTES));
        let piece = body.get(place.start..end).filter(|piece| !piece.is_empty())?.to_vec();
        Some((Ok(piece), (body, end..place.end)))
    }))
}
