use super::*;
use crate::live::protocol::LiveEvent;

fn events(seqs: &[i64], newest: i64) -> Input {
    let event = |seq: &i64| LiveEvent {
        seq: *seq,
        stream: String::new(),
        name: String::new(),
        actor: None,
    };
    Input::Heard(FromServer::Events { events: seqs.iter().map(event).collect(), newest })
}

fn at(ms: i64) -> Timestamp {
    Timestamp(ms)
}

fn opened(seq: i64) -> Connection {
    let mut connection = Connection::of_page(seq, at(0));
    assert_eq!(connection.status(), Status::Connecting);
    assert_eq!(connection.take(Input::Opened, at(1), 0), [Action::Hello(seq)]);
    connection
}

#[test]
fn it_is_live_only_once_the_room_has_answered() {
    let mut connection = opened(5);
    assert_eq!(connection.status(), Status::CatchingUp);
    assert_eq!(connection.take(events(&[], 5), at(2), 0), []);
    assert_eq!(connection.status(), Status::Live);
}

#[test]
fn an_event_is_caught_up_with_by_the_page() {
    let mut connection = opened(5);
    assert_eq!(connection.take(events(&[6, 7], 7), at(2), 0), [Action::Refresh]);
    assert_eq!(connection.status(), Status::CatchingUp);
    assert_eq!(connection.take(Input::Refreshed(6), at(3), 0), [Action::Refresh]);
    assert_eq!(connection.take(Input::Refreshed(7), at(4), 0), []);
    assert_eq!(connection.status(), Status::Live);
    assert_eq!(connection.take(events(&[6, 7], 7), at(5), 0), [], "a repetition is nothing new");
}

#[test]
fn a_gap_is_asked_for_once_and_then_read_from_the_page() {
    let mut connection = opened(5);
    connection.take(events(&[], 5), at(2), 0);
    assert_eq!(connection.take(events(&[9], 9), at(3), 0), [Action::Hello(5)]);
    assert_eq!(connection.status(), Status::CatchingUp);
    assert_eq!(connection.take(events(&[9], 9), at(4), 0), [Action::Refresh]);
    assert_eq!(connection.take(Input::Refreshed(9), at(5), 0), []);
    assert_eq!(connection.status(), Status::Live);
}

#[test]
fn a_pong_shows_what_was_lost_on_the_way() {
    let mut connection = opened(5);
    connection.take(events(&[], 5), at(2), 0);
    assert_eq!(connection.take(Input::Tick, at(3), 0), [Action::Ping]);
    let pong = Input::Heard(FromServer::Pong { newest: 8 });
    assert_eq!(connection.take(pong, at(4), 0), [Action::Hello(5), Action::Refresh]);
    assert_eq!(connection.status(), Status::CatchingUp);
}

#[test]
fn a_silent_socket_is_given_up_and_says_since_when() {
    let mut connection = opened(5);
    connection.take(events(&[], 5), at(1_000), 0);
    assert_eq!(connection.take(Input::Tick, at(26_000), 0), [Action::Ping]);
    assert_eq!(connection.take(Input::Tick, at(62_000), 0), [Action::Drop]);
    assert_eq!(connection.take(Input::Closed, at(62_001), 0), [Action::Reconnect(500)]);
    assert_eq!(connection.status(), Status::Stale { since: at(1_000) });
    assert_eq!(connection.take(Input::Tick, at(90_000), 0), []);
    connection.take(Input::Opened, at(91_000), 0);
    assert_eq!(connection.status(), Status::CatchingUp);
    connection.take(events(&[], 5), at(91_001), 0);
    assert_eq!(connection.status(), Status::Live);
}

#[test]
fn without_any_socket_the_page_is_fetched_now_and_then() {
    let mut connection = Connection::of_page(5, at(0));
    assert_eq!(connection.take(Input::Closed, at(1), 0), [Action::Reconnect(500)]);
    assert_eq!(connection.take(Input::Closed, at(2), 0), [Action::Reconnect(1_000)]);
    assert_eq!(connection.status(), Status::Connecting);
    let actions = connection.take(Input::Closed, at(3), 0);
    assert_eq!(actions, [Action::Refresh, Action::Reconnect(20_000)]);
    assert!(matches!(connection.status(), Status::Stale { .. }));
    connection.take(Input::Refreshed(9), at(500), 0);
    assert_eq!(connection.status(), Status::Stale { since: at(500) });
}

#[test]
fn log_nudges_pass_through_and_move_no_cursor() {
    let mut connection = opened(5);
    let nudge = FromServer::LogAdvanced { run: "run_1".to_owned(), through: 40 };
    let expected = Action::LogAdvanced { run: "run_1".to_owned(), through: 40 };
    assert_eq!(connection.take(Input::Heard(nudge), at(2), 0), [expected]);
    assert_eq!(connection.status(), Status::CatchingUp, "the room hasn't answered yet");
}

/// A room that loses, repeats and reorders what it sends; the page must end up true, and the
/// cursor must never pass an event that wasn't received or rendered.
#[test]
fn whatever_a_bad_network_does_the_page_ends_up_true() {
    for seed in 0..2_000u32 {
        let mut random = seed;
        let mut next = move || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random >> 16
        };
        let mut newest = 0i64;
        let mut connection = opened(0);
        for step in 0..60 {
            let now = at(step * 10);
            newest += i64::from(next() % 3);
            let from = i64::from(next() % 5).min(newest);
            let seqs: Vec<i64> = match next() % 4 {
                0 => vec![],
                1 => (newest - from..=newest).collect(),
                2 => (newest - from..=newest).rev().collect(),
                _ => vec![newest],
            };
            let seqs: Vec<i64> = seqs.into_iter().filter(|seq| *seq > 0).collect();
            let before = connection.cursor.known();
            let actions = connection.take(events(&seqs, newest), now, 0);
            let after = connection.cursor.known();
            for passed in before + 1..=after {
                assert!(seqs.contains(&passed), "seed {seed}: passed {passed} unseen");
            }
            settle(&mut connection, actions, newest, now, next().is_multiple_of(2));
        }
        let now = at(10_000);
        let pong = Input::Heard(FromServer::Pong { newest });
        let actions = connection.take(pong, now, 0);
        settle(&mut connection, actions, newest, now, true);
        assert_eq!(connection.status(), Status::Live, "seed {seed}");
    }
}

/// Does what the connection asks for; when not `reliably`, what it asks for gets lost.
fn settle(
    connection: &mut Connection,
    actions: Vec<Action>,
    newest: i64,
    now: Timestamp,
    reliably: bool,
) {
    if !reliably {
        return;
    }
    for action in actions {
        let more = match action {
            Action::Hello(cursor) => {
                let seqs: Vec<i64> = (cursor + 1..=newest).collect();
                connection.take(events(&seqs, newest), now, 0)
            }
            Action::Refresh => connection.take(Input::Refreshed(newest), now, 0),
            _ => vec![],
        };
        settle(connection, more, newest, now, true);
    }
}
