//! Whoever may write the database, but knows neither the secret nor the place of the anchors, can
//! change nothing unnoticed.

use domain::Timestamp;
use domain::actor::Actor;
use domain::anchor::{Anchor, ChainSecret, Difference, LogLine, StoredEvent, Verifier};
use domain::event::{Event, EventBody, Head, Stream};
use domain::ids::{RunId, WorkspaceId};
use domain::ports::Random;

struct Fixed(u8);

impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn secret() -> ChainSecret {
    ChainSecret::parse(&"s".repeat(32)).expect("a secret")
}

fn workspace() -> WorkspaceId {
    WorkspaceId::generate(NOW, &Fixed(1))
}

fn stored(seq: i64, event: &Event) -> StoredEvent {
    StoredEvent {
        line: LogLine {
            seq,
            stream: event.stream.to_string(),
            version: event.version,
            hash: event.hash.0.clone(),
        },
        actor: serde_json::to_string(&event.actor).expect("json"),
        at: event.at,
        body: serde_json::to_string(&event.body).expect("json"),
        prev_hash: event.prev_hash.0.clone(),
    }
}

/// A log of nine events in two streams that take turns; the name in the body says which it is.
fn log(name: impl Fn(i64) -> String) -> Vec<StoredEvent> {
    let streams = [Stream::Workspace(workspace()), Stream::Run(RunId::generate(NOW, &Fixed(2)))];
    let mut heads = [Head::start(), Head::start()];
    let mut log = vec![];
    for seq in 1..=9 {
        let which = usize::from(seq % 2 == 0);
        let body = EventBody::WorkspaceCreated { name: name(seq) };
        let stream = streams[which];
        let event = Event::next(&heads[which], workspace(), stream, Actor::System, NOW, body);
        let event = event.expect("an event");
        heads[which] = event.head();
        log.push(stored(seq, &event));
    }
    log
}

fn honest() -> Vec<StoredEvent> {
    log(|seq| format!("event {seq}"))
}

/// Anchors over 1..=4, 5..=6, 7..=8; the ninth event is past them.
fn anchors(log: &[StoredEvent]) -> Vec<Anchor> {
    let lines: Vec<_> = log.iter().map(|event| event.line.clone()).collect();
    let mut anchors: Vec<Anchor> = vec![];
    for range in [0..4, 4..6, 6..8] {
        let (prev, lines) = (anchors.last(), &lines[range]);
        let next = Anchor::next(&secret(), prev, workspace(), lines, NOW);
        anchors.push(next.expect("an anchor"));
    }
    anchors
}

fn verify(anchors: Vec<Anchor>, log: &[StoredEvent]) -> Vec<Difference> {
    let mut verifier = Verifier::begin(&secret(), workspace(), anchors);
    log.iter().for_each(|event| verifier.take(event));
    verifier.finish()
}

#[test]
fn an_honest_log_differs_in_nothing() {
    assert_eq!(verify(anchors(&honest()), &honest()), []);
    assert_eq!(verify(vec![], &honest()), [], "not anchored yet");
    assert_eq!(verify(vec![], &[]), [], "nothing yet");
}

#[test]
fn a_rewritten_body_breaks_its_chain() {
    let mut forged = honest();
    forged[4].body = forged[4].body.replace("event", "evil");
    let stream = forged[4].line.stream.clone();
    assert_eq!(verify(anchors(&honest()), &forged), [Difference::Chain { seq: 5, stream }]);
}

#[test]
fn a_rewritten_body_with_every_hash_made_again_is_found_by_the_anchors() {
    let forged = log(|seq| if seq == 5 { "evil".to_owned() } else { format!("event {seq}") });
    assert_eq!(
        verify(anchors(&honest()), &forged),
        [Difference::Altered { from: 5, to: 6 }, Difference::Altered { from: 7, to: 8 }],
    );
    assert_eq!(verify(vec![], &forged), [], "without anchors it would pass");
}

#[test]
fn a_truncated_tail_is_found() {
    for newest in [0, 3, 7] {
        let differences = verify(anchors(&honest()), &honest()[..newest]);
        let newest = i64::try_from(newest).expect("a length");
        assert_eq!(differences, [Difference::Truncated { newest, anchored: 8 }]);
    }
}

#[test]
fn a_missing_anchor_is_found() {
    let all = anchors(&honest());
    let without = |gone: usize| {
        let kept = all.iter().enumerate().filter(|(n, _)| *n != gone);
        verify(kept.map(|(_, anchor)| anchor.clone()).collect(), &honest())
    };
    assert_eq!(without(0), [Difference::AnchorMissing { from: 1, to: 4 }]);
    assert_eq!(without(1), [Difference::AnchorMissing { from: 5, to: 6 }]);
    let kept = all[..2].to_vec();
    let mut verifier = Verifier::begin(&secret(), workspace(), kept);
    verifier.is_said_to_reach(8);
    assert_eq!(verifier.finish()[..1], [Difference::AnchorMissing { from: 7, to: 8 }]);
}

#[test]
fn a_swapped_order_is_found() {
    let mut swapped = honest();
    swapped.swap(4, 5);
    for (event, seq) in swapped.iter_mut().zip(1..) {
        event.line.seq = seq;
    }
    assert_eq!(verify(vec![], &swapped), [], "their streams are whole, only the log isn't");
    assert_eq!(verify(anchors(&honest()), &swapped), [Difference::Altered { from: 5, to: 6 }]);
}

#[test]
fn a_removed_event_is_found() {
    let mut without = honest();
    without.remove(8);
    without.remove(5);
    let differences = verify(anchors(&honest()), &without);
    assert!(differences.contains(&Difference::Place { expected: 6, found: 7 }), "{differences:?}");
}

#[test]
fn an_anchor_of_another_secret_or_place_is_forged() {
    let lines: Vec<_> = honest().iter().map(|event| event.line.clone()).collect();
    let other = ChainSecret::parse(&"t".repeat(32)).expect("a secret");
    let foreign = Anchor::next(&other, None, workspace(), &lines, NOW).expect("an anchor");
    assert_eq!(verify(vec![foreign], &honest()), [Difference::Forged { to: 9 }]);
    let elsewhere = WorkspaceId::generate(NOW, &Fixed(3));
    let moved = Anchor::next(&secret(), None, elsewhere, &lines, NOW).expect("an anchor");
    assert_eq!(verify(vec![moved], &honest()), [Difference::Forged { to: 9 }]);
    // Authentic by itself, but it follows on another one than it should.
    let mut all = anchors(&honest());
    all[1] = Anchor::next(
        &secret(),
        Some(&Anchor { mac: "1".repeat(64), ..all[0].clone() }),
        workspace(),
        &lines[4..6],
        NOW,
    )
    .expect("an anchor");
    assert!(verify(all, &honest()).contains(&Difference::Forged { to: 6 }));
}

#[test]
fn lines_that_do_not_follow_are_not_anchored() {
    let lines: Vec<_> = honest().iter().map(|event| event.line.clone()).collect();
    assert_eq!(Anchor::next(&secret(), None, workspace(), &lines[1..], NOW), None);
    assert_eq!(Anchor::next(&secret(), None, workspace(), &[], NOW), None);
    assert!(ChainSecret::parse("short").is_none());
    assert_eq!(format!("{:?}", secret()), "ChainSecret(…)");
}
