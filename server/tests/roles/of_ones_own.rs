//! A sandbox that no run uses.

use domain::Context;
use domain::project::ProjectKey;
use domain::sandbox::{self, Execute, ProvisionSandbox};

use super::names::Names;

/// One of this project's, with a command in hand or without, added to the names.
pub async fn sandbox(ctx: &Context, key: &str, mut names: Names, is_busy: bool) -> Names {
    let project = ProjectKey::parse(key).expect("a key");
    let input = ProvisionSandbox { project, note: String::new(), ttl_ms: None };
    let id = sandbox::provision(ctx, input).await.expect("a sandbox");
    names.insert("sandbox", id.to_string());
    if is_busy {
        let command = "echo a secret".to_owned();
        let input = Execute { sandbox: id, command, timeout_ms: None };
        let execution = sandbox::execute(ctx, input).await.expect("a command");
        names.insert("execution", execution.to_string());
    }
    names
}
