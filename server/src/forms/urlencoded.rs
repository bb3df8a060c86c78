//! `application/x-www-form-urlencoded`, without the usual leniency about characters that aren't any.

use percent_encoding::percent_decode;

use super::{FormError, ParsedForm};

pub(super) fn parse(body: &[u8]) -> Result<ParsedForm, FormError> {
    let mut form = ParsedForm::default();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = decode(halves.next().unwrap_or_default())?;
        let value = decode(halves.next().unwrap_or_default())?;
        form.push(name, value)?;
    }
    Ok(form)
}

fn decode(raw: &[u8]) -> Result<String, FormError> {
    let spaced: Vec<u8> = raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    String::from_utf8(percent_decode(&spaced).collect()).map_err(|_| FormError::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(body: &str) -> Result<Vec<(String, String)>, FormError> {
        parse(body.as_bytes()).map(|form| form.fields)
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn fields_are_decoded_in_order() {
        assert_eq!(
            fields("title=a+b%26c&note=%E2%82%AC=1&empty=&bare"),
            Ok(owned(&[("title", "a b&c"), ("note", "€=1"), ("empty", ""), ("bare", "")]))
        );
        assert_eq!(fields(""), Ok(vec![]));
        assert_eq!(fields("&&a=%zz%&"), Ok(owned(&[("a", "%zz%")])));
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        assert_eq!(fields("a=1&a=2"), Err(FormError::DuplicateField));
        assert_eq!(fields("a=1&%61=2"), Err(FormError::DuplicateField));
        assert_eq!(fields("a=%ff"), Err(FormError::NotUtf8));
        assert_eq!(fields("%C3=x"), Err(FormError::NotUtf8));
        let many: String = (0..101).map(|n| format!("f{n}=1&")).collect();
        assert_eq!(fields(&many), Err(FormError::TooManyFields));
        assert_eq!(fields(&format!("{}=1", "n".repeat(101))), Err(FormError::TooManyFields));
    }

    proptest! {
        #[test]
        fn no_body_is_more_than_a_refusal(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&body);
        }

        #[test]
        fn what_a_browser_encodes_reads_back(value in ".{0,80}") {
            let encoded = percent_encoding::utf8_percent_encode(
                &value,
                percent_encoding::NON_ALPHANUMERIC,
            );
            let form = parse(format!("v={encoded}").as_bytes()).unwrap();
            prop_assert_eq!(form.get("v"), Some(value.as_str()));
        }
    }
}
