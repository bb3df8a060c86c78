//! Projects, by key.

use domain::Result;
use domain::context::Caller;
use domain::ports::Read;
use domain::project::{Project, ProjectKey};

use crate::store::reading::{Reading, nobody};
use crate::store::{SqlStore, projects};

impl SqlStore {
    pub(super) async fn list_projects(
        &self,
        caller: &Caller,
        after: Option<&ProjectKey>,
        limit: u32,
    ) -> Result<Read<Vec<Project>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let mine = reading.my_projects("p");
        reading.push(
            format!(
                "SELECT p.* FROM projects p WHERE {mine} AND p.key > ?3 ORDER BY p.key LIMIT ?4"
            ),
            // Every key is more than nothing.
            [after.map_or("", ProjectKey::as_str).into(), limit.into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let projects = answer.all("projects", projects::project)?;
        Ok(answer.with(projects))
    }
}
