//! The audit log as a file: a table for people, or lines of JSON for programs.

use domain::Context;
use domain::actor::Permission;
use domain::audit::{self, AuditCursor, AuditFilter, AuditList};
use domain::ids::AuditId;
use futures_util::stream;
use http::{HeaderValue, header};

use super::audit::{AuditParty, AuditResource, EXPORTED, FORMAT, cursor_of, filter};
use crate::api::{Admission, Answers, ApiAnswer, ApiError, ByteStream, Call, Endpoint, Tag};

/// The most entries of one file.
const MOST: u32 = 10_000;
/// How many are read at once.
const STRETCH: u32 = 500;
const CSV: &str = "text/csv; charset=utf-8; header=present";
const NDJSON: &str = "application/x-ndjson";

/// The log as a file.
pub const EXPORT: Endpoint = Endpoint {
    id: "export_audit",
    summary: "The audit log as a file",
    about: "With the filters of the list, newest first: one JSON object a line, each an entry of the \
            list, or a table after RFC 4180 whose first line names the columns. A cell of the table that \
            a spreadsheet would take for a formula (it begins with =, +, -, @, a tab or a line end) has \
            a ' put before it. A file holds 10,000 entries at most; where there are more, the header \
            Link says where the next one begins. An answer that breaks off isn't the whole.",
    admits: Admission::Needs(Permission::ReadAudit),
    query: EXPORTED,
    answers: Answers::OneOf(&["application/x-ndjson", "text/csv"]),
    ..Endpoint::get("/audit/export", Tag::Audit)
};

/// How a file is written.
#[derive(Clone, Copy)]
enum Format {
    Ndjson,
    Csv,
}

impl Format {
    fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson => NDJSON,
            Self::Csv => CSV,
        }
    }

    fn disposition(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Ndjson => "attachment; filename=\"audit.ndjson\"",
            Self::Csv => "attachment; filename=\"audit.csv\"",
        })
    }

    /// What stands before the first entry.
    fn head(self) -> Result<Vec<u8>, std::io::Error> {
        match self {
            Self::Ndjson => Ok(vec![]),
            Self::Csv => record([COLUMNS.map(str::to_owned)]),
        }
    }

    fn entries(self, list: AuditList) -> Result<Vec<u8>, std::io::Error> {
        let entries = list.lines.into_iter().map(AuditResource::from);
        match self {
            Self::Csv => record(entries.map(cells)),
            Self::Ndjson => {
                let mut text = vec![];
                for entry in entries {
                    serde_json::to_writer(&mut text, &entry)?;
                    text.push(b'\n');
                }
                Ok(text)
            }
        }
    }
}

/// Answers [`EXPORT`].
///
/// # Errors
/// 400, 401, 403.
pub async fn export(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let format = match call.query.get(FORMAT.name) {
        Some("csv") => Format::Csv,
        _ => Format::Ndjson,
    };
    let filter = filter(call)?;
    // The last entry that the file may hold, where there are more: the next one begins after it.
    let last = AuditFilter { limit: 1, skip: MOST.saturating_sub(1), ..filter.clone() };
    let last = audit::entries(call.ctx, &last).await?.next;
    let head = format.head().map_err(|_| domain::Error::Internal)?;
    let reading = Reading {
        ctx: call.ctx.clone(),
        format,
        head: Some(head),
        next: Some(AuditFilter { limit: STRETCH, ..filter }),
        last: last.map(|last| last.id),
    };
    Ok(ApiAnswer::stream(format.media_type(), bytes(reading))
        .and_next(last.as_ref().map(cursor_of))
        .header(header::CONTENT_DISPOSITION, format.disposition())
        .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

/// A file on its way out.
struct Reading {
    ctx: Context,
    format: Format,
    head: Option<Vec<u8>>,
    /// What is to be read next; nothing at the end.
    next: Option<AuditFilter>,
    /// The entry after which the file ends, whatever follows.
    last: Option<AuditId>,
}

/// The file, stretch after stretch. Each is asked for anew, so that whoever lost the right to see it
/// meanwhile sees no more of it.
fn bytes(reading: Reading) -> ByteStream {
    Box::pin(stream::unfold(reading, |mut reading| async move {
        if let Some(head) = reading.head.take() {
            return Some((Ok(head), reading));
        }
        let filter = reading.next.take()?;
        let chunk = match audit::entries(&reading.ctx, &filter).await {
            Ok(list) => {
                let (list, next) = up_to(list, reading.last);
                reading.next = next.map(|after| AuditFilter { after: Some(after), ..filter });
                reading.format.entries(list)
            }
            Err(cause) => Err(std::io::Error::other(cause)),
        };
        Some((chunk, reading))
    }))
}

/// The list as far as its file goes, and where the next stretch begins.
fn up_to(mut list: AuditList, last: Option<AuditId>) -> (AuditList, Option<AuditCursor>) {
    let mut next = list.next;
    if let Some(end) = list.lines.iter().position(|line| Some(line.entry.id) == last) {
        list.lines.truncate(end.saturating_add(1));
        next = None;
    }
    (list, next)
}

const COLUMNS: [&str; 17] = [
    "id",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "proof_kind",
    "proof_id",
    "proof_name",
    "action",
    "target_id",
    "target_name",
    "outcome",
    "reason",
    "particulars",
    "network",
    "agent",
    "request_id",
];

fn cells(entry: AuditResource) -> [String; 17] {
    let (actor, proof, target) = (entry.actor, entry.proof, entry.target);
    let (actor_name, target_name) = (called(&actor), called(&target));
    [
        entry.id,
        entry.at.to_string(),
        actor.kind.unwrap_or_default().to_owned(),
        actor.id.unwrap_or_default(),
        actor_name,
        proof.kind.unwrap_or_default().to_owned(),
        proof.id.unwrap_or_default(),
        proof.name.unwrap_or_default(),
        entry.action,
        target.id.unwrap_or_default(),
        target_name,
        entry.outcome.to_owned(),
        entry.reason.unwrap_or_default(),
        entry.particulars.map(|told| told.to_string()).unwrap_or_default(),
        entry.network,
        entry.agent,
        entry.request_id,
    ]
    .map(harmless)
}

/// What it is called; a run by its task and its number.
fn called(party: &AuditParty) -> String {
    let name = party.name.clone().unwrap_or_default();
    party.attempt.map_or_else(|| name.clone(), |attempt| format!("{name} run {attempt}"))
}

/// The text of a cell, which no spreadsheet takes for a formula.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text }
}

fn record(rows: impl IntoIterator<Item = [String; 17]>) -> Result<Vec<u8>, std::io::Error> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            assert_eq!(harmless(bad.to_owned()), format!("'{bad}"));
        }
        for plain in ["", "a=1", "'=1", "Olga", "1-2"] {
            assert_eq!(harmless(plain.to_owned()), plain);
        }
    }
}
