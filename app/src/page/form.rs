//! Forms as the Worker hands them over.

use domain::context::IdempotencyKey;

/// Fields that are never shown again, whatever happened.
const SECRETS: [&str; 3] = ["password", "present_password", "setup_token"];

/// A form as it was sent, urlencoded or multipart.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
    file: Option<UploadedFile>,
}

/// A file of a multipart form.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// Its name as the browser gave it. Text to show, never a path to use.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

// A source is nobody's log line.
impl core::fmt::Debug for UploadedFile {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "UploadedFile({} bytes)", self.bytes.len())
    }
}

impl Form {
    /// A form of these fields. A browser sends a file field without a file as one without name
    /// and bytes: that is none.
    #[must_use]
    pub fn new(fields: Vec<(String, String)>, file: Option<UploadedFile>) -> Self {
        let file = file.filter(|file| !(file.name.is_empty() && file.bytes.is_empty()));
        Self { fields, file }
    }

    /// The first value of a field; empty when it wasn't sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value.as_str()))
            .unwrap_or_default()
    }

    /// Whether a check box was ticked.
    #[must_use]
    pub fn is_ticked(&self, name: &str) -> bool {
        self.fields.iter().any(|(key, _)| key == name)
    }

    /// Which of its page's forms it is.
    #[must_use]
    pub fn action(&self) -> &str {
        self.get("action")
    }

    /// The version that the form was made from; 0 conflicts with every version.
    #[must_use]
    pub fn seen(&self) -> i64 {
        self.get("seen").parse().unwrap_or(0)
    }

    /// The key that makes sending it twice safe. The Worker puts it into the caller before it
    /// submits the form.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<IdempotencyKey> {
        IdempotencyKey::parse(self.get("idempotency_key"))
    }

    /// Every field, in the order they came.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The uploaded file, moved out: it may fill a fifth of the memory there is.
    #[must_use]
    pub fn take_file(&mut self) -> Option<UploadedFile> {
        self.file.take()
    }

    /// What may be shown again: no passwords, no files.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        self.fields.retain(|(key, _)| !SECRETS.contains(&key.as_str()));
        self.file = None;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Form {
        let fields = fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Form::new(fields, None)
    }

    #[test]
    fn hidden_fields_are_read() {
        let form = form(&[
            ("action", "edit"),
            ("seen", "7"),
            ("idempotency_key", "0123456789abcdef"),
            ("approval", "on"),
        ]);
        assert_eq!((form.action(), form.seen()), ("edit", 7));
        assert!(form.idempotency_key().is_some());
        assert!(form.is_ticked("approval") && !form.is_ticked("other"));
        assert_eq!(super::Form::default().seen(), 0);
        assert_eq!(super::Form::default().idempotency_key(), None);
    }

    #[test]
    fn secrets_are_never_kept() {
        let form = form(&[("email", "a@b"), ("password", "hunter2hunter2"), ("setup_token", "x")])
            .without_secrets();
        assert_eq!(
            (form.get("email"), form.get("password"), form.get("setup_token")),
            ("a@b", "", "")
        );
    }

    #[test]
    fn a_file_field_without_a_file_is_none() {
        let empty = UploadedFile { name: String::new(), bytes: vec![] };
        assert!(Form::new(vec![], Some(empty)).take_file().is_none());
        let named = UploadedFile { name: "a.tar".to_owned(), bytes: vec![] };
        let mut form = Form::new(vec![], Some(named));
        assert!(form.take_file().is_some() && form.take_file().is_none());
    }
}
