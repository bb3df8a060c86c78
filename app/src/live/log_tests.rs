use super::*;

fn line(n: u64, step: Option<u32>, stream: LogStream, text: &str) -> LogLine {
    LogLine { n, at_ms: 0, stream, step, text: text.to_owned(), continues: false }
}

fn page(lines: Vec<LogLine>, complete: bool) -> LogPage {
    let next = lines.last().map_or(0, |line| line.n);
    LogPage { lines, next, complete }
}

fn out(n: u64, step: u32) -> LogLine {
    line(n, Some(step), LogStream::Stdout, "x")
}

#[test]
fn lines_repeat_harmlessly_and_a_gap_changes_nothing() {
    let mut log = Log::default();
    assert_eq!(log.append(page(vec![out(1, 1), out(2, 1)], false)), Appended::Lines(2));
    assert_eq!(log.append(page(vec![out(2, 1), out(3, 1)], false)), Appended::Lines(1));
    assert_eq!(log.append(page(vec![out(5, 1)], true)), Appended::Gap);
    assert_eq!(log.append(page(vec![out(4, 1), out(6, 1)], true)), Appended::Gap);
    assert!(!log.is_complete());
    assert_eq!(log.last(), 3);
    assert_eq!(log.append(page(vec![out(4, 1)], true)), Appended::Lines(1));
    assert!(log.is_complete());
}

#[test]
fn an_empty_page_can_end_a_log() {
    let mut log = Log::default();
    assert_eq!(log.append(LogPage { lines: vec![], next: 0, complete: true }), Appended::Lines(0));
    assert!(log.is_complete());
    assert_eq!(log.row_count(), 0);
}

#[test]
fn headings_stand_where_a_command_begins() {
    let mut log = Log::default();
    let lines = vec![
        line(1, None, LogStream::System, "unpacked"),
        out(2, 1),
        out(3, 1),
        out(4, 2),
        line(5, None, LogStream::System, "done"),
    ];
    log.append(page(lines, true));
    let shown: Vec<_> = log
        .rows(0..99)
        .map(|row| match row {
            Row::Heading { step } => format!("step {step}"),
            Row::Line(line) => line.n.to_string(),
        })
        .collect();
    assert_eq!(shown, ["1", "step 1", "2", "3", "step 2", "4", "5"]);
    assert_eq!(log.row_count(), shown.len());
    for n in 1..=5u64 {
        let row = log.row_of(n).unwrap();
        assert_eq!(shown.get(row), Some(&n.to_string()));
    }
    assert_eq!(log.row_of(6), None);
    assert_eq!(log.rows(2..4).count(), 2);
}

#[test]
fn trouble_is_looked_for_in_the_step_that_failed() {
    let lines = vec![
        line(1, Some(1), LogStream::Stderr, "Compiling error-chain"),
        line(2, Some(2), LogStream::Stdout, "test result: ok. 3 passed; 0 failed"),
        line(3, Some(2), LogStream::Stderr, "warning: unused"),
        line(4, Some(2), LogStream::Stdout, "\u{1b}[31mError\u{1b}[0m: expected 4"),
    ];
    for (failed_step, first_error) in [(Some(2), Some(4)), (None, Some(1)), (Some(3), None)] {
        let mut log = Log::of_run(failed_step);
        log.append(page(lines.clone(), true));
        assert_eq!(log.first_error(), first_error, "{failed_step:?}");
    }
}

#[test]
fn a_silent_failure_is_found_by_its_stream() {
    let mut log = Log::of_run(Some(1));
    let lines = vec![out(1, 1), line(2, Some(1), LogStream::Stderr, "usage: x")];
    log.append(page(lines, true));
    assert_eq!(log.first_error(), Some(2));
}

#[test]
fn the_window_stays_small_and_inside() {
    assert_eq!(window(0, 30, 10), 0..10);
    assert_eq!(window(0, 30, 200_000), 0..110);
    assert_eq!(window(199_990, 30, 200_000), 199_910..200_000);
    assert_eq!(window(500_000, 30, 200_000), 199_920..200_000);
    for first in [0, 1, 79, 80, 81, 5_000] {
        let shown = window(first, 40, 6_000);
        assert!(shown.len() <= 200 && shown.contains(&first));
    }
}

#[test]
fn a_fragment_names_a_line() {
    assert_eq!(line_of_fragment("#L120"), Some(120));
    for other in ["", "#", "#L", "#L0", "#l1", "#L-1", "#L1x", "#main"] {
        assert_eq!(line_of_fragment(other), None, "{other}");
    }
}
