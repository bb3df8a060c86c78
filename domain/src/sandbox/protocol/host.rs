//! The runner itself.

use serde::{Deserialize, Serialize};

/// How sandboxes are kept apart from their host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// Each in its own bubblewrap jail.
    Bubblewrap,
    /// Not at all: the runner was started with its explicit unsafe flag. The UI must show it.
    Unsafe,
}

/// `GET /healthz`: whether the runner is up. The one call without the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Always true in an answer.
    pub ok: bool,
    /// How sandboxes are isolated.
    pub isolation: Isolation,
    /// The runner's version.
    pub version: String,
}

/// `GET /v1/info`: what this runner can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// The runner's version.
    pub version: String,
    /// How sandboxes are isolated.
    pub isolation: Isolation,
    /// Control group controllers that bind sandboxes (`pids`, `memory`, `cpuacct`, `cpu`). What
    /// is missing is enforced by sampling and per-process limits, which is weaker.
    pub cgroups: Vec<String>,
    /// Whether each sandbox has an unprivileged user id of its own.
    pub own_uid: bool,
    /// Most sandboxes with a living jail at once.
    pub max_sandboxes: u32,
    /// When this runner started.
    pub started_at_ms: u64,
}
