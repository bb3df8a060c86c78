//! First answers under idempotency keys.

use domain::idempotency::{Answered, IdempotencyRecord, REMEMBERED_MS};
use domain::ids::WorkspaceId;
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::fault::fault;

impl SqlStore {
    /// Removes answers that are remembered no longer, at most `limit`; gives how many went.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn forget_answers(&self, now: Timestamp, limit: u32) -> Result<usize> {
        let statement = Statement::new(
            "DELETE FROM idempotency WHERE (user_id, key) IN (SELECT i.user_id, i.key \
             FROM idempotency i WHERE i.at <= ?1 ORDER BY i.at LIMIT ?2) RETURNING at",
            [forgotten_before(now).0.into(), limit.into()],
        );
        let gone = self.database.query(statement).await.map_err(|error| fault(&error))?;
        Ok(gone.0.len())
    }
}

/// Answers of this moment and before are remembered no longer.
pub(super) fn forgotten_before(now: Timestamp) -> Timestamp {
    now.plus_ms(REMEMBERED_MS.saturating_neg())
}

/// A row of `idempotency`.
pub(super) fn answered(row: &Row) -> Result<Answered, DatabaseInconsistency> {
    Ok(Answered {
        operation: row.string("operation")?,
        request: row.string("request")?,
        answer: row.string("answer")?,
    })
}

/// A row of `idempotency`, and the workspace in which it was done if it is for that one only.
pub(super) fn answered_in(
    row: &Row,
) -> Result<(Answered, Option<WorkspaceId>), DatabaseInconsistency> {
    Ok((answered(row)?, row.optional_parse("workspace_id")?))
}

/// Writes an answer; one under the same key that is remembered no longer makes room first.
pub(super) fn insert(record: &IdempotencyRecord) -> [Statement; 2] {
    let (user, key) = (record.user.to_string(), record.key.as_str());
    let answered = &record.answered;
    [
        Statement::new(
            "DELETE FROM idempotency WHERE user_id = ?1 AND key = ?2 AND at <= ?3",
            [user.as_str().into(), key.into(), forgotten_before(record.at).0.into()],
        ),
        Statement::new(
            "INSERT INTO idempotency (user_id, key, operation, request, answer, at, workspace_id) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            [
                user.as_str().into(),
                key.into(),
                answered.operation.as_str().into(),
                answered.request.as_str().into(),
                answered.answer.as_str().into(),
                record.at.0.into(),
                record.workspace.map(|workspace| workspace.to_string()).into(),
            ],
        ),
    ]
}
