use hmac::{Hmac, Mac};
use proptest::prelude::*;
use sha2::Sha256;

use super::super::Unfit;
use super::*;

/// A token, what it is about, and why it must be refused.
type Case = (String, &'static str, Unfit);

fn refuse_all(cases: impl IntoIterator<Item = Case>) {
    let issuer = issuer(&[1, 2]);
    let good = token(&header(), &claims());
    assert!(issuer.verify(&good, NOW).is_ok(), "what the cases are made of");
    for (token, about, why) in cases {
        let shown: String = token.chars().take(400).collect();
        assert_eq!(issuer.verify(&token, NOW), Err(why), "{about}: {shown}");
    }
}

fn with_header(members: Value) -> String {
    token(&with(header(), &members), &claims())
}

fn with_claims(members: Value) -> String {
    token(&header(), &with(claims(), &members))
}

/// A token without a signature, or with one that a shared secret made.
fn unsigned(alg: &str) -> [String; 3] {
    let header = with(header(), &json!({ "alg": alg })).to_string();
    let message = format!("{}.{}", b64(header), b64(claims().to_string()));
    let mut mac = Hmac::<Sha256>::new_from_slice(seed(1).verifying_key().as_bytes()).unwrap();
    mac.update(message.as_bytes());
    let mac = b64(mac.finalize().into_bytes());
    [format!("{message}."), format!("{message}.{mac}"), format!("{message}.{}", b64([0; 64]))]
}

#[test]
fn another_algorithm_is_refused_whoever_signed() {
    let algorithms = [
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        "HS256",
        "HS512",
        "RS256",
        "PS256",
        "ES256",
        "ES256K",
        "Ed448",
        "Ed25519",
        "eddsa",
        "EDDSA",
        "EdDSA ",
        "EdDSA\u{0}",
    ];
    for alg in algorithms {
        let cases = unsigned(alg).into_iter().chain([with_header(json!({ "alg": alg }))]);
        refuse_all(cases.map(|token| (token, "alg", Unfit::Algorithm)));
    }
    refuse_all(unsigned("EdDSA").map(|token| (token, "no signature of ours", Unfit::Signature)));
    for alg in [json!(null), json!(["EdDSA"]), json!({ "EdDSA": 1 }), json!(8), json!(true)] {
        let mut odd = header();
        odd["alg"] = alg;
        refuse_all([(token(&odd, &claims()), "alg of another kind", Unfit::Header)]);
    }
}

#[test]
fn a_key_is_found_by_its_name_alone() {
    let names = [
        "",
        " ",
        "k3",
        "K1",
        "k1 ",
        "k1\u{0}",
        "../../dev/null",
        "k1/../k1",
        "/etc/passwd",
        "k1' OR '1'='1",
        "' UNION SELECT 'k1",
        "k1;",
        "https://elsewhere.example/k1",
        "file:///dev/null",
        "0",
        "\u{212a}1",
    ];
    refuse_all(names.map(|kid| (with_header(json!({ "kid": kid })), "kid", Unfit::UnknownKey)));
    let odd = [json!(["k1"]), json!({ "kid": "k1" }), json!(1), json!(true)];
    refuse_all(odd.map(|kid| (with_header(json!({ "kid": kid })), "kid", Unfit::Header)));
    refuse_all([
        (with_header(json!({ "kid": null })), "no kid", Unfit::Header),
        (with_header(json!({ "kid": "k2" })), "signed by another of ours", Unfit::Signature),
        (with_header(json!({ "kid": "k".repeat(1_000) })), "a long kid", Unfit::UnknownKey),
    ]);
}

#[test]
fn a_header_brings_no_key_and_no_demand_of_its_own() {
    let own =
        json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(seed(9).verifying_key().as_bytes()) });
    let members = [
        json!({ "jku": "https://elsewhere.example/jwks.json" }),
        json!({ "jwk": own }),
        json!({ "x5u": "https://elsewhere.example/cert.pem" }),
        json!({ "x5c": ["MIIB"] }),
        json!({ "x5t": "a" }),
        json!({ "crit": [] }),
        json!({ "crit": ["exp"], "exp": SECOND + 900 }),
        json!({ "b64": false, "crit": ["b64"] }),
        json!({ "zip": "DEF" }),
        json!({ "enc": "A256GCM" }),
        json!({ "cty": "JWT" }),
        json!({ "": "" }),
    ];
    refuse_all(members.map(|more| (with_header(more), "more in the header", Unfit::Header)));
    // The same, signed by the key that it brings.
    let header = with(header(), &json!({ "jwk": own, "kid": null })).to_string();
    let message = format!("{}.{}", b64(header), b64(claims().to_string()));
    let signature = b64(seed(9).sign(message.as_bytes()).to_bytes());
    refuse_all([(format!("{message}.{signature}"), "its own key", Unfit::Header)]);
}

