//! The newest lines of the log that a page shows, so that it says something before and without
//! script. They lie in the log store, not in the database: a page that needs them names its run, and
//! the Worker fetches them before it renders.

use async_trait::async_trait;
use domain::Result;
use domain::sandbox::LogOf;
use domain::views::WhoseSandbox;

use super::{Loaded, PageData};
use crate::live::protocol::LogLine;

/// Most lines that are served with a page.
pub const MAX_SERVED_LINES: usize = 200;

/// What runs and commands wrote.
#[async_trait]
pub trait LogLines: Send + Sync {
    /// The newest lines of a log, at most `max`, in order and without a gap.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn newest(&self, log: LogOf, max: usize) -> Result<Vec<LogLine>>;
}

/// The newest lines of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTail {
    /// The lines.
    pub lines: Vec<LogLine>,
}

/// Fetches the newest lines of the log that a page shows, if it shows one. Without them the page
/// says so: a store that doesn't answer is no reason to show nothing.
pub async fn attach_log(page: &mut Loaded, logs: &dyn LogLines) {
    let log = match &page.data {
        PageData::Run(detail) => LogOf::Run(detail.run.id),
        PageData::Sandbox(summary) => match &summary.whose {
            WhoseSandbox::Run { run, .. } => LogOf::Run(run.id),
            WhoseSandbox::Person { .. } => LogOf::Sandbox(summary.sandbox.id()),
        },
        _ => return,
    };
    page.log = logs.newest(log, MAX_SERVED_LINES).await.ok().map(|lines| LogTail { lines });
}
