//! A run's log, line by line.

use std::sync::Arc;

use domain::Error;
use domain::Timestamp;
use domain::context::Caller;
use domain::ids::RunId;
use domain::run::RunState;
use domain::sandbox::protocol::{Frame, OutputStream};
use futures_util::stream;
use http::{HeaderName, HeaderValue};
use serde::Serialize;

use crate::api::{
    Answers, ApiAnswer, ApiError, ByteStream, Call, Endpoint, Moment, Parameter, ParameterKind, Tag,
};
use crate::logs::{LogPiece, RunLogs};

/// How long a request that follows waits for a line, and how often it looks, in milliseconds.
const PATIENCE_MS: i64 = 25_000;
const PAUSE_MS: i64 = 1_000;
/// How often it looks between two looks at the run itself.
const LOOKS: i64 = 5;

const AFTER: Parameter = Parameter {
    name: "after",
    about: "Only the lines after this one: `seq` of the last line that was read, or 0.",
    kind: ParameterKind::Integer { least: 0, most: (1 << 53) - 1 },
};
const FOLLOW: Parameter = Parameter {
    name: "follow",
    about: "Whether to wait for lines, up to 25 seconds, where there are none yet and the run is \
            under way.",
    kind: ParameterKind::Words(&["true", "false"]),
};

/// The log.
pub const READ: Endpoint = Endpoint {
    id: "read_run_log",
    summary: "The lines of a run's log",
    about: "One JSON object a line: `seq` (from 1, without gaps), `at`, `stream` (`stdout`, `stderr`, \
            `system`), `step` (from 1; left out for what concerns the whole sandbox), `text`, and \
            `continues` where the same line goes on in the stream's next object. A reader that asks \
            again after the last `seq` that it got whole misses nothing and gets nothing twice. The \
            header `Run-State` is the run's state before the lines were read: once it is one of an \
            ended run, the answer reaches the log's end.",
    query: &[AFTER, FOLLOW],
    answers: Answers::File("application/x-ndjson"),
    ..Endpoint::get("/runs/{run}/log", Tag::Runs)
};

#[derive(Serialize)]
struct Line<'a> {
    seq: u64,
    at: Moment,
    stream: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<u32>,
    text: &'a str,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    continues: bool,
}

/// Answers [`READ`].
///
/// # Errors
/// 400, 401, 403, 404, 503.
pub async fn read(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let run: RunId = call.named("run")?;
    let after = call.query.integer(AFTER.name).unwrap_or(0);
    let after = u64::try_from(after).unwrap_or(0);
    let follows = call.query.get(FOLLOW.name) == Some("true");
    let mut caller = call.ctx.caller.clone();
    let mut state = state_of(call, &caller, run).await?;
    let mut piece = call.services.logs.lines_after(run, after).await?;
    let (mut waited, mut looks) = (0, 0);
    while follows && piece.lines.is_empty() && state.is_live() && waited < PATIENCE_MS {
        let pause = u64::try_from(PAUSE_MS).unwrap_or(1_000);
        call.services.waits.wait(pause).await;
        waited = waited.saturating_add(PAUSE_MS);
        looks += 1;
        caller.now = caller.now.plus_ms(PAUSE_MS);
        if looks % LOOKS == 0 {
            // Before the lines: what a run that has ended wrote is there by then.
            state = state_of(call, &caller, run).await?;
        }
        piece = call.services.logs.lines_after(run, after).await?;
    }
    let lines = lines(Arc::clone(&call.services.logs), run, piece);
    let state = HeaderValue::from_static(state.as_str());
    Ok(ApiAnswer::stream("application/x-ndjson", lines)
        .header(HeaderName::from_static("run-state"), state))
}

async fn state_of(call: &Call<'_>, caller: &Caller, run: RunId) -> Result<RunState, ApiError> {
    let read = call.ctx.store.run_scene(caller, run).await?;
    call.member(&read)?;
    // As it is written down: a lost run's driver may still write lines until then.
    Ok(read.data.ok_or(Error::NotFound)?.run.state)
}

/// The lines, piece after piece. One that can't be read breaks the answer off: it must not pass for the
/// whole.
fn lines(logs: Arc<dyn RunLogs>, run: RunId, first: LogPiece) -> ByteStream {
    let begin = (logs, Some(Ok(first)));
    Box::pin(stream::unfold(begin, move |(logs, piece)| async move {
        match piece? {
            Ok(piece) => {
                let text = written(&piece.lines);
                let next = match piece.lines.last() {
                    Some(last) if piece.more => Some(logs.lines_after(run, last.seq).await),
                    _ => None,
                };
                Some((Ok(text), (logs, next)))
            }
            Err(cause) => Some((Err(std::io::Error::other(cause)), (logs, None))),
        }
    }))
}

fn written(frames: &[Frame]) -> Vec<u8> {
    let mut text = vec![];
    for frame in frames {
        let line = Line {
            seq: frame.seq,
            at: Moment(Timestamp(i64::try_from(frame.at_ms).unwrap_or(i64::MAX))),
            stream: match frame.stream {
                OutputStream::Stdout => "stdout",
                OutputStream::Stderr => "stderr",
                OutputStream::System => "system",
            },
            step: frame.step.map(|step| step.saturating_add(1)),
            text: &frame.text,
            continues: frame.continues,
        };
        if serde_json::to_writer(&mut text, &line).is_ok() {
            text.push(b'\n');
        }
    }
    text
}
