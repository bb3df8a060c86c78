//! How much of a request's body is read before it is refused with 413.

/// Most bytes of a form or a JSON body: the longest texts of a task, each character written as
/// twelve.
pub const FORM_BYTES: usize = 1024 * 1024;

/// Most bytes of the form that uploads a project's source: 25 MB at most, and the form around it.
pub const UPLOAD_BYTES: usize = 26 * 1024 * 1024;

/// The most bytes that a body of this content type may have at this path.
#[must_use]
pub fn body_limit(path: &str, content_type: Option<&str>) -> usize {
    if let Some(limit) = crate::api::body_limit(path) {
        return limit;
    }
    let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim);
    let has_files =
        essence.is_some_and(|essence| essence.eq_ignore_ascii_case("multipart/form-data"));
    let is_upload = path.starts_with("/projects/") && path.ends_with("/settings");
    if has_files && is_upload { UPLOAD_BYTES } else { FORM_BYTES }
}

/// Whether a body may turn out larger than any form: then who sends it is asked before it is read.
#[must_use]
pub fn may_be_large(limit: usize, announced: Option<usize>) -> bool {
    limit > FORM_BYTES && announced.is_none_or(|length| length > FORM_BYTES)
}

#[cfg(test)]
mod tests {
    use super::{FORM_BYTES, UPLOAD_BYTES, body_limit, may_be_large};

    #[test]
    fn a_length_that_is_large_or_unknown_is_asked_about() {
        assert!(may_be_large(UPLOAD_BYTES, None));
        assert!(may_be_large(UPLOAD_BYTES, Some(FORM_BYTES + 1)));
        assert!(!may_be_large(UPLOAD_BYTES, Some(FORM_BYTES)));
        assert!(!may_be_large(FORM_BYTES, None), "the body's own limit holds");
    }

    #[test]
    fn only_the_form_that_uploads_a_source_may_be_large() {
        let settings = "/projects/MONO/settings";
        assert_eq!(body_limit(settings, Some("multipart/form-data; boundary=x")), UPLOAD_BYTES);
        assert_eq!(body_limit(settings, Some("Multipart/Form-Data; boundary=x")), UPLOAD_BYTES);
        assert_eq!(body_limit(settings, Some("application/x-www-form-urlencoded")), FORM_BYTES);
        assert_eq!(body_limit("/sign-in", Some("multipart/form-data; boundary=x")), FORM_BYTES);
        assert_eq!(body_limit("/fn/report", Some("application/json")), FORM_BYTES);
        assert_eq!(body_limit(settings, None), FORM_BYTES);
    }
}
