//! A project's settings.

use domain::Result;
use domain::context::Caller;
use domain::project::ProjectKey;
use domain::views::{PageRead, ProjectSettings};

use crate::store::pages::{frame, nobody, page, task_detail};
use crate::store::reading::Reading;
use crate::store::{SqlStore, accounts, projects};

impl SqlStore {
    pub(super) async fn project_settings_page(
        &self,
        caller: &Caller,
        key: &ProjectKey,
    ) -> Result<PageRead<ProjectSettings>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        frame::push(&mut reading);
        projects::push_project(&mut reading, key);
        task_detail::push_people(&mut reading);
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let project = answer.one("projects", projects::project)?;
        let people = answer.all("members", accounts::person)?;
        let data = project.map(|project| ProjectSettings { project, people });
        Ok(page(answer, frame, data))
    }
}
