//! Which endpoint a path and a method name.

use percent_encoding::percent_decode_str;

use super::{Method, Operation};

/// The values of a path's placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathValues(Vec<(&'static str, String)>);

impl PathValues {
    /// The value of a placeholder; empty, and so no id of anything, where the path has none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }
}

/// What a path and a method name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routed {
    /// An endpoint.
    To(Operation, PathValues),
    /// The path has endpoints, for these methods.
    OtherMethods(Vec<Method>),
    /// Nothing.
    Nowhere,
}

/// What this method and path, the latter under [`super::BASE`], name. `HEAD` counts as `GET`.
#[must_use]
pub fn find(method: &str, path: &str) -> Routed {
    let method = if method == "HEAD" { "GET" } else { method };
    for operation in Operation::ALL {
        let endpoint = operation.endpoint();
        if endpoint.method.as_str() == method
            && let Some(values) = matches(endpoint.path, path)
        {
            return Routed::To(*operation, values);
        }
    }
    let others = methods(path);
    if others.is_empty() { Routed::Nowhere } else { Routed::OtherMethods(others) }
}

/// The methods that a path has endpoints for.
#[must_use]
pub fn methods(path: &str) -> Vec<Method> {
    let endpoints = Operation::ALL.iter().map(|operation| operation.endpoint());
    let here = endpoints.filter(|endpoint| matches(endpoint.path, path).is_some());
    here.map(|endpoint| endpoint.method).collect()
}

/// The `Allow` header of a path that has endpoints for these methods.
#[must_use]
pub fn allowed(methods: &[Method]) -> String {
    let mut names: Vec<_> = methods.iter().map(|method| method.as_str()).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.push("OPTIONS");
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

/// The placeholders' values, if the path is one of the template's. Each placeholder is one segment,
/// never an empty one.
pub(super) fn matches(template: &'static str, path: &str) -> Option<PathValues> {
    let mut values = PathValues::default();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(values),
            (Some(want), Some(have)) => match placeholder(want) {
                None if want == have => {}
                None => return None,
                Some(name) => values.0.push((name, decode(have)?)),
            },
            _ => return None,
        }
    }
}

fn placeholder(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn decode(segment: &str) -> Option<String> {
    let decoded = percent_decode_str(segment).decode_utf8().ok()?;
    (!decoded.is_empty()).then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_one_segment() {
        let values = matches("/tasks/{task}/runs", "/tasks/MONO-1/runs").unwrap();
        assert_eq!((values.get("task"), values.get("other")), ("MONO-1", ""));
        let decoded = matches("/tasks/{task}", "/tasks/%2e%2e%2fx").unwrap();
        assert_eq!(decoded.get("task"), "../x", "and so no key of a task");
        for path in ["/tasks/", "/tasks", "/tasks/a/b", "/tasks/%ff", "tasks/a", "/tasks/a/", ""] {
            assert_eq!(matches("/tasks/{task}", path), None, "{path}");
        }
    }

    #[test]
    fn no_two_endpoints_answer_one_request_and_none_hides_another() {
        for operation in Operation::ALL {
            let endpoint = operation.endpoint();
            let path = endpoint.path.replace(['{', '}'], "");
            match find(endpoint.method.as_str(), &path) {
                Routed::To(found, _) => assert_eq!(found, *operation),
                other => panic!("{path}: {other:?}"),
            }
        }
    }

    #[test]
    fn allow_names_what_is_answered() {
        assert_eq!(allowed(&[Method::Get, Method::Post]), "GET, HEAD, OPTIONS, POST");
        assert_eq!(allowed(&[Method::Delete]), "DELETE, OPTIONS");
    }
}
