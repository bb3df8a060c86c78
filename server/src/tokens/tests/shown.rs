use std::sync::Arc;

use domain::actor::Credential;
use domain::api_key::ApiKeySecret;
use http::{HeaderMap, HeaderValue, header};

use super::super::{Unfit, shown};
use super::*;

fn headers(values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, HeaderValue::from_static("__Host-session=0123456789abcdef"));
    for value in values {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        headers.append(header::AUTHORIZATION, value);
    }
    headers
}

fn read(values: &[&str]) -> Option<Result<Credential, Unfit>> {
    shown(&headers(values), || Some(Arc::new(issuer(&[1]))), NOW)
}

#[test]
fn without_the_header_nothing_is_shown_and_the_cookie_counts() {
    assert_eq!(read(&[]), None);
}

#[test]
fn a_key_and_a_token_prove_what_they_are() {
    let key = ApiKeySecret::generate(&Sevens);
    let of_key = Credential::Key(key.hash());
    assert_eq!(read(&[&format!("Bearer {}", key.expose())]), Some(Ok(of_key.clone())));
    let token = token(&header(), &claims());
    let of_token = read(&[&format!("bearer {token}")]);
    assert!(matches!(of_token, Some(Ok(Credential::KeyToken { .. }))), "{of_token:?}");
    // A key needs nobody who signs.
    let alone = shown(&headers(&[&format!("Bearer {}", key.expose())]), || None, NOW);
    assert_eq!(alone, Some(Ok(of_key)));
    let unsigned = shown(&headers(&[&format!("Bearer {token}")]), || None, NOW);
    assert_eq!(unsigned, Some(Err(Unfit::NoKeys)));
}

#[test]
fn anything_else_in_the_header_proves_nothing_and_hides_the_cookie() {
    let key = ApiKeySecret::generate(&Sevens);
    let key = key.expose();
    let token = token(&header(), &claims());
    let session = "0123456789abcdef".repeat(4);
    use Unfit::{Authorization, Checksum, NotAToken};
    for (value, why) in [
        (String::new(), Authorization),
        ("Bearer".to_owned(), Authorization),
        ("Bearer ".to_owned(), Authorization),
        ("Basic dTpw".to_owned(), Authorization),
        (key.to_owned(), Authorization),
        (token.clone(), Authorization),
        (format!("Bearer {key} "), Authorization),
        (format!("Bearer  {key}"), Authorization),
        (format!("Bearer {token}, Bearer {token}"), Authorization),
        (format!("Bearer {}", "a".repeat(5_000)), Authorization),
        ("Bearer \u{fffd}".to_owned(), Authorization),
        (format!("Bearer {}0", &key[..40]), Checksum),
        (format!("Bearer {}", &key[..40]), Checksum),
        (format!("Bearer {key}{key}"), Checksum),
        ("Bearer mt_".to_owned(), Checksum),
        (format!("Bearer MT_{}", &key[3..]), NotAToken),
        (format!("Bearer {session}"), NotAToken),
        ("Bearer null".to_owned(), NotAToken),
    ] {
        assert_eq!(read(&[&value]), Some(Err(why)), "{value}");
    }
    let good = format!("Bearer {key}");
    for two in [[good.as_str(), good.as_str()], [good.as_str(), ""], ["Basic dTpw", good.as_str()]]
    {
        assert_eq!(read(&two), Some(Err(Authorization)), "{two:?}");
    }
}
