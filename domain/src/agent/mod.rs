//! Agents: profiles that can run tasks.

use serde::{Deserialize, Serialize};

use crate::event::{Event, EventBody};
use crate::ids::{AgentId, WorkspaceId};

/// How an agent works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentKind {
    /// Runs the task's own steps.
    Script,
}

/// A profile that can run tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: String,
    /// How it works.
    pub kind: AgentKind,
}

impl Agent {
    /// The profiles that a workspace's stream adds, in their order.
    pub fn replay(events: &[Event]) -> Vec<Self> {
        let added = |event: &Event| match &event.body {
            EventBody::AgentAdded { agent } => Some(agent.clone()),
            _ => None,
        };
        events.iter().filter_map(added).collect()
    }
}