#[test]
fn another_type_of_signed_text_is_no_token() {
    for typ in
        ["JWT", "jwt", "at+JWT", "AT+JWT", "application/at+jwt", "secevent+jwt", "", "at+jwt "]
    {
        refuse_all([(with_header(json!({ "typ": typ })), "typ", Unfit::Type)]);
    }
    refuse_all([(with_header(json!({ "typ": null })), "no typ", Unfit::Header)]);
}

#[test]
fn it_must_be_from_here_and_for_here() {
    let here = format!("{ORIGIN}/api/v1");
    let elsewhere = [
        json!({ "iss": "https://elsewhere.example" }),
        json!({ "iss": "" }),
        json!({ "iss": format!("{ORIGIN}/") }),
        json!({ "iss": ORIGIN.to_uppercase() }),
        json!({ "iss": format!("{ORIGIN}.elsewhere.example") }),
        json!({ "aud": "https://elsewhere.example/api/v1" }),
        json!({ "aud": ORIGIN }),
        json!({ "aud": format!("{here}/") }),
        json!({ "aud": format!("{ORIGIN}/api/v2") }),
        json!({ "aud": "" }),
    ];
    refuse_all(elsewhere.map(|odd| (with_claims(odd), "iss or aud", Unfit::Elsewhere)));
    let odd = [
        json!({ "aud": [here] }),
        json!({ "aud": [here, "https://elsewhere.example"] }),
        json!({ "iss": [ORIGIN] }),
        json!({ "iss": null }),
        json!({ "aud": null }),
    ];
    refuse_all(odd.map(|odd| (with_claims(odd), "iss or aud", Unfit::Claims)));
}

#[test]
fn it_must_hold_now() {
    let times = [
        json!({ "exp": SECOND }),
        json!({ "exp": SECOND - 1, "iat": SECOND - 901 }),
        json!({ "exp": SECOND + 901 }),
        json!({ "exp": SECOND + 901, "iat": SECOND }),
        json!({ "exp": i64::MAX }),
        json!({ "exp": i64::MAX, "iat": i64::MIN }),
        json!({ "iat": SECOND + 301, "exp": SECOND + 900 }),
        json!({ "iat": SECOND + 300, "exp": SECOND + 300 }),
        json!({ "iat": SECOND + 200, "exp": SECOND + 100 }),
        json!({ "iat": 0 }),
        json!({ "nbf": SECOND + 1 }),
        json!({ "nbf": i64::MAX }),
    ];
    refuse_all(times.map(|odd| (with_claims(odd), "time", Unfit::Time)));
    let odd = [
        json!({ "exp": "1800000900" }),
        json!({ "exp": 1_800_000_900.5 }),
        json!({ "exp": 1.8e9 }),
        json!({ "exp": u64::MAX }),
        json!({ "exp": true }),
        json!({ "exp": [SECOND + 900] }),
        json!({ "exp": null }),
        json!({ "iat": null }),
        json!({ "iat": "now" }),
        json!({ "nbf": "0" }),
    ];
    refuse_all(odd.map(|odd| (with_claims(odd), "a moment of another kind", Unfit::Claims)));
    let issuer = issuer(&[1]);
    assert!(issuer.verify(&with_claims(json!({ "nbf": SECOND })), NOW).is_ok());
    let early = with_claims(json!({ "iat": SECOND + 300, "exp": SECOND + 400 }));
    assert!(issuer.verify(&early, NOW).is_ok(), "another machine's clock");
}

