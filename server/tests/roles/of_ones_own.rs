//! What whoever asks has of their own: a sandbox that no run uses, the present session, a key.

use domain::Context;
use domain::api_key::{CreateKey, create};
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

/// The present session, and a new key; nothing for nobody.
pub async fn things(ctx: &Context) -> Names {
    let mut names = key(ctx).await;
    names.extend(session(ctx).await);
    names
}

/// A new key; nothing for nobody.
pub async fn key(ctx: &Context) -> Names {
    let input = CreateKey {
        name: "Of a test".to_owned(),
        scopes: vec!["read".to_owned()],
        expires: "30".to_owned(),
        ..CreateKey::default()
    };
    let made = create(ctx, input).await.ok();
    made.map(|made| ("key", made.id.to_string())).into_iter().collect()
}

/// The session that asks, by its name.
pub async fn session(ctx: &Context) -> Option<(&'static str, String)> {
    let sessions = ctx.store.session_list(&ctx.caller).await.expect("a store that answers");
    let present = sessions.data.unwrap_or_default().into_iter().find(|session| session.is_this);
    present.map(|session| ("session", session.id.to_string()))
}
