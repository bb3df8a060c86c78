//! `multipart/form-data` as browsers write it (RFC 7578), with at most one file.

use core::ops::Range;

use memchr::memmem;

use super::{FormError, MAX_NAME_BYTES, ParsedFile, ParsedForm, PlacedFile};

/// Most bytes of a part's headers.
const MAX_HEADER_BYTES: usize = 4_096;

/// A part whose body is at a place of the whole body.
struct Part {
    name: String,
    file_name: Option<String>,
    body: Range<usize>,
}

/// Reads a body. The file's bytes are the body's own memory, moved rather than copied: a source has
/// up to 25 MB, and an isolate 128.
pub(super) fn parse(parameters: &str, mut body: Vec<u8>) -> Result<ParsedForm, FormError> {
    let delimiter = format!("\r\n--{}", boundary(parameters).ok_or(FormError::Malformed)?);
    let mut form = ParsedForm::default();
    let mut file: Option<(String, String, Range<usize>)> = None;
    for part in parts(&body, delimiter.as_bytes())? {
        let Some(file_name) = part.file_name else {
            let value = body.get(part.body).ok_or(FormError::Malformed)?;
            let value = core::str::from_utf8(value).map_err(|_| FormError::NotUtf8)?;
            form.push(part.name, value.to_owned())?;
            continue;
        };
        // A file field that was left empty.
        if file_name.is_empty() && part.body.is_empty() {
            continue;
        }
        if file.is_some() {
            return Err(FormError::TooManyFields);
        }
        file = Some((part.name, file_name, part.body));
    }
    if let Some((field, name, place)) = file {
        body.truncate(place.end);
        body.drain(..place.start.min(body.len()));
        form.file = Some(ParsedFile { field, name, bytes: body });
    }
    Ok(form)
}

/// Where the files of a body are that holds nothing else.
pub(super) fn files(parameters: &str, body: &[u8]) -> Result<Vec<PlacedFile>, FormError> {
    let delimiter = format!("\r\n--{}", boundary(parameters).ok_or(FormError::Malformed)?);
    let mut files = vec![];
    for part in parts(body, delimiter.as_bytes())? {
        let name = part.file_name.ok_or(FormError::UnknownField)?;
        // A file field that was left empty.
        if !(name.is_empty() && part.body.is_empty()) {
            files.push(PlacedFile { name, place: part.body });
        }
    }
    Ok(files)
}

/// The boundary parameter: 1 to 70 characters of those that RFC 2046 allows, none of which needs
/// escaping.
fn boundary(parameters: &str) -> Option<&str> {
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim())
    })?;
    let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    let fits = (1..=70).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&b));
    fits.then_some(value)
}

/// The parts between the first delimiter, which opens the body, and the closing one. `delimiter`
/// begins with the line end before it, which the first one lacks.
fn parts(body: &[u8], delimiter: &[u8]) -> Result<Vec<Part>, FormError> {
    let finder = memmem::Finder::new(delimiter);
    let opening = delimiter.get(2..).unwrap_or_default();
    if !body.starts_with(opening) {
        return Err(FormError::Malformed);
    }
    let mut parts = vec![];
    let mut at = opening.len();
    loop {
        let rest = body.get(at..).unwrap_or_default();
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        if !rest.starts_with(b"\r\n") || parts.len() > super::MAX_FIELDS {
            return Err(FormError::Malformed);
        }
        let (name, file_name, header_length) = headers(rest)?;
        let start = at.saturating_add(header_length);
        let content = body.get(start..).unwrap_or_default();
        let length = finder.find(content).ok_or(FormError::Malformed)?;
        let end = start.saturating_add(length);
        parts.push(Part { name, file_name, body: start..end });
        at = end.saturating_add(delimiter.len());
    }
}

/// A part's name, its file's name, and the length of its headers with the lines around them.
fn headers(rest: &[u8]) -> Result<(String, Option<String>, usize), FormError> {
    let window = rest.get(..rest.len().min(MAX_HEADER_BYTES)).unwrap_or_default();
    let end = memmem::find(window, b"\r\n\r\n").ok_or(FormError::Malformed)?;
    let text = window.get(..end).unwrap_or_default();
    let text = core::str::from_utf8(text).map_err(|_| FormError::NotUtf8)?;
    let disposition = text
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"))
        .map(|(_, value)| value.trim())
        .ok_or(FormError::Malformed)?;
    let parameters = disposition.strip_prefix("form-data").ok_or(FormError::Malformed)?;
    let name = parameter(parameters, "name").ok_or(FormError::Malformed)?;
    if name.len() > MAX_NAME_BYTES {
        return Err(FormError::TooManyFields);
    }
    Ok((name, parameter(parameters, "filename"), end.saturating_add(4)))
}

