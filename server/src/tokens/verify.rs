//! Knowing one's own tokens again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use domain::actor::Credential;
use domain::scope::Scopes;

use super::claims::{ALGORITHM, Claims, Header, RUN_SCOPE, TYPE, decode};
use super::issuer::{Issuer, LONGEST_OF_KEY_S, LONGEST_OF_RUN_S};
use super::signing_keys::signed;

/// The longest token that is looked at, in bytes. The longest that is made has some 900.
const LONGEST: usize = 2_048;
/// How far ahead of ours the clock may have been that made a token, in seconds.
const AHEAD_S: i64 = 300;

/// Why a key or a token is refused: for tests and for the log. The caller is told that it is, never why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The request's `Authorization` isn't one bearer.
    Authorization,
    /// A key's text with another checksum than its own.
    Checksum,
    /// This deployment signs no tokens.
    NoKeys,
    /// It has more bytes than any token of ours.
    TooLong,
    /// It isn't three parts in base64url apart by points.
    NotAToken,
    /// Its header isn't exactly the three members that ours have.
    Header,
    /// It claims another type.
    Type,
    /// It claims another algorithm.
    Algorithm,
    /// No key of ours has this name.
    UnknownKey,
    /// The key of this name hasn't signed it.
    Signature,
    /// Its claims aren't exactly those that ours have.
    Claims,
    /// It was issued by or for somebody else.
    Elsewhere,
    /// It has run out, doesn't hold yet, or claims to hold for longer than any.
    Time,
    /// What it is about is no key with scopes and no run with a lease.
    Subject,
}

impl Issuer {
    /// What a token proves at this moment; whether its key or its lease still holds is the store's to
    /// say.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Credential, Unfit> {
        if token.len() > LONGEST {
            return Err(Unfit::TooLong);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Unfit::NotAToken);
        };
        self.check_signature(header, claims, signature)?;
        let claims: Claims = decode(claims).ok_or(Unfit::Claims)?;
        if claims.iss != self.name() || claims.aud != self.audience() {
            return Err(Unfit::Elsewhere);
        }
        if claims.jti.is_empty() {
            return Err(Unfit::Claims);
        }
        let (credential, longest) = subject(&claims).ok_or(Unfit::Subject)?;
        check_time(&claims, longest, now)?;
        Ok(credential)
    }

    /// Checks the header and, by the key that it names, the signature. The algorithm is never taken
    /// from the token: it must name the only one.
    fn check_signature(&self, header: &str, claims: &str, signature: &str) -> Result<(), Unfit> {
        let read: Header = decode(header).ok_or(Unfit::Header)?;
        if read.alg != ALGORITHM {
            return Err(Unfit::Algorithm);
        }
        if read.typ != TYPE {
            return Err(Unfit::Type);
        }
        let key = self.keys.verifier(&read.kid).ok_or(Unfit::UnknownKey)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Unfit::Signature)?;
        let message = format!("{header}.{claims}");
        if signed(&key, message.as_bytes(), &signature) { Ok(()) } else { Err(Unfit::Signature) }
    }
}

/// Whose the token is and how long such a one may last; none when the parts don't go together.
fn subject(claims: &Claims) -> Option<(Credential, u32)> {
    match (&claims.lease, claims.scope.as_str()) {
        (Some(lease), RUN_SCOPE) => {
            let fits = lease.len() == 64
                && lease.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            let run = claims.sub.parse().ok().filter(|_| fits)?;
            Some((Credential::RunToken { run, lease: lease.clone() }, LONGEST_OF_RUN_S))
        }
        (None, scope) => {
            let (key, scopes) = (claims.sub.parse().ok()?, Scopes::parse(scope)?);
            Some((Credential::KeyToken { key, scopes }, LONGEST_OF_KEY_S))
        }
        (Some(_), _) => None,
    }
}

/// Checks that it holds now, without any leeway, and no longer than its kind may.
fn check_time(claims: &Claims, longest: u32, now: Timestamp) -> Result<(), Unfit> {
    let seconds = now.0.div_euclid(1_000);
    let lasts = claims.exp.checked_sub(claims.iat).ok_or(Unfit::Time)?;
    let holds = seconds < claims.exp
        && claims.iat <= seconds.saturating_add(AHEAD_S)
        && (1..=i64::from(longest)).contains(&lasts)
        && claims.nbf.is_none_or(|from| from <= seconds);
    if holds { Ok(()) } else { Err(Unfit::Time) }
}
