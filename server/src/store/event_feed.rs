//! The log in pages, for programs that follow it.

use async_trait::async_trait;
use domain::Result;
use domain::context::Caller;
use domain::feed::{EventFeed, EventPage, LONGEST_STRETCH, MOST_BYTES};
use domain::ports::Read;

use crate::database::MAX_INTEGER;
use crate::store::SqlStore;
use crate::store::events::event;
use crate::store::reading::{Reading, nobody};

#[async_trait]
impl EventFeed for SqlStore {
    async fn events_page(
        &self,
        caller: &Caller,
        after: i64,
        limit: u32,
    ) -> Result<Read<EventPage>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let (workspace, project) = (reading.workspace(), reading.project());
        // Without a project the log is dense: no more than the page needs to be looked at.
        let furthest = after.saturating_add(LONGEST_STRETCH).min(MAX_INTEGER);
        let until = format!("CASE WHEN {project} IS NULL THEN ?3 + ?5 ELSE ?4 END");
        let of_project = format!(
            "({project} IS NULL OR e.stream = {project} \
             OR EXISTS (SELECT 1 FROM tasks t WHERE t.id = e.stream AND t.project_id = {project}) \
             OR EXISTS (SELECT 1 FROM runs r WHERE r.id = e.stream AND r.project_id = {project}) \
             OR EXISTS (SELECT 1 FROM sandboxes b WHERE b.id = e.stream \
             AND b.project_id = {project}))"
        );
        reading.push(
            format!(
                "SELECT w.* FROM (SELECT e.*, SUM(length(e.body)) OVER (ORDER BY e.seq) AS bytes, \
                 ROW_NUMBER() OVER (ORDER BY e.seq) AS place, COUNT(*) OVER () AS found \
                 FROM events e WHERE e.workspace_id = {workspace} AND e.seq > ?3 \
                 AND e.seq <= {until} AND {of_project}) w \
                 WHERE w.place <= ?5 AND (w.place = 1 OR w.bytes <= ?6) ORDER BY w.seq"
            ),
            [after.into(), furthest.into(), limit.into(), MOST_BYTES.into()],
        );
        reading.push(
            format!(
                "SELECT MIN({until}, COALESCE(MAX(e.seq), 0)) AS n FROM events e \
                 WHERE e.workspace_id = {workspace} AND ?4 IS NOT NULL"
            ),
            [after.into(), furthest.into(), limit.into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let rows = answer
            .all("events", |row| Ok((row.integer("found")?, (row.integer("seq")?, event(row)?))))?;
        let looked_through = answer.count("events")?;
        let is_cut =
            rows.first().is_some_and(|(found, _)| usize::try_from(*found) != Ok(rows.len()));
        let events: Vec<_> = rows.into_iter().map(|(_, event)| event).collect();
        let last = events.last().map(|(seq, _)| *seq);
        let through = if is_cut { last.unwrap_or(after) } else { looked_through.max(after) };
        Ok(answer.with(EventPage { events, through }))
    }
}
