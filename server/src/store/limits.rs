//! The policies of the limiter: what the installation and a workspace set instead of the standard.

use domain::Result;

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::limits::{Class, Policies, Policy};
use crate::store::SqlStore;
use crate::store::fault::{fault, inconsistency};

impl SqlStore {
    /// The policies that count in a workspace; without one, those of everybody. A row that names no
    /// class or no possible numbers is reported and left out: the standard counts.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn rate_limit_policies(&self, workspace: Option<&str>) -> Result<Policies> {
        // Everybody's come first, so that the workspace's own replace them.
        let statement = Statement::new(
            "SELECT p.class, p.requests, p.window_s FROM rate_limit_policies p \
             WHERE p.workspace_id IN ('', ?1) ORDER BY p.workspace_id",
            [workspace.unwrap_or_default().into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        let mut policies = Policies::default();
        for row in &rows.0 {
            match policy(row) {
                Ok((class, policy)) => policies = policies.with(class, policy),
                Err(wrong) => {
                    inconsistency("rate_limit_policies", &wrong);
                }
            }
        }
        Ok(policies)
    }

    /// Sets a policy, for everybody or for one workspace.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn set_rate_limit_policy(
        &self,
        workspace: Option<&str>,
        class: Class,
        policy: Policy,
    ) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO rate_limit_policies (workspace_id, class, requests, window_s) \
             VALUES (?1, ?2, ?3, ?4) ON CONFLICT (workspace_id, class) DO UPDATE SET \
             requests = excluded.requests, window_s = excluded.window_s",
            [
                workspace.unwrap_or_default().into(),
                class.as_str().into(),
                policy.requests.into(),
                policy.window_s.into(),
            ],
        );
        self.database.execute(statement).await.map_err(|error| fault(&error))
    }
}

fn policy(row: &Row) -> core::result::Result<(Class, Policy), DatabaseInconsistency> {
    let class = row.word("class", Class::parse)?;
    let (requests, window_s) = (row.number("requests")?, row.number("window_s")?);
    // The table's own checks hold these numbers within what a policy may be.
    Ok((class, Policy { requests, window_s }))
}
