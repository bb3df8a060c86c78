//! Adding files to a run: by a person, by a program in their name, or by the run itself.
//!
//! An added file is something more for whoever decides to look at. It is no part of the revision: it is
//! never a test report or a patch, no validation names it, and neither a verdict nor a decision waits
//! for it or falls with it. Otherwise anybody's script could hold up a decision for ever, or pass a
//! gate with a report that no run produced.

use async_trait::async_trait;
use serde::Serialize;

use crate::actor::{Actor, Permission, Principal};
use crate::clock::Timestamp;
use crate::context::{Caller, Context};
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::ids::{EvidenceId, RunId};
use crate::ports::Read;
use crate::run::{CapturedEvidence, Evidence, EvidenceKind, Run};
use crate::sandbox::protocol::{MAX_PATH_BYTES, is_usable_path};
use crate::task::{Task, TaskState};
use crate::text;
use crate::write_batch::{Guard, Row, WriteBatch};

/// Most bytes of an added file.
pub const MAX_ADDED_FILE_BYTES: u64 = 100 << 20;
/// Most files added at once.
pub const MAX_FILES_AT_ONCE: usize = 20;
/// Most files added to one run.
pub const MAX_ADDED_FILES: usize = 100;
/// Most bytes of all files added to one run.
pub const MAX_ADDED_TOTAL_BYTES: u64 = 1 << 30;

/// How long the bytes may have been on their way, in milliseconds, before it is asked again whether
/// they may still be added.
const MAY_HAVE_CHANGED_MS: i64 = 5_000;
/// How often a commit is tried that somebody else was faster than. The bytes are kept by then, so
/// nobody needs to send them again.
const TRIES: u32 = 5;

const OPERATION: &str = "run::add_evidence";

/// A request to add files to a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AddEvidence {
    /// The run.
    pub run: RunId,
    /// The files.
    pub files: Vec<OfferedFile>,
}

/// A file as whoever adds it announces it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct OfferedFile {
    /// Its name: a relative path, by the rules of captured files.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its bytes, hexadecimal, lower case.
    pub sha256: String,
}

/// What is known of a file once its bytes are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// Its media type, by its bytes.
    pub media_type: &'static str,
    /// When the last of them was kept.
    pub at: Timestamp,
}

/// Where the bytes of added files are kept, under their hash. It was given the bytes, or where they
/// come from, together with the request.
#[async_trait]
pub trait EvidenceVault: Send + Sync {
    /// Keeps the file's bytes if they are what it announces; the same bytes again change nothing.
    ///
    /// # Errors
    /// `Invalid { File, WrongDigest }` for other bytes, fewer or more: nothing of them is kept.
    /// `Unavailable`, `Internal`.
    async fn keep(&self, file: &OfferedFile) -> Result<KeptFile>;
}

/// A run and its kept files.
#[derive(Clone, Debug)]
pub struct EvidenceScene {
    /// The run.
    pub run: Run,
    /// Its task.
    pub task: Task,
    /// Its kept files, by name.
    pub evidence: Vec<Evidence>,
}

/// What is read of runs' files.
#[async_trait]
pub trait EvidenceStore {
    /// A run and its kept files.
    async fn evidence_of_run(
        &self,
        caller: &Caller,
        run: RunId,
    ) -> Result<Read<Option<EvidenceScene>>>;
}

/// What adding files came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedEvidence {
    /// The files, in the order in which they were offered.
    pub files: Vec<Evidence>,
    /// Whether any of them wasn't there before.
    pub is_new: bool,
}

/// Whether files may be added to the run now: while it is live, or while its task waits for the
/// verdict or the decision on it.
///
/// # Errors
/// [`Refusal::EvidenceSettled`].
pub fn check_add_evidence(run: &Run, task: &Task, now: Timestamp) -> Result<(), Refusal> {
    let waits = match &task.state {
        TaskState::Review { run: waiting, .. } | TaskState::Validating { run: waiting, .. } => {
            *waiting == run.id
        }
        _ => false,
    };
    if waits || run.state_at(now).is_live() {
        return Ok(());
    }
    Err(Refusal::EvidenceSettled { stage: task.state.stage() })
}

