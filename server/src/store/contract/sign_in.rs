//! Attempts to sign in: who is locked out, for how long, and who isn't.

use async_trait::async_trait;
use domain::account::{
    ATTEMPT_WINDOW_MS, Admission, Email, MAX_PER_NETWORK, MAX_PER_PAIR, MAX_SETUP_GUESSES,
    Password, PasswordHash, SetUp, SignIn, set_up, sign_in,
};
use domain::actor::Credential;
use domain::ports::Passwords;
use domain::{Context, Error, Field, Problem, Refusal};
use futures_util::future::join_all;

use super::world::World;
use super::{Bench, check, ok, same, some};

const RIGHT: &str = "correct horse battery";

/// Knows one right password, and hashes nothing.
struct OneRight;

#[async_trait]
impl Passwords for OneRight {
    async fn hash(&self, _: &Password) -> domain::Result<PasswordHash> {
        Ok(PasswordHash("$argon2id$none".to_owned()))
    }

    async fn verify(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
    ) -> domain::Result<bool> {
        Ok(hash.is_some() && password.expose() == RIGHT.as_bytes())
    }
}

/// A network of this case's own: counts are shared by all cases.
fn network(world: &World, name: &str) -> String {
    format!("{name}-{}", world.workspace)
}

async fn attempt(ctx: &Context, email: &str, network: &str, password: &str) -> Result<(), Error> {
    let input = SignIn {
        email: email.to_owned(),
        password: password.to_owned(),
        network: network.to_owned(),
        device: "contract".to_owned(),
    };
    sign_in(ctx, &OneRight, input).await.map(|_| ()).map_err(|(error, _)| error)
}

fn wrong() -> Error {
    Error::invalid(Field::Password, Problem::WrongCredentials)
}

fn is_too_many(outcome: &Result<(), Error>) -> bool {
    matches!(outcome, Err(Error::TooMany { .. }))
}

pub(super) async fn attempts_are_counted_in_a_window_that_ends(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let email = ok(Email::parse(&format!("{}@example.org", world.writer.user)), "an address")?;
    let unknown = ok(Email::parse(&format!("{}@nowhere.org", world.writer.user)), "an address")?;
    let network = network(&world, "window");
    let store = &bench.store;
    for n in 1..=3 {
        let scene = ok(store.begin_sign_in(&email, &network, world.time(n)).await, "attempt")?;
        let counts = scene.attempts;
        for (counted, what) in
            [(counts.network, "network"), (counts.pair, "pair"), (counts.email, "address")]
        {
            same(i64::from(counted.attempts), n, what)?;
            same(counted.window_left_ms, ATTEMPT_WINDOW_MS - n + 1, what)?;
        }
        let (user, workspace) = some(scene.user, "the person")?;
        same((user.id, workspace), (world.writer.user, Some(world.workspace)), "who it is")?;
    }
    let scene = ok(store.begin_sign_in(&unknown, &network, world.time(4)).await, "attempt")?;
    check(scene.user.is_none(), "an unknown address is somebody")?;
    let counts = scene.attempts;
    same((counts.email.attempts, counts.network.attempts), (1, 4), "counts of a stranger")?;
    let later = world.time(1 + ATTEMPT_WINDOW_MS);
    let counts = ok(store.begin_sign_in(&email, &network, later).await, "attempt")?.attempts;
    same((counts.email.attempts, counts.network.attempts), (1, 1), "counts of a new window")?;
    let before = world.time(-2 * ATTEMPT_WINDOW_MS);
    let scene = ok(store.begin_sign_in(&email, &network, before).await, "attempt")?;
    same(scene.attempts.pair.window_left_ms, ATTEMPT_WINDOW_MS, "after the clock went back")
}

