//! *My work*: what needs this person, what runs, what was done lately.

use domain::Result;
use domain::actor::Permission;
use domain::context::Caller;
use domain::ids::UserId;
use domain::run::Producers;
use domain::views::{MyWork, PageRead, TaskSummary};

use crate::database::{DatabaseInconsistency, Row};
use crate::store::SqlStore;
use crate::store::pages::{frame, glance, nobody, page};
use crate::store::reading::{Answer, Reading};
use crate::store::validations::DECIDERS;

/// How far back "lately" reaches, in milliseconds: 7 days.
const LATELY_MS: i64 = 7 * 24 * 3_600_000;

impl SqlStore {
    pub(super) async fn my_work_page(&self, caller: &Caller) -> Result<PageRead<MyWork>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let now = reading.now();
        frame::push(&mut reading);
        push_deciders(&mut reading);
        push_waiting(&mut reading);
        push_sent_back(&mut reading);
        push_stages(&mut reading, "'running', 'validating'", "t.since, t.id LIMIT 50");
        let mine = reading.mine("t");
        reading.push(
            format!(
                "SELECT {}, {} FROM tasks t {} WHERE {mine} \
                 AND t.stage = 'done' AND t.since >= ?3 ORDER BY t.since DESC, t.id DESC LIMIT 10",
                glance::TASK,
                glance::RUN,
                glance::ITS_RUN
            ),
            [now.plus_ms(-LATELY_MS).0.into()],
        );
        reading.push(format!("SELECT EXISTS (SELECT 1 FROM tasks t WHERE {mine}) AS n"), []);
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let deciders = take_deciders(&mut answer)?;
        let waiting = answer.all("tasks", |row| waiting(row, now))?;
        let sent_back = answer.all("tasks", |row| glance::task(row, now))?;
        let running = answer.all("tasks", |row| glance::task(row, now))?;
        let done_lately = answer.all("tasks", |row| glance::task(row, now))?;
        let has_tasks = answer.count("tasks")? == 1;
        let mut needs_me = mine_to_decide(&answer, waiting, &deciders);
        needs_me.extend(sent_back);
        let data = MyWork { needs_me, running, done_lately, has_tasks };
        Ok(page(answer, frame, Some(data)))
    }
}

fn mine_to_decide(
    answer: &Answer,
    waiting: Vec<(TaskSummary, Option<Producers>)>,
    deciders: &[UserId],
) -> Vec<TaskSummary> {
    let Ok(member) = answer.principal.require(Permission::Decide) else {
        return vec![];
    };
    let is_mine = |producers: &Option<Producers>| {
        producers.as_ref().is_some_and(|p| !p.must_leave_it_to_others(member.user, deciders))
    };
    waiting.into_iter().filter(|(_, producers)| is_mine(producers)).map(|(task, _)| task).collect()
}

/// Adds the read of everybody in the workspace who may decide.
pub(super) fn push_deciders(reading: &mut Reading) {
    let workspace = reading.workspace();
    reading.push(
        format!(
            "SELECT m.user_id FROM members m WHERE m.workspace_id = {workspace} \
             AND m.role IN {DECIDERS} ORDER BY m.user_id"
        ),
        [],
    );
}

/// Reads the rows of [`push_deciders`].
pub(super) fn take_deciders(answer: &mut Answer) -> Result<Vec<UserId>> {
    answer.all("members", |row| row.parse("user_id"))
}

/// Adds the read of the tasks in review, longest waiting first, with their producers.
pub(super) fn push_waiting(reading: &mut Reading) {
    let mine = reading.mine("t");
    reading.push(
        format!(
            "SELECT {}, {}, r.producers FROM tasks t {} WHERE {mine} \
             AND t.stage = 'review' ORDER BY t.since, t.id LIMIT 50",
            glance::TASK,
            glance::RUN,
            glance::ITS_RUN
        ),
        [],
    );
}

/// A row of [`push_waiting`].
pub(super) fn waiting(
    row: &Row,
    now: domain::Timestamp,
) -> Result<(TaskSummary, Option<Producers>), DatabaseInconsistency> {
    Ok((glance::task(row, now)?, row.optional_json("producers")?))
}

/// Tasks sent back or failed that the caller wrote or started.
fn push_sent_back(reading: &mut Reading) {
    let (mine, user) = (reading.mine("t"), reading.user());
    reading.push(
        format!(
            "SELECT {}, {} FROM tasks t {} WHERE {mine} \
             AND t.stage IN ('changes_requested', 'failed') \
             AND (json_extract(t.created_by, '$.user') = {user} OR r.started_by = {user}) \
             ORDER BY t.since DESC, t.id LIMIT 50",
            glance::TASK,
            glance::RUN,
            glance::ITS_RUN
        ),
        [],
    );
}

fn push_stages(reading: &mut Reading, stages: &str, order: &str) {
    let mine = reading.mine("t");
    reading.push(
        format!(
            "SELECT {}, {} FROM tasks t {} WHERE {mine} \
             AND t.stage IN ({stages}) ORDER BY {order}",
            glance::TASK,
            glance::RUN,
            glance::ITS_RUN
        ),
        [],
    );
}
