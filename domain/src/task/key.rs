//! A task's human-readable key.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{InvalidId, TaskId};
use crate::project::ProjectKey;

/// `MONO-12`: a project's key and the task's number in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TaskKey {
    /// The project's key.
    pub project: ProjectKey,
    /// The number, from 1.
    pub number: i64,
}

impl fmt::Display for TaskKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.project, self.number)
    }
}

impl FromStr for TaskKey {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (project, number) = text.rsplit_once('-').ok_or(InvalidId)?;
        let project = ProjectKey::parse(project).map_err(|_| InvalidId)?;
        let plain = !number.is_empty()
            && number.len() <= 9
            && number.bytes().all(|b| b.is_ascii_digit())
            && !number.starts_with('0');
        if !plain {
            return Err(InvalidId);
        }
        let number = number.parse().map_err(|_| InvalidId)?;
        Ok(Self { project, number })
    }
}

/// How a caller names a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum TaskRef {
    /// By its id.
    Id(TaskId),
    /// By its key, within the caller's workspace.
    Key(TaskKey),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back() {
        assert_eq!("mono-12".parse::<TaskKey>().map(|k| k.to_string()), Ok("MONO-12".to_owned()));
        for bad in ["MONO", "MONO-", "MONO-0", "MONO-01", "-1", "MONO-99999999999", "MONO-1é"] {
            assert!(bad.parse::<TaskKey>().is_err(), "{bad}");
        }
    }
}
