//! The names of everything `wrangler.toml` binds, and the few variables a request reads.

use worker::Env;

use crate::rules::own_origin::as_browsers_write_it;

/// The address people know this site by; decides what "same origin" means. Without it the request's
/// own origin does.
pub const PUBLIC_ORIGIN: &str = "PUBLIC_ORIGIN";

/// Opens `/__test/*`. Absent in production, where those addresses don't exist.
pub const TEST_SECRET: &str = "TEST_SECRET";

/// Authenticates the anchors of the log: at least 32 random bytes as text, never changed.
pub const CHAIN_SECRET: &str = "CHAIN_SECRET";

/// The origin that [`PUBLIC_ORIGIN`] names, as browsers write it.
#[must_use]
pub fn public_origin(env: &Env) -> Option<String> {
    text(env, PUBLIC_ORIGIN).map(|origin| as_browsers_write_it(&origin))
}

/// A text variable or secret; an empty one counts as absent.
#[must_use]
pub fn text(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}