#[test]
fn it_must_be_about_a_key_or_about_a_run_and_its_lease() {
    let lease = "0".repeat(64);
    let odd = [
        json!({ "sub": "" }),
        json!({ "sub": "usr_01hv3v6k3e0123456789abcdef" }),
        json!({ "sub": KEY.to_uppercase() }),
        json!({ "sub": format!("{KEY} ") }),
        json!({ "sub": RUN }),
        json!({ "scope": "" }),
        json!({ "scope": "read " }),
        json!({ "scope": "read  tasks:write" }),
        json!({ "scope": "*" }),
        json!({ "scope": "admin" }),
        json!({ "scope": "read run" }),
        json!({ "scope": "run" }),
        json!({ "scope": "run", "sub": RUN }),
        json!({ "lease": lease }),
        json!({ "scope": "run", "lease": lease }),
        json!({ "scope": "read", "sub": RUN, "lease": lease }),
        json!({ "scope": "run", "sub": RUN, "lease": "0".repeat(63) }),
        json!({ "scope": "run", "sub": RUN, "lease": "A".repeat(64) }),
        json!({ "scope": "run", "sub": RUN, "lease": "" }),
    ];
    refuse_all(odd.map(|odd| (with_claims(odd), "subject", Unfit::Subject)));
    let odd = [
        json!({ "sub": 7 }),
        json!({ "sub": null }),
        json!({ "scope": ["read"] }),
        json!({ "scope": null }),
        json!({ "lease": 0 }),
        json!({ "jti": "" }),
        json!({ "jti": null }),
        json!({ "role": "owner" }),
        json!({ "admin": true }),
    ];
    refuse_all(odd.map(|odd| (with_claims(odd), "claims", Unfit::Claims)));
}

#[test]
fn nothing_stands_twice_and_nothing_stands_around() {
    let (header, claims) = (header().to_string(), claims().to_string());
    let twice = |json: &str, more: &str| json.replacen('{', &format!("{{{more},"), 1);
    let mut cases = vec![];
    for more in [r#""alg":"none""#, r#""alg":"EdDSA""#, r#""kid":"k1""#, r#""typ":"at+jwt""#] {
        cases.push((signed(&twice(&header, more), &claims), "twice in the header", Unfit::Header));
    }
    for more in [
        r#""sub":"key_01hv3v6k3e0123456789abcdeg""#,
        r#""exp":1800000900"#,
        r#""scope":"read""#,
        r#""nbf":0,"nbf":0"#,
        r#""lease":null,"lease":null"#,
        r#""is\u0073":"x""#,
    ] {
        cases.push((signed(&header, &twice(&claims, more)), "twice in the claims", Unfit::Claims));
    }
    for odd in ["", "{}", "[]", "null", "7", "\"\"", "{", "\u{feff}{}", "not json"] {
        cases.push((signed(odd, &claims), "no header", Unfit::Header));
        cases.push((signed(&header, odd), "no claims", Unfit::Claims));
    }
    let around = [format!(" {header}"), format!("{header}x"), format!("{header}{header}")];
    cases.extend(around.map(|odd| (signed(&odd, &claims), "around the header", Unfit::Header)));
    let around = [format!("\n{claims}"), format!("{claims} x"), format!("{claims}{claims}")];
    cases.extend(around.map(|odd| (signed(&header, &odd), "around the claims", Unfit::Claims)));
    // What a lenient reader takes for an object of these members, in their order.
    let array = r#"["at+jwt","EdDSA","k1"]"#;
    cases.push((signed(array, &claims), "an array", Unfit::Header));
    let deep = format!("{{\"typ\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    cases.push((signed(&deep, &claims), "deep", Unfit::Header));
    refuse_all(cases);
}

#[test]
fn it_has_three_parts_in_one_spelling() {
    let good = token(&header(), &claims());
    let parts: Vec<_> = good.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("three parts") };
    let padded = |part: &str| format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4));
    // 64 bytes leave four bits over that must be zero: three more spellings of the same bytes.
    let last = signature.chars().last().unwrap();
    let next = char::from(last as u8 + 1);
    let respelt = format!("{}{next}", &signature[..signature.len() - 1]);
    let (nothing, no_token) = (String::new(), "mt_0000000000000000000000000000000000000000");
    let session = "0123456789abcdef".repeat(4);
    use Unfit::{Header, NotAToken, Signature, TooLong};
    refuse_all([
        (nothing, "nothing", NotAToken),
        (no_token.to_owned(), "a key", NotAToken),
        (session, "a session's token", NotAToken),
        ("..".to_owned(), "points", Header),
        ("a.b.c".to_owned(), "letters", Header),
        (format!("{header}.{claims}"), "no signature", NotAToken),
        (format!("{header}.{claims}."), "an empty signature", Signature),
        (format!("{header}.{signature}"), "no claims", NotAToken),
        (format!(".{claims}.{signature}"), "an empty header", Header),
        (format!("{header}..{signature}"), "empty claims", Signature),
        (format!("{good}.{signature}"), "two signatures", NotAToken),
        (format!("{header}.{claims}.{signature}{signature}"), "two in one", Signature),
        (format!("{good}."), "a fourth part", NotAToken),
        (format!("{good}\n"), "a line's end", Signature),
        (format!(" {good}"), "a space before", Header),
        (good.replacen('.', " .", 1), "a space inside", Header),
        (padded(&good), "padding", Signature),
        (format!("{}.{claims}.{signature}", padded(header) + "="), "padded header", Header),
        (format!("{header}.{claims}.{respelt}"), "another spelling", Signature),
        (format!("{header}.{claims}.{}", "A".repeat(86)), "zeros", Signature),
        (format!("{header}.{}.{signature}", b64("{}")), "other claims", Signature),
        (good.to_uppercase(), "upper case", Header),
        (good.replace('.', "\u{ff0e}"), "wide points", NotAToken),
        (format!("{}{good}", "A".repeat(1_000_000)), "a megabyte", TooLong),
        (".".repeat(1_000_000), "a million parts", TooLong),
        (format!("{header}.{}.{signature}", "A".repeat(2_000)), "too long", TooLong),
    ]);
}

