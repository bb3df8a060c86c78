//! Making tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use domain::ids::{ApiKeyId, RunId};
use domain::ports::Random;
use domain::run::LeaseToken;
use domain::scope::Scopes;
use sha2::{Digest, Sha256};

use super::claims::{ALGORITHM, Claims, Header, RUN_SCOPE, TYPE, encode};
use super::signing_keys::SigningKeys;

/// How long a token that a key was exchanged for lasts at most, in seconds.
pub const LONGEST_OF_KEY_S: u32 = 900;
/// How long a run's token lasts at most, in seconds: a job's longest day, and an hour to begin and end
/// it. Its lease ends it sooner.
pub const LONGEST_OF_RUN_S: u32 = 25 * 3_600;

/// Who makes tokens and knows its own again: an origin and its signing keys.
#[derive(Debug)]
pub struct Issuer {
    pub(super) keys: SigningKeys,
    origin: String,
}

impl Issuer {
    /// The issuer of this origin, as browsers write it.
    #[must_use]
    pub fn new(origin: impl Into<String>, keys: SigningKeys) -> Self {
        Self { keys, origin: origin.into() }
    }

    /// A token that carries some of a key's scopes, for so many seconds, at most
    /// [`LONGEST_OF_KEY_S`]. It holds only while the key does.
    ///
    /// # Errors
    /// `Internal` when it can't be written.
    pub fn issue_for_key(
        &self,
        key: ApiKeyId,
        scopes: &Scopes,
        seconds: u32,
        now: Timestamp,
        random: &dyn Random,
    ) -> domain::Result<String> {
        let seconds = seconds.min(LONGEST_OF_KEY_S);
        self.sign(&self.claims(key.to_string(), scopes.to_string(), None, seconds, now, random))
    }

    /// A token for a run to report about itself with, for as many seconds as its job may take, at most
    /// [`LONGEST_OF_RUN_S`]. It holds only while the run holds this very lease.
    ///
    /// # Errors
    /// `Internal` when it can't be written.
    pub fn issue_for_run(
        &self,
        run: RunId,
        lease: &LeaseToken,
        seconds: u32,
        now: Timestamp,
        random: &dyn Random,
    ) -> domain::Result<String> {
        let seconds = seconds.min(LONGEST_OF_RUN_S);
        // The lease's token stays out of it: whoever reads this one must not be able to write with it.
        let lease = hex::encode(Sha256::digest(lease.0.as_bytes()));
        let scope = RUN_SCOPE.to_owned();
        self.sign(&self.claims(run.to_string(), scope, Some(lease), seconds, now, random))
    }

    /// The public keys, for `/.well-known/jwks.json`.
    #[must_use]
    pub fn jwks(&self) -> String {
        self.keys.jwks().to_string()
    }

    /// Who must have issued a token.
    pub(super) fn name(&self) -> &str {
        &self.origin
    }

    /// Whom a token must be for.
    pub(super) fn audience(&self) -> String {
        format!("{}/api/v1", self.origin)
    }

    fn claims(
        &self,
        sub: String,
        scope: String,
        lease: Option<String>,
        seconds: u32,
        now: Timestamp,
        random: &dyn Random,
    ) -> Claims {
        let mut jti = [0_u8; 16];
        random.fill(&mut jti);
        let iat = now.0.div_euclid(1_000);
        Claims {
            iss: self.name().to_owned(),
            aud: self.audience(),
            sub,
            scope,
            iat,
            exp: iat.saturating_add(i64::from(seconds)),
            nbf: None,
            jti: hex::encode(jti),
            lease,
        }
    }

    fn sign(&self, claims: &Claims) -> domain::Result<String> {
        let header = Header {
            typ: TYPE.to_owned(),
            alg: ALGORITHM.to_owned(),
            kid: self.keys.signing().to_owned(),
        };
        let token = || {
            let signed = format!("{}.{}", encode(&header)?, encode(claims)?);
            let signature = URL_SAFE_NO_PAD.encode(self.keys.sign(signed.as_bytes())?);
            Some(format!("{signed}.{signature}"))
        };
        token().ok_or(domain::Error::Internal)
    }
}
