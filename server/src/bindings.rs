//! The names of everything `wrangler.toml` binds, and the few variables a request reads.

use worker::Env;

/// The address people know this site by; decides what "same origin" means. Without it the request's
/// own origin does.
pub const PUBLIC_ORIGIN: &str = "PUBLIC_ORIGIN";

/// Opens `/__test/*`. Absent in production, where those addresses don't exist.
pub const TEST_SECRET: &str = "TEST_SECRET";

/// Authenticates the anchors of the log: at least 32 random bytes as text, never changed.
pub const CHAIN_SECRET: &str = "CHAIN_SECRET";

/// A text variable or secret; an empty one counts as absent.
#[must_use]
pub fn text(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}