/// Adds files to a run. Each row is written only once the vault has its bytes; what is there under
/// the same name with the same bytes stays as it is. See the module for what it means for a decision.
///
/// # Errors
/// `SignedOut`, `Forbidden` (also for a run that isn't the caller's own), `OutOfScope`, `NotFound`,
/// `Invalid` for a name, a size or a number that isn't acceptable, for a name that other bytes have,
/// and for bytes that aren't what was announced, `Refused(EvidenceSettled)`, `Conflict`.
pub async fn add_evidence(
    ctx: &Context,
    vault: &dyn EvidenceVault,
    input: AddEvidence,
) -> Result<AddedEvidence> {
    let asked = Asked::new(OPERATION, &input)?;
    let mut ctx = ctx.clone();
    let mut kept: Vec<(OfferedFile, KeptFile)> = vec![];
    let mut lost = Error::Conflict { current: 0 };
    for _ in 0..TRIES {
        let open = match look(&ctx, &asked, &input).await? {
            Standing::Done(added) => return Ok(added),
            Standing::Open(open) => *open,
        };
        let looked_at = ctx.caller.now;
        for file in &open.fresh {
            if !kept.iter().any(|(known, _)| known == file) {
                let told = vault.keep(file).await?;
                ctx.caller.now = ctx.caller.now.max(told.at);
                kept.push((file.clone(), told));
            }
        }
        if ctx.now().ms_since(looked_at) > MAY_HAVE_CHANGED_MS {
            continue;
        }
        match commit(&ctx, &asked, &input, open, &kept).await {
            Err(conflict @ Error::Conflict { .. }) => lost = conflict,
            outcome => return outcome,
        }
    }
    Err(lost)
}

/// What a request to add files finds.
enum Standing {
    /// All of them are there.
    Done(AddedEvidence),
    /// Some are to be added.
    Open(Box<Open>),
}

struct Open {
    scene: EvidenceScene,
    by: Actor,
    fresh: Vec<OfferedFile>,
}

async fn look(ctx: &Context, asked: &Asked, input: &AddEvidence) -> Result<Standing> {
    let read = ctx.store.evidence_of_run(&ctx.caller, input.run).await?;
    let by = who_adds(&read.principal, input.run)?;
    let scene = read.data.ok_or(Error::NotFound)?;
    if let Some(answer) = asked.first_answer(read.answered.as_ref())? {
        return Ok(Standing::Done(first_answer(&scene, answer)));
    }
    let fresh = fresh_of(&scene, &input.files)?;
    if fresh.is_empty() {
        let files = in_order(&input.files, &scene.evidence);
        return Ok(Standing::Done(AddedEvidence { files, is_new: false }));
    }
    check_add_evidence(&scene.run, &scene.task, ctx.now())?;
    check_room(&scene.evidence, &fresh)?;
    Ok(Standing::Open(Box::new(Open { scene, by, fresh })))
}

/// Who may add files to this run, as its events name them.
fn who_adds(principal: &Principal, run: RunId) -> Result<Actor> {
    match principal {
        // Its lease holds, or the read wouldn't have told it.
        Principal::Run(reporter) if reporter.run == run => Ok(Actor::Run(run)),
        other => other.require(Permission::AddEvidence).map(|member| Actor::User(member.user)),
    }
}

fn first_answer(scene: &EvidenceScene, answer: &str) -> AddedEvidence {
    let find = |id: &str| scene.evidence.iter().find(|kept| kept.file.id.to_string() == id);
    let files = answer.split(' ').filter_map(find).cloned().collect();
    AddedEvidence { files, is_new: true }
}

/// Those of the files that aren't there yet, each once.
fn fresh_of(scene: &EvidenceScene, files: &[OfferedFile]) -> Result<Vec<OfferedFile>> {
    if files.is_empty() {
        return Err(Error::invalid(Field::File, Problem::Empty));
    }
    if files.len() > MAX_FILES_AT_ONCE {
        return Err(Error::invalid(Field::File, Problem::TooMany { max: MAX_FILES_AT_ONCE }));
    }
    let mut fresh: Vec<OfferedFile> = vec![];
    for file in files {
        check_offered(file)?;
        let there = scene.evidence.iter().filter(|kept| kept.file.name == file.name);
        let mut hashes: Vec<&str> = there.map(|kept| kept.file.sha256.as_str()).collect();
        let offered = fresh.iter().filter(|other| other.name == file.name);
        hashes.extend(offered.map(|other| other.sha256.as_str()));
        if hashes.contains(&file.sha256.as_str()) {
            continue;
        }
        if !hashes.is_empty() {
            return Err(Error::invalid(Field::File, Problem::Taken));
        }
        fresh.push(file.clone());
    }
    Ok(fresh)
}

