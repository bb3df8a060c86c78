use super::super::lines::Lines;
use super::*;

const VALUE: &str = "eyJhbGciOiJFZERTQSJ9.cGF5bG9hZA.c2lnbmF0dXJl";

fn patterns(values: &[&str]) -> Arc<Patterns> {
    let secret = |value: &&str| Secret { name: "S".to_owned(), value: (*value).to_owned() };
    Arc::new(Patterns::of(&values.iter().map(secret).collect::<Vec<_>>()))
}

/// What is kept of output that comes in these reads.
fn masked(values: &[&str], reads: &[&[u8]]) -> String {
    let mut lines = Lines::new(OutputStream::Stdout);
    let mut mask = Mask::new(patterns(values), OutputStream::Stdout);
    let mut all = vec![];
    for read in reads {
        let mut pieces = vec![];
        lines.push(read, &mut pieces);
        all.extend(mask.pass(pieces));
    }
    let mut pieces = vec![];
    lines.finish(&mut pieces);
    all.extend(mask.finish(pieces));
    assert!(all.iter().all(|piece| piece.text.len() <= MAX_FRAME_BYTES));
    all.iter().map(|p| p.text.clone() + if p.continues { "" } else { "\n" }).collect()
}

fn wrapped(text: &str, width: usize) -> String {
    let lines: Vec<&str> =
        text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join("\n")
}

#[test]
fn a_secret_is_masked_wherever_it_stands_and_nothing_else_is() {
    let text = format!("a {VALUE}{VALUE} b\n{VALUE}\nnone\n\n  eyJ and {}\n", &VALUE[..30]);
    let expected = format!("a ****** b\n***\nnone\n\n  eyJ and {}\n", &VALUE[..30]);
    assert_eq!(masked(&[VALUE], &[text.as_bytes()]), expected);
    assert_eq!(masked(&[], &[text.as_bytes()]), text);
}

#[test]
fn a_secret_that_reads_cut_anywhere_is_masked() {
    let text = format!("before {VALUE} behind\n");
    for at in 0..=text.len() {
        let (one, other) = text.as_bytes().split_at(at);
        assert_eq!(masked(&[VALUE], &[one, other]), "before *** behind\n", "cut at {at}");
    }
    let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
    assert_eq!(masked(&[VALUE], &bytes), "before *** behind\n");
}

#[test]
fn a_secret_that_frames_cut_anywhere_is_masked() {
    for before in MAX_FRAME_BYTES - VALUE.len() - 1..=MAX_FRAME_BYTES + 1 {
        let text = format!("{}{VALUE}{}\n", "x".repeat(before), "y".repeat(MAX_FRAME_BYTES));
        let found = masked(&[VALUE], &[text.as_bytes()]);
        assert_eq!(found, text.replace(VALUE, "***"), "after {before}");
    }
}

#[test]
fn control_characters_inside_hide_nothing() {
    let (one, other) = VALUE.split_at(9);
    let text = format!("{one}\0\u{7}\u{9b}{other}\n");
    assert_eq!(masked(&[VALUE], &[text.as_bytes()]), "***\n");
}

#[test]
fn base64_is_masked_alone_and_inside_of_more_in_both_alphabets_and_wrapped() {
    let value = "token~~~???>>>with-odd-bits";
    for last in [b"+/", b"-_"] {
        let alone = String::from_utf8(base64(value.as_bytes(), last)).unwrap();
        assert_eq!(masked(&[value], &[alone.as_bytes()]), "***\n");
        for before in 0..4 {
            let text = format!("{}{value}:behind", "u".repeat(before));
            let text = String::from_utf8(base64(text.as_bytes(), last)).unwrap();
            let found = masked(&[value], &[text.as_bytes()]);
            assert!(found.contains("***") && found.len() < 24, "{before}: {found}");
        }
    }
    let text = String::from_utf8(base64(format!("user:{VALUE}\n").as_bytes(), b"+/")).unwrap();
    for width in 4..text.len() {
        let found = masked(&[VALUE], &[wrapped(&text, width).as_bytes()]);
        let letters = found.chars().filter(char::is_ascii_alphanumeric).count();
        // What is left is of the neighbours, and three letters at most before a line's end.
        assert!(found.contains("***") && letters < 16, "{width}: {found}");
    }
    assert_eq!(base64(b"12345678", b"+/"), b"MTIzNDU2Nzg");
}

#[test]
fn of_two_secrets_of_which_one_begins_the_other_nothing_is_left() {
    let values = ["12345678", "1234567890"];
    assert_eq!(masked(&values, &[b"12345678 1234567890 123456789\n"]), "*** *** ***9\n");
    assert_eq!(masked(&values, &[b"12345678", b"90", b"|12345678"]), "***|***\n");
}

#[test]
fn what_only_begins_like_a_secret_is_not_held_for_ever() {
    let mut mask = Mask::new(patterns(&[VALUE]), OutputStream::Stdout);
    let piece = |text: &str, continues| Piece {
        stream: OutputStream::Stdout,
        text: text.to_owned(),
        continues,
    };
    assert_eq!(mask.pass(vec![piece("done e", false)]), vec![piece("done e", false)]);
    assert_eq!(mask.pass(vec![piece("eyJhb", false)]), vec![], "the rest may follow");
    assert_eq!(
        mask.pass(vec![piece("", false)]),
        vec![piece("eyJhb", false), piece("", false)],
        "no rest follows an empty line"
    );
    for _ in 0..10_000 {
        mask.pass(vec![piece("eyJhb", false), piece("", false)]);
    }
    assert!(mask.held.len() < 20, "it doesn't grow");
    assert_eq!(mask.finish(vec![]).len(), 0);
}

#[test]
fn output_that_almost_tells_a_secret_all_the_time_is_masked_in_time() {
    let text = VALUE[..VALUE.len() - 1].repeat(20_000);
    let began = std::time::Instant::now();
    let found = masked(&[VALUE], &[text.as_bytes()]);
    assert_eq!(found.len(), text.len() + 1);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}