pub(super) async fn a_guesser_locks_out_the_guesser_and_nobody_else(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let ctx = world.at(Credential::Anonymous, 0);
    let owner = format!("{}@example.org", world.owner.user);
    let writer = format!("{}@example.org", world.writer.user);
    let (here, there) = (network(&world, "here"), network(&world, "there"));
    let mut refused = 0_u32;
    for _ in 0..2 * MAX_PER_NETWORK {
        match attempt(&ctx, &owner, &there, "guess").await {
            Err(Error::TooMany { retry_after_s }) => {
                same(i64::from(retry_after_s), ATTEMPT_WINDOW_MS / 1_000, "the wait")?;
                refused += 1;
            }
            other => same(other, Err(wrong()), "a guess")?,
        }
    }
    same(refused, 2 * MAX_PER_NETWORK - MAX_PER_PAIR, "guesses that were refused")?;
    let right_but_locked = attempt(&ctx, &owner, &there, RIGHT).await;
    check(is_too_many(&right_but_locked), "a locked pair let the right password in")?;
    check(is_too_many(&attempt(&ctx, &writer, &there, RIGHT).await), "a locked network let in")?;
    same(attempt(&ctx, &owner, &here, RIGHT).await, Ok(()), "the owner, from elsewhere")?;
    let email = ok(Email::parse(&writer), "an address")?;
    let scene = ok(bench.store.begin_sign_in(&email, &there, ctx.now()).await, "attempt")?;
    let counts = (scene.attempts.pair.attempts, scene.attempts.email.attempts);
    same(counts, (0, 0), "what a locked network raised at another address")
}

pub(super) async fn an_office_behind_one_address_signs_in_all_day(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let ctx = world.at(Credential::Anonymous, 0);
    let office = network(&world, "office");
    let emails = [world.owner, world.writer, world.viewer]
        .map(|someone| format!("{}@example.org", someone.user));
    for round in 0..MAX_PER_NETWORK {
        for email in &emails {
            let outcome = attempt(&ctx, email, &office, RIGHT).await;
            same(outcome, Ok(()), &format!("sign-in in round {round}"))?;
        }
    }
    let [owner, ..] = &emails;
    for n in 1..=3 {
        same(attempt(&ctx, owner, &office, "typo").await, Err(wrong()), &format!("typo {n}"))?;
    }
    same(attempt(&ctx, owner, &office, RIGHT).await, Ok(()), "after typos")?;
    let email = ok(Email::parse(owner), "an address")?;
    let scene = ok(bench.store.begin_sign_in(&email, &office, ctx.now()).await, "attempt")?;
    let counts = scene.attempts;
    same((counts.pair.attempts, counts.email.attempts), (1, 1), "typos that are forgotten")?;
    same(counts.network.attempts, 4, "typos that the network keeps, and this attempt")
}

pub(super) async fn two_hundred_guesses_at_once_count_two_hundred(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let ctx = world.at(Credential::Anonymous, 0);
    let owner = format!("{}@example.org", world.owner.user);
    let there = network(&world, "at-once");
    let guesses = (0..200).map(|_| attempt(&ctx, &owner, &there, "guess"));
    let outcomes = join_all(guesses).await;
    let compared = outcomes.iter().filter(|outcome| **outcome == Err(wrong())).count();
    same(compared, usize::try_from(MAX_PER_PAIR).unwrap_or(0), "guesses that were compared")?;
    check(outcomes.iter().all(|outcome| outcome.is_err()), "a guess got in")?;
    let email = ok(Email::parse(&owner), "an address")?;
    let scene = ok(bench.store.begin_sign_in(&email, &there, ctx.now()).await, "attempt")?;
    same(scene.attempts.network.attempts, 201, "the count")
}

/// Listed before the first set-up: after it, nothing is counted.
pub(super) async fn guesses_of_the_setup_token_are_limited(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let was_set_up = ok(bench.store.is_set_up().await, "is set up")?;
    let ctx = world.at(Credential::Anonymous, 0);
    let there = network(&world, "setup");
    let guess = || SetUp {
        name: "Eve".to_owned(),
        email: format!("eve-{}@example.org", world.workspace),
        password: RIGHT.to_owned(),
        workspace: "Mine".to_owned(),
        device: "contract".to_owned(),
        admission: Admission::ByToken { is_right: false, network: there.clone() },
    };
    for n in 0..MAX_SETUP_GUESSES + 5 {
        let outcome = set_up(&ctx, &OneRight, guess()).await.map(|_| ());
        let want = match (was_set_up, n < MAX_SETUP_GUESSES) {
            (true, _) => Err(Error::Refused(Refusal::AlreadySetUp)),
            (false, true) => Err(Error::invalid(Field::SetupToken, Problem::WrongCredentials)),
            (false, false) => Err(Error::TooMany { retry_after_s: 900 }),
        };
        same(outcome, want, &format!("guess {n}"))?;
    }
    let scene = ok(bench.store.begin_set_up(Some(&there), ctx.now()).await, "set-up")?;
    let counted = if was_set_up { 0 } else { MAX_SETUP_GUESSES + 6 };
    same(scene.guesses.attempts, counted, "guesses that were counted")
}
