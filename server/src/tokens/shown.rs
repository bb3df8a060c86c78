//! What a request to the API shows of itself.

use std::sync::Arc;

use domain::Timestamp;
use domain::actor::Credential;
use domain::api_key::ApiKeySecret;
use http::{HeaderMap, header};

use super::{Issuer, Unfit};
use crate::rules::bearer::bearer;

/// How every key begins, and no token: a token's first part is JSON in base64url.
const OF_KEYS: &str = "mt_";

/// What the `Authorization` header proves, if there is one: then it alone counts, and no cookie
/// beside it. A key whose checksum is right and a token of ours still have to hold; that is the
/// store's to say.
pub fn shown(
    headers: &HeaderMap,
    issuer: impl FnOnce() -> Option<Arc<Issuer>>,
    now: Timestamp,
) -> Option<Result<Credential, Unfit>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?;
    // Of two, whoever stands between us and the caller may have read the other one.
    let credential = value.to_str().ok().and_then(bearer).filter(|_| values.next().is_none());
    Some(match credential {
        None => Err(Unfit::Authorization),
        Some(key) if key.starts_with(OF_KEYS) => {
            ApiKeySecret::parse(key).map(|key| Credential::Key(key.hash())).ok_or(Unfit::Checksum)
        }
        Some(token) => match issuer() {
            Some(issuer) => issuer.verify(token, now),
            None => Err(Unfit::NoKeys),
        },
    })
}
