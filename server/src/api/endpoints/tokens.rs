//! Tokens for keys.

use domain::Error;
use domain::api_key;
use domain::scope::Scopes;
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};

use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, BodyKind, Call, Endpoint, FieldProblem, LimitClass,
    Shape, Tag, given,
};
use crate::tokens::LONGEST_OF_KEY_S;

/// Exchanges a key for a token.
pub const CREATE: Endpoint = Endpoint {
    id: "create_token",
    summary: "Exchange a key for a token",
    about: "Give a program a token instead of the key: it lasts 15 minutes at most, may carry less than \
            the key, and holds only while the key does. Only a key itself is exchanged, neither a session \
            nor a token. A repeated request makes another token, also under the same Idempotency-Key: \
            none is kept anywhere.",
    admits: Admission::KeyItself,
    limit: LimitClass::SignIn,
    body: BodyKind::Json(Shape::of::<Wanted>()),
    body_optional: true,
    success: 200,
    answers: Answers::Json(Shape::of::<Token>()),
    ..Endpoint::post("/tokens", Tag::Identity)
};

/// What the token should be.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The scopes that it carries, apart by single spaces; all that the key has when left out.
    #[serde(default, deserialize_with = "given")]
    scope: Option<String>,
    /// How many seconds it lasts, 900 when left out.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(range(min = 1, max = 900)))]
    expires_in: Option<u32>,
}

/// A token, as RFC 6749 writes it.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Token {
    /// What to send as `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// How many seconds it lasts.
    expires_in: u32,
    /// The scopes that it carries, apart by single spaces.
    scope: String,
}

/// Answers [`CREATE`].
///
/// # Errors
/// 401, 403 for what is no key and for a scope that it lacks, 422, 503 where nobody signs.
pub async fn create(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let wanted: Wanted = call.body()?;
    let scopes = wanted.scope.as_deref().map(parse_scope).transpose()?;
    let seconds = wanted.expires_in.unwrap_or(LONGEST_OF_KEY_S);
    if !(1..=LONGEST_OF_KEY_S).contains(&seconds) {
        let entry = FieldProblem {
            min: Some(1),
            max: Some(LONGEST_OF_KEY_S.into()),
            ..FieldProblem::new("expires_in", "out_of_range")
        };
        return Err(ApiError::unprocessable("invalid", vec![entry]));
    }
    let exchanged = api_key::exchange(call.ctx, scopes).await?;
    let issuer = call.services.issuer.as_ref().ok_or(Error::Unavailable)?;
    let (now, random) = (call.ctx.now(), &*call.ctx.random);
    let token = Token {
        access_token: issuer.issue_for_key(
            exchanged.key,
            &exchanged.scopes,
            seconds,
            now,
            random,
        )?,
        token_type: "Bearer",
        expires_in: seconds,
        scope: exchanged.scopes.to_string(),
    };
    let answer = ApiAnswer::json(&token)?;
    Ok(answer.header(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

fn parse_scope(text: &str) -> Result<Scopes, ApiError> {
    Scopes::parse(text).ok_or_else(|| {
        ApiError::unprocessable("invalid", vec![FieldProblem::new("scope", "malformed")])
    })
}
