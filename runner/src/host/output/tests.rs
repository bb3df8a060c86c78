use super::*;

const ORIGIN: Origin = Origin { step: Some(0), at_ms: 5 };

fn piece(text: &str) -> Piece {
    Piece { stream: OutputStream::Stdout, text: text.to_owned(), continues: false }
}

fn numbers(frames: &[Frame]) -> Vec<u64> {
    frames.iter().map(|frame| frame.seq).collect()
}

#[test]
fn numbers_are_dense_across_segments_and_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let open = |ack| Output::open(dir.path().to_owned(), 1 << 30, ack).unwrap();
    let mut output = open(0);
    let line = "x".repeat(1000);
    for _ in 0..600 {
        output.append(vec![piece(&line), piece("y")], ORIGIN).unwrap();
    }
    assert!(fs::read_dir(dir.path()).unwrap().count() > 2, "several segments");
    drop(output);
    let mut output = open(0);
    assert_eq!(output.last(), 1200);
    output.append_system("back".to_owned(), ORIGIN).unwrap();
    let all = output.read(0, u64::MAX).unwrap();
    assert_eq!(numbers(&all), (1..=1201).collect::<Vec<_>>());
    assert_eq!(numbers(&output.read(1199, u64::MAX).unwrap()), [1200, 1201]);
    assert_eq!(numbers(&output.read(0, 1).unwrap()), [1], "at least one");
    assert!(output.read(1201, 10).unwrap().is_empty());
}

#[test]
fn a_half_written_frame_is_cut_off_and_its_number_given_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut output = Output::open(dir.path().to_owned(), 1 << 20, 0).unwrap();
    output.append(vec![piece("one"), piece("two")], ORIGIN).unwrap();
    drop(output);
    let path = dir.path().join("000000000001.jsonl");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 7]).unwrap();
    let mut output = Output::open(dir.path().to_owned(), 1 << 20, 0).unwrap();
    assert_eq!(output.last(), 1);
    output.append(vec![piece("again")], ORIGIN).unwrap();
    let texts: Vec<_> =
        output.read(0, u64::MAX).unwrap().into_iter().map(|f| (f.seq, f.text)).collect();
    assert_eq!(texts, [(1, "one".to_owned()), (2, "again".to_owned())]);
}

#[test]
fn acknowledged_segments_are_removed_and_the_rest_stays() {
    let dir = tempfile::tempdir().unwrap();
    let mut output = Output::open(dir.path().to_owned(), 1 << 30, 0).unwrap();
    let line = "x".repeat(10_000);
    for _ in 0..100 {
        output.append(vec![piece(&line)], ORIGIN).unwrap();
    }
    let before = fs::read_dir(dir.path()).unwrap().count();
    assert!(output.acknowledge(90).unwrap());
    assert!(fs::read_dir(dir.path()).unwrap().count() < before);
    assert_eq!(numbers(&output.read(90, u64::MAX).unwrap()), (91..=100).collect::<Vec<_>>());
    assert!(output.acknowledge(3).unwrap(), "lower changes nothing");
    assert_eq!(output.acknowledged(), 90);
    assert!(!output.acknowledge(101).unwrap(), "more than there is");
}

#[test]
fn past_the_limit_one_frame_says_so_and_bytes_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let mut output = Output::open(dir.path().to_owned(), 40, 0).unwrap();
    output.append(vec![piece("12345"), piece("67890"), piece("x")], ORIGIN).unwrap();
    output.append(vec![piece("more")], ORIGIN).unwrap();
    let frames = output.read(0, u64::MAX).unwrap();
    assert_eq!(numbers(&frames), [1, 2]);
    assert_eq!(frames[1].stream, OutputStream::System);
    assert_eq!(output.dropped(), 6 + 2 + 5);
}

#[test]
fn a_page_of_empty_lines_is_bounded_and_any_number_may_be_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut output = Output::open(dir.path().to_owned(), 1 << 30, 0).unwrap();
    for _ in 0..20 {
        output.append((0..1000).map(|_| piece("")).collect(), ORIGIN).unwrap();
    }
    assert_eq!(output.read(0, 256 * 1024).unwrap().len(), 256 * 1024 / 100);
    assert_eq!(output.read(0, u64::MAX).unwrap().len(), MAX_PAGE_FRAMES);
    assert!(output.read(u64::MAX, 1).unwrap().is_empty());
}

#[test]
fn what_the_disk_does_not_take_is_lost_told_and_poisons_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut output = Output::open(dir.path().to_owned(), 1 << 20, 0).unwrap();
    output.append(vec![piece("one")], ORIGIN).unwrap();
    // A device that is always full stands for the disk.
    output.open = Some(OpenOptions::new().append(true).open("/dev/full").unwrap());
    assert!(output.append(vec![piece("gone"), piece("too")], ORIGIN).is_err());
    assert!(output.append_system("as well".to_owned(), ORIGIN).is_err());
    assert_eq!((output.last(), output.lost()), (1, 17));
    // As if half of it had been written, and the cut had failed at first.
    let path = output.path(1);
    let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
    torn.write_all(b"{\"seq\":2,\"at_").unwrap();
    output.is_torn = true;
    assert_eq!(numbers(&output.read(0, u64::MAX).unwrap()), [1], "readable all along");
    output.open = Some(torn);
    output.append(vec![piece("back")], ORIGIN).unwrap();
    let texts: Vec<_> = output.read(0, u64::MAX).unwrap().into_iter().map(|f| f.text).collect();
    assert_eq!(texts, ["one", "17 bytes of output couldn't be written and are lost", "back"]);
}