/// Whether the file may be added under its name, whatever it holds.
fn check_offered(file: &OfferedFile) -> Result<()> {
    let name = text::line(Field::File, &file.name, 1, MAX_PATH_BYTES)?;
    if name != file.name || !is_usable_path(&name) {
        return Err(Error::invalid(Field::File, Problem::Malformed));
    }
    let is_hash = file.sha256.len() == 64
        && file.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !is_hash {
        return Err(Error::invalid(Field::File, Problem::WrongDigest));
    }
    if file.size > MAX_ADDED_FILE_BYTES {
        return Err(Error::invalid(Field::File, Problem::TooLarge { max: MAX_ADDED_FILE_BYTES }));
    }
    Ok(())
}

/// Whether the run has room for so many more files. What its own job left doesn't count: that has
/// limits of its own.
fn check_room(there: &[Evidence], fresh: &[OfferedFile]) -> Result<()> {
    let added = there.iter().filter(|kept| kept.added_by.is_some());
    let count = added.clone().count().saturating_add(fresh.len());
    if count > MAX_ADDED_FILES {
        return Err(Error::invalid(Field::File, Problem::TooMany { max: MAX_ADDED_FILES }));
    }
    let sizes = added.map(|kept| kept.file.size).chain(fresh.iter().map(|file| file.size));
    if sizes.fold(0_u64, u64::saturating_add) > MAX_ADDED_TOTAL_BYTES {
        return Err(Error::invalid(Field::File, Problem::TooLarge { max: MAX_ADDED_TOTAL_BYTES }));
    }
    Ok(())
}

async fn commit(
    ctx: &Context,
    asked: &Asked,
    input: &AddEvidence,
    open: Open,
    kept: &[(OfferedFile, KeptFile)],
) -> Result<AddedEvidence> {
    let Open { scene: EvidenceScene { mut run, task, evidence: mut there }, by, fresh } = open;
    let mut batch = WriteBatch::new(run.workspace);
    let fresh: Vec<Evidence> = fresh
        .iter()
        .filter_map(|file| kept.iter().find(|(known, _)| known == file))
        .map(|(file, told)| record_of(ctx, &run, by, file, told.media_type))
        .collect();
    let evidence = fresh.iter().map(|new| new.file.clone()).collect();
    let body = EventBody::EvidenceCaptured { evidence, added: true };
    // A run that is live stays so until its own next event; one that has ended only waits as long as
    // its task does.
    if !run.state.is_live() {
        batch.guards.push(Guard::TaskAt { task: task.id, version: task.head.version });
    }
    run.record(&mut batch, by, ctx, body)?;
    batch.rows.push(Row::Run(Box::new(run)));
    batch.rows.extend(fresh.iter().cloned().map(Row::Evidence));
    there.extend(fresh);
    let files = in_order(&input.files, &there);
    if let Actor::User(user) = by {
        let ids: Vec<_> = files.iter().map(|kept| kept.file.id.to_string()).collect();
        batch.answer(ctx, user, asked, &ids.join(" "));
    }
    ctx.commit(batch).await?;
    Ok(AddedEvidence { files, is_new: true })
}

fn record_of(
    ctx: &Context,
    run: &Run,
    by: Actor,
    file: &OfferedFile,
    media_type: &str,
) -> Evidence {
    // Whatever its name says, nothing that the gate reads.
    let is_picture = media_type.starts_with("image/");
    Evidence {
        file: CapturedEvidence {
            id: EvidenceId::generate(ctx.now(), &*ctx.random),
            kind: if is_picture { EvidenceKind::Screenshot } else { EvidenceKind::Artifact },
            name: file.name.clone(),
            media_type: media_type.to_owned(),
            size: file.size,
            sha256: file.sha256.clone(),
        },
        workspace: run.workspace,
        project: run.project,
        task: run.task,
        run: run.id,
        at: ctx.now(),
        added_by: Some(by),
    }
}

/// The records of these files, in their order.
fn in_order(files: &[OfferedFile], there: &[Evidence]) -> Vec<Evidence> {
    let same = |file: &OfferedFile, kept: &Evidence| {
        kept.file.name == file.name && kept.file.sha256 == file.sha256
    };
    files.iter().filter_map(|file| there.iter().find(|kept| same(file, kept))).cloned().collect()
}
