//! Forms as browsers send them, read strictly: what isn't understood whole is refused, and nothing a
//! client sends can be more than a refusal.

mod multipart;
mod urlencoded;

/// Most fields of a form.
pub const MAX_FIELDS: usize = 100;
/// Most bytes of a field's name.
pub const MAX_NAME_BYTES: usize = 100;

/// A form's fields, and its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedForm {
    /// Names and values in the order they came; no name twice.
    pub fields: Vec<(String, String)>,
    /// The file, if one was chosen.
    pub file: Option<ParsedFile>,
}

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedFile {
    /// The field that it was chosen in.
    pub field: String,
    /// The name it had on the person's device; any text.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A file of a body that holds several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedFile {
    /// The name it had on the sender's device; any text.
    pub name: String,
    /// Where its bytes are in the body.
    pub place: core::ops::Range<usize>,
}

/// Why a body isn't a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Its type is neither urlencoded nor multipart (415).
    #[error("unsupported content type")]
    UnsupportedType,
    /// It has more than [`MAX_FIELDS`] fields, or more than one file (400).
    #[error("too many fields")]
    TooManyFields,
    /// A field came twice: which one counts would be a guess (400).
    #[error("a field came twice")]
    DuplicateField,
    /// A field is no file where only files are taken (422).
    #[error("a field that is no file")]
    UnknownField,
    /// A name or a value isn't UTF-8 (400).
    #[error("not UTF-8")]
    NotUtf8,
    /// It breaks off, or isn't formed as its type says (400).
    #[error("malformed")]
    Malformed,
}

/// The two ways in which browsers write forms.
enum Encoding<'a> {
    Urlencoded,
    Multipart { parameters: &'a str },
}

impl<'a> Encoding<'a> {
    fn of(content_type: Option<&'a str>) -> Option<Self> {
        let content_type = content_type?;
        let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        let essence = essence.trim();
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Some(Self::Urlencoded)
        } else if essence.eq_ignore_ascii_case("multipart/form-data") {
            Some(Self::Multipart { parameters })
        } else {
            None
        }
    }
}

impl ParsedForm {
    /// Whether a body of this content type is one that forms have.
    #[must_use]
    pub fn understands(content_type: Option<&str>) -> bool {
        Encoding::of(content_type).is_some()
    }

    /// Reads a body of this content type.
    ///
    /// # Errors
    /// The reason why it isn't a form.
    pub fn parse(content_type: Option<&str>, body: Vec<u8>) -> Result<Self, FormError> {
        match Encoding::of(content_type).ok_or(FormError::UnsupportedType)? {
            Encoding::Urlencoded => urlencoded::parse(&body),
            Encoding::Multipart { parameters } => multipart::parse(parameters, body),
        }
    }

    /// Whether a body of this content type may hold several files.
    #[must_use]
    pub fn may_hold_files(content_type: &str) -> bool {
        matches!(Encoding::of(Some(content_type)), Some(Encoding::Multipart { .. }))
    }

    /// Where the files of a `multipart/form-data` body are that holds nothing else. Nothing is copied.
    ///
    /// # Errors
    /// The reason why it isn't such a body; [`FormError::UnknownField`] for a field that is no file.
    pub fn files(content_type: &str, body: &[u8]) -> Result<Vec<PlacedFile>, FormError> {
        match Encoding::of(Some(content_type)) {
            Some(Encoding::Multipart { parameters }) => multipart::files(parameters, body),
            _ => Err(FormError::UnsupportedType),
        }
    }

    /// A field's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    fn push(&mut self, name: String, value: String) -> Result<(), FormError> {
        if self.fields.len() >= MAX_FIELDS || name.len() > MAX_NAME_BYTES {
            return Err(FormError::TooManyFields);
        }
        if self.fields.iter().any(|(known, _)| *known == name) {
            return Err(FormError::DuplicateField);
        }
        self.fields.push((name, value));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_types_of_forms_are_read() {
        for content_type in [
            None,
            Some(""),
            Some("text/plain"),
            Some("application/json"),
            Some("application/x-www-form-urlencodedx"),
            Some("multipart/mixed; boundary=x"),
        ] {
            let form = ParsedForm::parse(content_type, b"a=b".to_vec());
            assert_eq!(form, Err(FormError::UnsupportedType), "{content_type:?}");
        }
        let typed = Some("Application/X-WWW-Form-Urlencoded; charset=UTF-8");
        assert_eq!(ParsedForm::parse(typed, b"a=b".to_vec()).unwrap().get("a"), Some("b"));
    }
}
