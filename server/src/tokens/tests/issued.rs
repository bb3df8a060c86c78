use domain::actor::Credential;
use domain::run::LeaseToken;
use domain::scope::Scopes;
use sha2::{Digest, Sha256};

use super::super::{Issuer, LONGEST_OF_KEY_S, LONGEST_OF_RUN_S, SigningKeys, Unfit};
use super::*;

fn lease() -> LeaseToken {
    LeaseToken("00112233445566778899aabbccddeeff".to_owned())
}

fn for_key(issuer: &Issuer, seconds: u32) -> String {
    issuer.issue_for_key(key(), &read_and_write(), seconds, NOW, &Sevens).unwrap()
}

#[test]
fn a_keys_token_proves_the_key_and_the_scopes_it_was_narrowed_to() {
    let issuer = issuer(&[1]);
    let proven = Credential::KeyToken { key: key(), scopes: read_and_write() };
    assert_eq!(issuer.verify(&for_key(&issuer, 900), NOW), Ok(proven.clone()));
    // The crafted ones of the other tests are as good, but for what each is about.
    assert_eq!(issuer.verify(&token(&header(), &claims()), NOW), Ok(proven));
}

#[test]
fn a_runs_token_proves_the_run_and_its_lease_but_doesnt_hold_the_leases_token() {
    let issuer = issuer(&[1]);
    let token = issuer.issue_for_run(run(), &lease(), 60, NOW, &Sevens).unwrap();
    let hash = hex::encode(Sha256::digest(lease().0.as_bytes()));
    let proven = Credential::RunToken { run: run(), lease: hash };
    assert_eq!(issuer.verify(&token, NOW), Ok(proven));
    let read: String = token
        .split('.')
        .map(|part| String::from_utf8_lossy(&URL_SAFE_NO_PAD.decode(part).unwrap()).into_owned())
        .collect();
    assert!(!read.contains(&lease().0));
}

#[test]
fn a_token_ends_on_its_second_and_never_lasts_longer_than_its_kind_may() {
    let issuer = issuer(&[1]);
    let at = |seconds: i64| Timestamp((SECOND + seconds) * 1_000);
    let last_moment = |seconds| Timestamp(at(seconds).0 - 1);
    let of_run = |seconds| issuer.issue_for_run(run(), &lease(), seconds, NOW, &Sevens).unwrap();
    let longest = i64::from(LONGEST_OF_RUN_S);
    for (token, lasts) in [
        (for_key(&issuer, 1), 1),
        (for_key(&issuer, LONGEST_OF_KEY_S), 900),
        (for_key(&issuer, u32::MAX), 900),
        (of_run(60), 60),
        (of_run(u32::MAX), longest),
    ] {
        assert!(issuer.verify(&token, last_moment(lasts)).is_ok(), "{lasts}");
        assert_eq!(issuer.verify(&token, at(lasts)), Err(Unfit::Time), "{lasts}");
        assert_eq!(issuer.verify(&token, Timestamp(i64::MAX)), Err(Unfit::Time));
        // Made by a clock that is ahead of ours: five minutes are forgiven.
        assert!(issuer.verify(&token, at(-300)).is_ok());
        assert_eq!(issuer.verify(&token, last_moment(-300)), Err(Unfit::Time));
        assert_eq!(issuer.verify(&token, Timestamp(i64::MIN)), Err(Unfit::Time));
    }
}

#[test]
fn keys_change_without_a_token_being_refused() {
    let (before, both, turned, after) =
        (issuer(&[1]), issuer(&[1, 2]), issuer(&[2, 1]), issuer(&[2]));
    let (old, new) = (for_key(&before, 900), for_key(&turned, 900));
    assert_eq!(for_key(&both, 900), old, "the one behind it only verifies");
    for (issuer, takes_old, takes_new) in
        [(&before, true, false), (&both, true, true), (&turned, true, true), (&after, false, true)]
    {
        assert_eq!(issuer.verify(&old, NOW).is_ok(), takes_old);
        assert_eq!(issuer.verify(&new, NOW).is_ok(), takes_new);
    }
    assert_eq!(after.verify(&old, NOW), Err(Unfit::UnknownKey));
}

#[test]
fn another_installation_takes_it_neither_with_the_same_keys_nor_with_the_same_names() {
    let token = for_key(&issuer(&[1]), 900);
    let keys = |seed: u8| SigningKeys::parse(&format!("k1:{}", b64([seed; 32]))).unwrap();
    let elsewhere = Issuer::new("https://other.example", keys(1));
    assert_eq!(elsewhere.verify(&token, NOW), Err(Unfit::Elsewhere));
    let namesake = Issuer::new(ORIGIN, keys(9));
    assert_eq!(namesake.verify(&token, NOW), Err(Unfit::Signature));
}

#[test]
fn the_longest_token_there_can_be_is_taken() {
    let keys = SigningKeys::parse(&format!("{}:{}", "k".repeat(32), b64([1; 32]))).unwrap();
    let issuer = Issuer::new(format!("https://{}.example", "m".repeat(240)), keys);
    let token = issuer.issue_for_key(key(), &Scopes::all(), 900, NOW, &Sevens).unwrap();
    assert!(token.len() < 1_600, "{}", token.len());
    assert!(issuer.verify(&token, NOW).is_ok());
}