#[test]
fn it_is_whole_or_nothing() {
    let issuer = issuer(&[1]);
    let good = token(&header(), &claims());
    for length in 0..good.len() {
        assert!(issuer.verify(&good[..length], NOW).is_err(), "{length}");
        let changed = if good.as_bytes()[length] == b'A' { "B" } else { "A" };
        let changed = format!("{}{changed}{}", &good[..length], &good[length + 1..]);
        assert!(issuer.verify(&changed, NOW).is_err(), "{length}");
    }
}

/// Points of small order: with one as its key, or one in it, a signature fits many messages.
#[test]
fn a_signature_that_fits_anything_is_refused() {
    let message = format!("{}.{}", b64(header().to_string()), b64(claims().to_string()));
    let identity = {
        let mut point = [0_u8; 32];
        point[0] = 1;
        point
    };
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let order: [u8; 32] = hex::decode(order).unwrap().try_into().unwrap();
    let good = seed(1).sign(message.as_bytes()).to_bytes();
    // The same signature with the group's order added to its scalar: equal, were it not checked.
    let mut carried = 0_u16;
    let mut malleable = good;
    for (byte, more) in malleable[32..].iter_mut().zip(order) {
        carried += u16::from(*byte) + u16::from(more);
        *byte = carried.to_le_bytes()[0];
        carried >>= 8;
    }
    let small = [identity, [0; 32]].concat();
    for signature in [small.as_slice(), &malleable, &[0xff; 64]] {
        let token = format!("{message}.{}", b64(signature));
        refuse_all([(token, "a signature of many", Unfit::Signature)]);
    }
}

proptest! {
    #[test]
    fn no_text_is_taken_or_breaks_it(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        let issuer = issuer(&[1]);
        prop_assert!(issuer.verify(&text, NOW).is_err());
        prop_assert!(issuer.verify(&signed(&text, &claims().to_string()), NOW).is_err());
        prop_assert!(issuer.verify(&signed(&header().to_string(), &text), NOW).is_err());
        let message = format!("{}.{}", b64(header().to_string()), b64(claims().to_string()));
        let signature = b64(bytes);
        prop_assert!(issuer.verify(&[message, signature].join("."), NOW).is_err());
    }
}
