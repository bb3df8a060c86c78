//! The issuer that a deployment is configured to be.

use std::cell::RefCell;
use std::sync::Arc;

use worker::Env;

use super::{Issuer, SigningKeys};
use crate::bindings;
use crate::telemetry::log_error;

/// The secret that holds the signing keys.
const SIGNING_KEYS: &str = "SIGNING_KEYS";

/// Who issues where no `PUBLIC_ORIGIN` says so. The address that a request names doesn't: whoever
/// asks chooses it, and a queue's message has none.
const THIS_MACHINE: &str = "http://localhost";

struct Read {
    origin: String,
    keys: String,
    issuer: Option<Arc<Issuer>>,
}

thread_local! {
    // Reading keys derives their public halves, which takes longer than verifying a token.
    static READ: RefCell<Option<Read>> = const { RefCell::new(None) };
}

/// The issuer of this deployment; none without `SIGNING_KEYS`, or with some that can't be read, which
/// the log says.
#[must_use]
pub fn of_deployment(env: &Env) -> Option<Arc<Issuer>> {
    let keys = bindings::text(env, SIGNING_KEYS)?;
    let origin = bindings::public_origin(env).unwrap_or_else(|| THIS_MACHINE.to_owned());
    READ.with_borrow_mut(|read| match read {
        Some(known) if known.origin == origin && known.keys == keys => known.issuer.clone(),
        _ => {
            let issuer = issuer(&origin, &keys);
            *read = Some(Read { origin, keys, issuer: issuer.clone() });
            issuer
        }
    })
}

fn issuer(origin: &str, keys: &str) -> Option<Arc<Issuer>> {
    match SigningKeys::parse(keys) {
        Ok(keys) => Some(Arc::new(Issuer::new(origin, keys))),
        Err(why) => {
            // Once an isolate: what was read is kept.
            let why = format!("{SIGNING_KEYS} can't be read, so there are no tokens: {why}");
            log_error("signing_keys", None, &why);
            None
        }
    }
}
