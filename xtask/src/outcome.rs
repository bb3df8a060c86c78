//! What passed and what didn't.

use std::process::ExitCode;

use crate::{Result, progress::step};

/// The sum of many checks. A failure is told at once and once more at the end.
#[derive(Default)]
pub struct Outcome {
    passed: u64,
    failed: u64,
    failures: Vec<String>,
}

impl Outcome {
    /// Runs a step that is one check.
    pub fn check<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        match step(name, work) {
            Ok(value) => {
                self.passed += 1;
                Some(value)
            }
            Err(failure) => {
                eprintln!("{failure}");
                self.fail(name);
                None
            }
        }
    }

    /// Runs a step that is many tests, which it counts itself.
    pub fn tests(&mut self, name: &str, work: impl FnOnce() -> Result<Counts>) {
        match step(name, work) {
            Ok(Counts { passed, failed: 0, .. }) if passed > 0 => self.passed += passed,
            Ok(Counts { passed, failed, output }) => {
                eprintln!("{output}");
                self.passed += passed;
                self.failed += failed.max(1);
                let why = if failed > 0 { "" } else { " (it failed, or ran nothing)" };
                self.failures.push(format!("{name}{why}"));
            }
            Err(failure) => {
                eprintln!("{failure}");
                self.fail(name);
            }
        }
    }

    /// Notes a failure.
    pub fn fail(&mut self, name: &str) {
        self.failed += 1;
        self.failures.push(name.to_owned());
    }

    /// Notes that something passed.
    pub fn pass(&mut self) {
        self.passed += 1;
    }

    /// Adds what another part found.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.failures.extend(other.failures);
    }

    /// Whether nothing failed so far.
    pub const fn is_clean(&self) -> bool {
        self.failed == 0
    }

    /// Prints the totals and says how to end.
    pub fn report(&self) -> ExitCode {
        println!();
        for failure in &self.failures {
            println!("\x1b[31m✗\x1b[0m {failure}");
        }
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// How a test program ended, by its own count.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// What it said, for when something failed.
    pub output: String,
}

impl Counts {
    /// Reads what `cargo test` printed: one result line for each binary.
    pub fn of_cargo(output: String, succeeded: bool) -> Self {
        let number = |line: &str, word: &str| -> u64 {
            let before = line.split(word).next().unwrap_or_default();
            before.split_whitespace().next_back().and_then(|n| n.parse().ok()).unwrap_or(0)
        };
        let results = output.lines().filter(|line| line.starts_with("test result:"));
        let (passed, failed) = results.fold((0, 0), |(passed, failed), line| {
            (passed + number(line, " passed"), failed + number(line, " failed"))
        });
        Self { passed, failed, output }.and(succeeded)
    }

    /// Reads what `node --test` printed in its TAP form.
    pub fn of_node(output: String, succeeded: bool) -> Self {
        let number = |key: &str| -> u64 {
            let last = output.lines().rev().find_map(|line| line.strip_prefix(key));
            last.and_then(|n| n.trim().parse().ok()).unwrap_or(0)
        };
        let (passed, failed) = (number("# pass "), number("# fail ") + number("# cancelled "));
        Self { passed, failed, output }.and(succeeded)
    }

    /// Reads Playwright's closing lines.
    pub fn of_playwright(output: String, succeeded: bool) -> Self {
        let number = |word: &str| -> u64 {
            let mut lines = output.lines().rev().map(str::trim);
            let found = lines.find_map(|line| {
                let (count, rest) = line.split_once(' ')?;
                let exact = rest == word || rest.starts_with(&format!("{word} ("));
                exact.then(|| count.parse().ok()).flatten()
            });
            found.unwrap_or(0)
        };
        let (passed, failed) = (number("passed"), number("failed") + number("did not run"));
        Self { passed, failed, output }.and(succeeded)
    }

    /// A program that failed without a failed test failed all the same.
    fn and(mut self, succeeded: bool) -> Self {
        if !succeeded && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    fn sums(counts: &Counts) -> (u64, u64) {
        (counts.passed, counts.failed)
    }

    #[test]
    fn cargo_prints_a_line_for_each_binary() {
        let output = "test result: ok. 3 passed; 0 failed; 0 ignored\n\
                      test result: FAILED. 4 passed; 2 failed; 0 ignored\n";
        assert_eq!(sums(&Counts::of_cargo(output.to_owned(), false)), (7, 2));
        assert_eq!(sums(&Counts::of_cargo("error: no\n".to_owned(), false)), (0, 1));
    }

    #[test]
    fn node_prints_totals() {
        let output = "# tests 5\n# pass 4\n# fail 1\n# cancelled 0\n";
        assert_eq!(sums(&Counts::of_node(output.to_owned(), false)), (4, 1));
    }

    #[test]
    fn playwright_prints_totals() {
        let output = "  1 failed\n    a.spec.ts:3:1 › 2 passed\n  12 passed (3.4s)\n";
        assert_eq!(sums(&Counts::of_playwright(output.to_owned(), false)), (12, 1));
    }
}
