//! JUnit XML: what continuous-integration tools agree to write about tests. There is no one
//! standard; what is read here is what the format's common producers share: `testsuites` or
//! `testsuite` around `testcase`, with `failure`, `error` or `skipped` inside.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::{Deserialize, Serialize};

/// Greatest size of a report, in bytes. A larger one isn't read.
pub const MAX_REPORT_BYTES: usize = 8 << 20;
/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 64;
/// Most names of failed tests that are remembered of a report, and that a finding carries.
pub(super) const MAX_NAMES: usize = 5;

/// What a report says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// Test cases, skipped ones among them.
    pub total: u32,
    /// Those that failed or erred.
    pub failed: u32,
    /// Those that were skipped.
    pub skipped: u32,
    /// The first names of failed ones.
    pub failed_names: Vec<String>,
}

impl TestReport {
    /// How many tests were really run.
    pub fn ran(&self) -> u32 {
        self.total.saturating_sub(self.skipped)
    }
}

/// Why a file isn't a test report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportProblem {
    /// It has no bytes.
    Empty,
    /// It is larger than [`MAX_REPORT_BYTES`].
    TooLarge,
    /// It isn't well-formed XML.
    Malformed,
    /// It is XML of another kind.
    NotJunit,
    /// It declares entities or nests too deep.
    Hostile,
}

#[derive(Default)]
struct Walk {
    depth: usize,
    seen_suite: bool,
    case: Option<Case>,
    report: TestReport,
}

struct Case {
    depth: usize,
    name: String,
    failed: bool,
    skipped: bool,
}

/// Reads a JUnit XML file. Counts come from the test cases themselves, never from the totals
/// that a suite claims; a suite that claims failures which no case shows isn't believed either.
///
/// # Errors
/// What is wrong with the file.
pub fn parse_report(bytes: &[u8]) -> Result<TestReport, ReportProblem> {
    if bytes.is_empty() {
        return Err(ReportProblem::Empty);
    }
    if bytes.len() > MAX_REPORT_BYTES {
        return Err(ReportProblem::TooLarge);
    }
    let text = core::str::from_utf8(bytes).map_err(|_| ReportProblem::Malformed)?;
    let mut reader = Reader::from_str(text);
    let mut walk = Walk::default();
    let mut claimed_failures = 0u32;
    loop {
        match reader.read_event().map_err(|_| ReportProblem::Malformed)? {
            Event::Start(tag) => {
                claimed_failures = claimed_failures.max(claimed(&tag));
                walk.open(&tag)?;
            }
            Event::Empty(tag) => {
                claimed_failures = claimed_failures.max(claimed(&tag));
                walk.open(&tag)?;
                walk.close();
            }
            Event::End(_) => walk.close(),
            Event::DocType(_) => return Err(ReportProblem::Hostile),
            Event::Eof => break,
            _ => {}
        }
    }
    if walk.depth != 0 {
        return Err(ReportProblem::Malformed);
    }
    if !walk.seen_suite {
        return Err(ReportProblem::NotJunit);
    }
    walk.report.failed = walk.report.failed.max(claimed_failures);
    Ok(walk.report)
}

/// The failures and errors that a suite's own attributes claim.
fn claimed(tag: &BytesStart<'_>) -> u32 {
    if !matches!(tag.local_name().as_ref(), b"testsuite" | b"testsuites") {
        return 0;
    }
    let number = |name: &str| {
        attribute(tag, name).and_then(|value| value.trim().parse::<u32>().ok()).unwrap_or(0)
    };
    number("failures").saturating_add(number("errors"))
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).ok()??;
    attribute.unescape_value().ok().map(|value| value.into_owned())
}

impl Walk {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), ReportProblem> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            return Err(ReportProblem::Hostile);
        }
        match (tag.local_name().as_ref(), &mut self.case) {
            (b"testsuites" | b"testsuite", None) => self.seen_suite = true,
            (b"testcase", None) if self.seen_suite => {
                let name = attribute(tag, "name").unwrap_or_default();
                self.case = Some(Case { depth: self.depth, name, failed: false, skipped: false });
            }
            (b"failure" | b"error", Some(case)) => case.failed = true,
            (b"skipped", Some(case)) => case.skipped = true,
            _ if !self.seen_suite => return Err(ReportProblem::NotJunit),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self) {
        if let Some(case) = self.case.take_if(|case| case.depth == self.depth) {
            self.report.total = self.report.total.saturating_add(1);
            if case.failed {
                self.report.failed = self.report.failed.saturating_add(1);
                if self.report.failed_names.len() < MAX_NAMES {
                    self.report.failed_names.push(case.name.chars().take(200).collect());
                }
            } else if case.skipped {
                self.report.skipped = self.report.skipped.saturating_add(1);
            }
        }
        self.depth = self.depth.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_counted_not_believed() {
        let xml = r#"<?xml version="1.0"?><testsuites><testsuite name="s" tests="99">
            <testcase name="a"/><testcase name="b"><failure message="no">x</failure></testcase>
            <testcase name="c"><skipped/></testcase><testcase name="d"><error/></testcase>
            <system-out>text</system-out></testsuite></testsuites>"#;
        let report = parse_report(xml.as_bytes()).unwrap();
        assert_eq!((report.total, report.failed, report.skipped), (4, 2, 1));
        assert_eq!(report.failed_names, ["b", "d"]);
    }

    #[test]
    fn failures_that_only_the_suite_claims_still_count() {
        let xml = r#"<testsuite failures="1" errors="1"><testcase name="a"/></testsuite>"#;
        assert_eq!(parse_report(xml.as_bytes()).unwrap().failed, 2);
    }

    #[test]
    fn what_is_no_report_says_why() {
        let deep = format!("<testsuite>{}", "<a>".repeat(100));
        for (text, problem) in [
            ("", ReportProblem::Empty),
            ("<html><body/></html>", ReportProblem::NotJunit),
            ("not xml at all", ReportProblem::NotJunit),
            ("<testsuite><testcase></testsuite>", ReportProblem::Malformed),
            ("<testsuite>", ReportProblem::Malformed),
            ("<!DOCTYPE a [<!ENTITY x \"y\">]><testsuite/>", ReportProblem::Hostile),
            (deep.as_str(), ReportProblem::Hostile),
        ] {
            assert_eq!(parse_report(text.as_bytes()), Err(problem), "{text:.40}");
        }
        assert_eq!(parse_report(&[0xff, 0xfe]), Err(ReportProblem::Malformed));
    }

    #[test]
    fn a_suite_without_cases_ran_nothing() {
        assert_eq!(parse_report(b"<testsuite/>").unwrap().ran(), 0);
    }
}
