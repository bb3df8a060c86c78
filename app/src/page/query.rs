//! What stands behind the question mark of an address.

/// The fields of a query, in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query string; what can't be read is left out.
    #[must_use]
    pub fn parse(raw: &str) -> Self {
        Self(form_urlencoded::parse(raw.as_bytes()).into_owned().collect())
    }

    /// The first value of a field that isn't blank.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value.trim()))
            .filter(|value| !value.is_empty())
    }

    /// The query with one field set; an empty value takes it out.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(key, _)| key != name);
        if !value.is_empty() {
            self.0.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The address of `path` with this query.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        if self.0.is_empty() {
            return path.to_owned();
        }
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        format!("{path}?{query}")
    }
}

/// Longest address that is followed, in bytes.
const MAX_ADDRESS: usize = 2_000;

/// The address, if it is a path of this site; otherwise the start page. An address that came with
/// a link must never send a person elsewhere, and a header made of it can't break its response:
/// only visible ASCII passes.
#[must_use]
pub fn same_site_path(address: &str) -> &str {
    let is_path = address.starts_with('/')
        && !address.starts_with("//")
        && address.len() <= MAX_ADDRESS
        && address.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if is_path { address } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_and_written_back() {
        let query = Query::parse("stage=review&q=a%20b%26c&empty=");
        assert_eq!(query.get("stage"), Some("review"));
        assert_eq!(query.get("q"), Some("a b&c"));
        assert_eq!(query.get("empty"), None);
        assert_eq!(
            Query::default().with("q", "a b&c").with("x", "").at("/projects/MONO"),
            "/projects/MONO?q=a+b%26c"
        );
        assert_eq!(query.with("stage", "").with("q", "").with("empty", "").at("/"), "/");
    }

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for path in ["/", "/tasks/MONO-12?x=1#y", "/projects/MONO?stage=review&page=2"] {
            assert_eq!(same_site_path(path), path);
        }
        let long = format!("/{}", "a".repeat(3_000));
        for bad in [
            "",
            "tasks",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/a\r\nset-cookie: x=y",
            "/a b",
            "/é",
            &long,
        ] {
            assert_eq!(same_site_path(bad), "/", "{bad:?}");
        }
    }
}