/// A quoted parameter. Browsers write a quote as `%22` and a line end as `%0D%0A`, and nothing else.
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    while let Some((_, after)) = rest.split_once(';') {
        let (name, value) = after.trim_start().split_once("=\"")?;
        let (value, after) = value.split_once('"')?;
        if name.eq_ignore_ascii_case(wanted) {
            let plain = value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
            return Some(plain);
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TYPE: &str = " boundary=----X";

    fn field(name: &str, value: &str) -> String {
        format!("------X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    }

    fn file(name: &str, content: &[u8]) -> Vec<u8> {
        let mut part = format!(
            "------X\r\nContent-Disposition: form-data; name=\"source\"; filename=\"{name}\"\r\n\
             Content-Type: application/x-tar\r\n\r\n"
        )
        .into_bytes();
        part.extend_from_slice(content);
        part.extend_from_slice(b"\r\n");
        part
    }

    fn body(parts: &[&[u8]]) -> Vec<u8> {
        let mut body = parts.concat();
        body.extend_from_slice(b"------X--\r\n");
        body
    }

    #[test]
    fn fields_and_a_file_are_read() {
        let content = b"\x00\xff\r\n--not the end\r\n------";
        let body = body(&[
            field("action", "set_source").as_bytes(),
            &file("a%22b.tar", content),
            field("seen", "3").as_bytes(),
        ]);
        let form = parse(TYPE, body).unwrap();
        assert_eq!((form.get("action"), form.get("seen")), (Some("set_source"), Some("3")));
        let file = form.file.unwrap();
        assert_eq!((file.field.as_str(), file.name.as_str()), ("source", "a\"b.tar"));
        assert_eq!(file.bytes, content);
    }

    #[test]
    fn an_empty_form_and_a_file_field_left_empty_are_fine() {
        assert_eq!(parse(TYPE, b"------X--\r\n".to_vec()), Ok(ParsedForm::default()));
        assert_eq!(parse(TYPE, body(&[&file("", b"")])).unwrap().file, None);
        let quoted = r#" charset=utf-8; boundary="----X""#;
        assert_eq!(parse(quoted, b"------X--".to_vec()), Ok(ParsedForm::default()));
    }

    #[test]
    fn several_files_are_found_where_they_are() {
        let whole = body(&[&file("a.txt", b"one"), &file("dir/b.txt", b""), &file("", b"")]);
        let files = files(TYPE, &whole).unwrap();
        let told: Vec<_> =
            files.iter().map(|file| (file.name.as_str(), &whole[file.place.clone()])).collect();
        assert_eq!(told, [("a.txt", &b"one"[..]), ("dir/b.txt", b"")]);
        let mixed = body(&[&file("a", b"1"), field("b", "2").as_bytes()]);
        assert_eq!(super::files(TYPE, &mixed), Err(FormError::UnknownField));
        for length in 0..whole.len() - 2 {
            assert!(super::files(TYPE, &whole[..length]).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn every_cut_of_a_body_is_refused() {
        let whole = body(&[field("title", "a").as_bytes(), &file("a.tar", b"bytes")]);
        let closing = b"\r\n".len();
        for length in 0..whole.len() - closing {
            let cut = whole[..length].to_vec();
            assert!(parse(TYPE, cut).is_err(), "cut at {length}");
        }
        assert!(parse(TYPE, whole).is_ok());
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        let twice = body(&[field("a", "1").as_bytes(), field("a", "2").as_bytes()]);
        assert_eq!(parse(TYPE, twice), Err(FormError::DuplicateField));
        let two_files = body(&[&file("a", b"1"), &file("b", b"2")]);
        assert_eq!(parse(TYPE, two_files), Err(FormError::TooManyFields));
        let mut not_utf8 = field("a", "?").into_bytes();
        let place = not_utf8.iter().rposition(|byte| *byte == b'?').unwrap();
        not_utf8[place] = 0xff;
        assert_eq!(parse(TYPE, body(&[&not_utf8])), Err(FormError::NotUtf8));
        for content_type in ["", " boundary=", " boundary=a b", " boundary=\"é\"", " charset=x"] {
            let form = parse(content_type, body(&[]));
            assert_eq!(form, Err(FormError::Malformed), "{content_type}");
        }
        let nameless = b"------X\r\nContent-Disposition: form-data\r\n\r\nx\r\n------X--".to_vec();
        assert_eq!(parse(TYPE, nameless), Err(FormError::Malformed));
    }

    proptest! {
        #[test]
        fn no_body_is_more_than_a_refusal(
            tail in proptest::collection::vec(any::<u8>(), 0..300),
            cut in 0usize..200,
        ) {
            let mut hostile = body(&[field("title", "a").as_bytes(), &file("a.tar", b"bytes")]);
            hostile.truncate(cut);
            hostile.extend(tail);
            let _ = parse(TYPE, hostile);
        }

        #[test]
        fn any_file_reads_back(content in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            prop_assume!(memmem::find(&content, b"------X").is_none());
            let form = parse(TYPE, body(&[&file("f", &content)])).unwrap();
            prop_assert_eq!(form.file.unwrap().bytes, content);
        }
    }
}
