//! Where a redirect may lead: to our own pages, and nowhere else.

/// The path if it leads to a page of this site, else `/`.
///
/// A header value made from it can't break the response: only visible ASCII passes.
#[must_use]
pub fn same_site_path(wanted: &str) -> &str {
    let leads_here = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && wanted.len() <= 2_000
        && wanted.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if leads_here { wanted } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::same_site_path;

    #[test]
    fn a_page_of_ours_is_kept() {
        for path in ["/", "/tasks/MONO-12", "/tasks?filter=open&page=2", "/runs/1#line-20"] {
            assert_eq!(same_site_path(path), path);
        }
    }

    #[test]
    fn anything_else_becomes_the_start_page() {
        let long = format!("/{}", "a".repeat(3_000));
        for path in [
            "",
            "https://elsewhere.example/",
            "//elsewhere.example/",
            "/\\elsewhere.example",
            "javascript:alert(1)",
            "/a\r\nset-cookie: x=y",
            "/a b",
            "/é",
            "tasks",
            &long,
        ] {
            assert_eq!(same_site_path(path), "/", "{path:?}");
        }
    }
}
