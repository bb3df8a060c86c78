//! How much of a request's body is read before it is refused with 413.

/// Most bytes of a form or a JSON body.
pub const FORM_BYTES: usize = 256 * 1024;

/// Most bytes of a form with files: a project's source is 25 MB at most, and the form is around it.
pub const UPLOAD_BYTES: usize = 26 * 1024 * 1024;

/// The most bytes that a body of this content type may have.
#[must_use]
pub fn body_limit(content_type: Option<&str>) -> usize {
    let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim);
    match essence {
        Some(essence) if essence.eq_ignore_ascii_case("multipart/form-data") => UPLOAD_BYTES,
        _ => FORM_BYTES,
    }
}

#[cfg(test)]
mod tests {
    use super::{FORM_BYTES, UPLOAD_BYTES, body_limit};

    #[test]
    fn only_a_form_with_files_may_be_large() {
        assert_eq!(body_limit(Some("multipart/form-data; boundary=x")), UPLOAD_BYTES);
        assert_eq!(body_limit(Some("Multipart/Form-Data; boundary=x")), UPLOAD_BYTES);
        assert_eq!(body_limit(Some("application/x-www-form-urlencoded")), FORM_BYTES);
        assert_eq!(body_limit(Some("application/json")), FORM_BYTES);
        assert_eq!(body_limit(None), FORM_BYTES);
    }
}
