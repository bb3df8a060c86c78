//! A run's log in the browser: its lines in order, the headings between them, and which of them
//! are shown.

use core::ops::Range;

use super::ansi;
use super::protocol::{LogLine, LogPage, LogStream};

/// Longest part of a line that is shown; the whole line is in the text.
pub const MAX_SHOWN_CHARS: usize = 2_000;

/// A log as far as it has been read.
#[derive(Clone, Debug, Default)]
pub struct Log {
    lines: Vec<LogLine>,
    /// Where a command's output begins: the index of its first line, and its number.
    headings: Vec<(usize, u32)>,
    is_complete: bool,
    trouble: Trouble,
}

/// Whose log a view shows.
#[derive(Clone, Debug)]
pub struct LogSource {
    /// The run's id.
    pub run: String,
    /// What each command is called, the task's steps first, then the gate's commands.
    pub steps: Vec<String>,
    /// The step that failed, from 1.
    pub failed_step: Option<u32>,
    /// Whether the run is under way.
    pub is_live: bool,
}

/// How a log view stands, for its toolbar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogStatus {
    /// How many lines have been read.
    pub lines: u64,
    /// Whether the log has ended.
    pub is_complete: bool,
    /// Whether reading it fails at the moment.
    pub is_failing: bool,
    /// Whether it isn't there for this visitor any more.
    pub is_gone: bool,
    /// Whether the view keeps to its end.
    pub is_following: bool,
    /// The number of the line where trouble begins.
    pub first_error: Option<u64>,
}

impl LogStatus {
    /// Whether there is an end to keep to: one that is still being written.
    #[must_use]
    pub fn can_follow(&self) -> bool {
        self.lines > 0 && !self.is_complete && !self.is_gone
    }
}

/// Where trouble begins: within the step that failed, if one did, the first line that reads like
/// an error; failing that the first of its lines on stderr. Without a failed step the same over
/// the whole log.
#[derive(Clone, Copy, Debug, Default)]
struct Trouble {
    failed_step: Option<u32>,
    sign: Option<u64>,
    stderr: Option<u64>,
}

impl Trouble {
    fn look_at(&mut self, line: &LogLine) {
        let is_elsewhere = self.failed_step.is_some() && line.step != self.failed_step;
        if self.sign.is_some() || is_elsewhere || line.stream == LogStream::System {
            return;
        }
        if line.stream == LogStream::Stderr {
            self.stderr = self.stderr.or(Some(line.n));
        }
        if reads_like_an_error(&line.text) {
            self.sign = Some(line.n);
        }
    }
}

/// Something that has a line of its own on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// A command begins.
    Heading {
        /// Its number, from 1.
        step: u32,
    },
    /// A line of output.
    Line(&'a LogLine),
}

/// What came of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// So many new lines.
    Lines(usize),
    /// Lines are missing before it: ask again from [`Log::last`].
    Gap,
}

impl Log {
    /// An empty log of a run whose `failed_step`, from 1, is known if one failed.
    #[must_use]
    pub fn of_run(failed_step: Option<u32>) -> Self {
        Self { trouble: Trouble { failed_step, ..Trouble::default() }, ..Self::default() }
    }

    /// The number of the last line; 0 when there is none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.lines.last().map_or(0, |line| line.n)
    }

    /// Whether the log has ended and is all here.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// How many rows there are.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.lines.len().saturating_add(self.headings.len())
    }

    /// Takes a page. Lines that are here already are left out; a page with a gap is left out
    /// whole.
    pub fn append(&mut self, page: LogPage) -> Appended {
        let mut fresh = page.lines.into_iter().filter(|line| line.n > self.last()).peekable();
        let follows = fresh.peek().is_none_or(|line| line.n == self.last().saturating_add(1));
        let fresh: Vec<_> = fresh.collect();
        if !follows || !is_dense(&fresh) {
            return Appended::Gap;
        }
        let count = fresh.len();
        for line in fresh {
            if let Some(step) = line.step
                && self.headings.last().is_none_or(|(_, last)| *last != step)
            {
                self.headings.push((self.lines.len(), step));
            }
            self.trouble.look_at(&line);
            self.lines.push(line);
        }
        self.is_complete |= page.complete && page.next <= self.last();
        Appended::Lines(count)
    }

    /// The rows of a range, as far as there are any.
    pub fn rows(&self, range: Range<usize>) -> impl Iterator<Item = Row<'_>> {
        range.filter_map(|row| self.row(row))
    }

    fn row(&self, row: usize) -> Option<Row<'_>> {
        // The headings above this row; the heading numbered `i` stands at row `line + i`.
        let above = self.headings.iter().enumerate().take_while(|(i, (line, _))| line + i < row);
        let above = above.count();
        match self.headings.get(above) {
            Some((line, step)) if line.saturating_add(above) == row => {
                Some(Row::Heading { step: *step })
            }
            _ => self.lines.get(row.checked_sub(above)?).map(Row::Line),
        }
    }

    /// The row of the line with this number.
    #[must_use]
    pub fn row_of(&self, n: u64) -> Option<usize> {
        let index = self.lines.binary_search_by_key(&n, |line| line.n).ok()?;
        let above = self.headings.iter().take_while(|(line, _)| *line <= index).count();
        Some(index.saturating_add(above))
    }

    /// The command that the last line belongs to.
    #[must_use]
    pub fn last_step(&self) -> Option<u32> {
        self.headings.last().map(|(_, step)| *step)
    }

    /// Notes which step failed, now that it is known: that is where trouble is looked for.
    pub fn blame(&mut self, failed_step: u32) {
        if self.trouble.failed_step == Some(failed_step) {
            return;
        }
        let mut trouble = Trouble { failed_step: Some(failed_step), ..Trouble::default() };
        for line in &self.lines {
            trouble.look_at(line);
        }
        self.trouble = trouble;
    }

    /// The number of the line where trouble begins.
    #[must_use]
    pub fn first_error(&self) -> Option<u64> {
        self.trouble.sign.or(self.trouble.stderr)
    }
}

fn is_dense(lines: &[LogLine]) -> bool {
    lines.iter().zip(lines.iter().skip(1)).all(|(a, b)| a.n.saturating_add(1) == b.n)
}

fn reads_like_an_error(text: &str) -> bool {
    const SIGNS: [&str; 10] = [
        "error",
        "fail",
        "panic",
        "exception",
        "traceback",
        "fatal",
        "not ok",
        "assert",
        "not found",
        "denied",
    ];
    // "0 failed" and its like are what success looks like.
    const CALM: [&str; 6] =
        ["0 fail", "0 error", "no error", "errors: 0", "failures: 0", "failed: 0"];
    let text = ansi::plain(text).to_ascii_lowercase();
    SIGNS.iter().any(|sign| text.contains(sign)) && !CALM.iter().any(|calm| text.contains(calm))
}

/// The rows to keep on the page so that those in view, and some around them, are there.
#[must_use]
pub fn window(first_in_view: usize, in_view: usize, count: usize) -> Range<usize> {
    const AROUND: usize = 80;
    let start = first_in_view.min(count).saturating_sub(AROUND);
    let end = first_in_view.saturating_add(in_view).saturating_add(AROUND).min(count);
    start..end.max(start)
}

/// The number of the line that an address's fragment names: `#L120`.
#[must_use]
pub fn line_of_fragment(fragment: &str) -> Option<u64> {
    fragment.trim_start_matches('#').strip_prefix('L')?.parse().ok().filter(|n| *n > 0)
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
