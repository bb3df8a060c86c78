//! Passwords: argon2id behind the domain's port.
//!
//! Hashing is synchronous here and stalls its isolate, so calls take turns: each reserves a moment,
//! waits for it, and leaves a gap in which other requests are served. `docs/decisions/0005-passwords.md`
//! has the figures.

use core::sync::atomic::{AtomicI64, Ordering};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use domain::account::{Password, PasswordHash};
use domain::clock::{Clock, Timestamp};
use domain::ports::{Passwords, Random};
use domain::{Error, Result};

/// Memory of one hash, in KiB: 19 MiB, the least that OWASP names for two passes.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Most memory that a stored hash may ask for, in KiB. Above it the isolate could die of it.
const MEMORY_KIB_CEILING: u32 = 64 * 1024;
/// Most passes that a stored hash may ask for.
const PASSES_CEILING: u32 = 8;

/// The gap between the beginnings of two hashes, in milliseconds: about twice what one takes.
const GAP_MS: i64 = 80;
/// The least time after a hash in which none begins, in milliseconds.
const REST_MS: i64 = 40;
/// The longest that a hash keeps others from beginning theirs when nobody notes its end, because its
/// caller went away meanwhile, in milliseconds.
const LONGEST_HASH_MS: i64 = 1_000;
/// How often one whose moment has come looks whether the hash before it has ended, in milliseconds.
const LOOK_MS: u64 = 20;
/// The longest that a caller waits for its turn, in milliseconds; beyond it the answer is
/// `Unavailable`.
const LONGEST_WAIT_MS: i64 = 5_000;

/// Stands in for the hash of a person who doesn't exist, so that the answer takes as long. Nobody
/// knows a password for it: the 32 bytes were drawn, not derived.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$OAGZ4XmrVEjpr25cBqEhBg$\
                      CnsRf974ijNyQfJxwC6FYPoS2rNRQt5ZwMzPY5hSoLU";

/// Lets a caller wait for so many milliseconds.
pub type Pause = Arc<dyn Fn(u64) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Who may hash when. A turn is a moment in time rather than a lock: a caller that goes away while
/// it waits blocks nobody, and no request ever wakes another one, which the platform forbids.
#[derive(Debug, Default)]
pub struct Turns {
    next_at: AtomicI64,
    /// Until when others are let by after the last hash.
    quiet_until: AtomicI64,
}

/// The turns of this isolate.
static TURNS: Turns = Turns::new();

impl Turns {
    /// Nobody waits yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { next_at: AtomicI64::new(0), quiet_until: AtomicI64::new(0) }
    }

    /// How many milliseconds a caller whose moment has come must let others by, because a hash is being
    /// computed or ended just now.
    pub fn quiet(&self, now: Timestamp) -> Option<u64> {
        let left = self.quiet_until.load(Ordering::Relaxed).saturating_sub(now.0);
        // Further ahead than any rest goes: the clock was set back.
        let left = (1..=LONGEST_WAIT_MS).contains(&left).then_some(left)?;
        u64::try_from(left).ok()
    }

    /// Notes that a hash begins.
    pub fn begin(&self, now: Timestamp) {
        self.quiet_until.store(now.0.saturating_add(LONGEST_HASH_MS), Ordering::Relaxed);
    }

    /// Notes that a hash was computed. As much time as it took is left to others: on a machine that
    /// is slower than the gap was made for, hashes would follow each other without any.
    pub fn rest(&self, begun: Timestamp, ended: Timestamp) {
        let took = ended.0.saturating_sub(begun.0).clamp(REST_MS, LONGEST_WAIT_MS);
        let until = ended.0.saturating_add(took);
        self.quiet_until.store(until, Ordering::Relaxed);
        if self.next_at.load(Ordering::Relaxed) < until {
            self.next_at.store(until, Ordering::Relaxed);
        }
    }

    /// Reserves the next free moment and gives the milliseconds until then; none when too many
    /// wait.
    pub fn reserve(&self, now: Timestamp) -> Option<u64> {
        let mut at = self.next_at.load(Ordering::Relaxed).max(now.0);
        // Further ahead than any reservation goes: the clock was set back.
        if at.saturating_sub(now.0) > LONGEST_WAIT_MS + GAP_MS {
            at = now.0;
        }
        let wait = at.saturating_sub(now.0);
        if wait > LONGEST_WAIT_MS {
            return None;
        }
        self.next_at.store(at.saturating_add(GAP_MS), Ordering::Relaxed);
        u64::try_from(wait).ok()
    }
}

/// Argon2id with the parameters above.
pub struct Argon2Passwords {
    random: Arc<dyn Random>,
    clock: Arc<dyn Clock>,
    pause: Pause,
}

impl Argon2Passwords {
    /// Hashing with this randomness for salts; `clock` and `pause` are how calls take turns.
    #[must_use]
    pub fn new(random: Arc<dyn Random>, clock: Arc<dyn Clock>, pause: Pause) -> Self {
        Self { random, clock, pause }
    }

    async fn take_turn(&self) -> Result<()> {
        let begun = self.clock.now();
        let wait = TURNS.reserve(begun).ok_or(Error::Unavailable)?;
        if wait > 0 {
            (self.pause)(wait).await;
        }
        while let Some(rest) = TURNS.quiet(self.clock.now()) {
            if self.clock.now().0.saturating_sub(begun.0) > LONGEST_WAIT_MS.saturating_mul(2) {
                return Err(Error::Unavailable);
            }
            (self.pause)(rest.min(LOOK_MS)).await;
        }
        Ok(())
    }

    /// Computes without a pause, and lets others by afterwards.
    async fn compute<T>(&self, work: impl FnOnce() -> T) -> T {
        let begun = self.clock.now();
        TURNS.begin(begun);
        let done = work();
        // The platform's clock stands still while we compute, and two whose moments came meanwhile
        // would follow at once: only after a pause is it known how long it took.
        (self.pause)(0).await;
        TURNS.rest(begun, self.clock.now());
        done
    }
}

#[async_trait]
impl Passwords for Argon2Passwords {
    async fn hash(&self, password: &Password) -> Result<PasswordHash> {
        self.take_turn().await?;
        let mut salt = [0_u8; 16];
        self.random.fill(&mut salt);
        self.compute(|| hash_with_salt(password.expose(), &salt)).await
    }

    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool> {
        self.take_turn().await?;
        let phc = hash.map_or(NOBODY, |hash| hash.0.as_str());
        let matches = self.compute(|| matches(password.expose(), phc)).await?;
        Ok(matches && hash.is_some())
    }
}

/// The hash of a password under a salt, in PHC form.
///
/// # Errors
/// `Internal` when the salt has an impossible length.
fn hash_with_salt(password: &[u8], salt: &[u8]) -> Result<PasswordHash> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| Error::Internal)?;
    let salt = SaltString::encode_b64(salt).map_err(|_| Error::Internal)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password(password, &salt)
        .map(|hash| PasswordHash(hash.to_string()))
        .map_err(|_| Error::Internal)
}

/// Whether a password is the hashed one, compared in constant time.
///
/// # Errors
/// `Internal` when the text isn't an argon2id hash within our ceilings.
fn matches(password: &[u8], phc: &str) -> Result<bool> {
    let hash = argon2::PasswordHash::new(phc).map_err(|_| Error::Internal)?;
    let params = Params::try_from(&hash).map_err(|_| Error::Internal)?;
    let bounded = hash.algorithm == Algorithm::Argon2id.ident()
        && hash.salt.is_some()
        && hash.hash.is_some_and(|hash| hash.len() == 32)
        && params.m_cost() <= MEMORY_KIB_CEILING
        && params.t_cost() <= PASSES_CEILING
        && params.p_cost() <= 4;
    if !bounded {
        return Err(Error::Internal);
    }
    match Argon2::default().verify_password(password, &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::Password) => Ok(false),
        Err(_) => Err(Error::Internal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_rfc_9106_holds() {
        let params = argon2::ParamsBuilder::new()
            .m_cost(32)
            .t_cost(3)
            .p_cost(4)
            .data(argon2::AssociatedData::new(&[4; 12]).unwrap())
            .build()
            .unwrap();
        let argon2 =
            Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let mut tag = [0_u8; 32];
        argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
        let expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659";
        assert_eq!(hex::encode(tag), expected);
    }

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let hash = hash_with_salt(b"correct horse battery", &[7; 16]).unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
        assert_eq!(matches(b"correct horse battery", &hash.0), Ok(true));
        assert_eq!(matches(b"correct horse batterz", &hash.0), Ok(false));
        assert_eq!(matches(b"", &hash.0), Ok(false));
        let other_salt = hash_with_salt(b"correct horse battery", &[8; 16]).unwrap();
        assert_ne!(hash.0, other_salt.0);
    }

    #[test]
    fn nobody_has_a_password_but_costs_as_much() {
        let nobody = argon2::PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&nobody).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, 1));
        assert_eq!(matches(b"correct horse battery", NOBODY), Ok(false));
    }

    #[test]
    fn a_hostile_hash_is_refused_and_costs_nothing() {
        let salt = "c29tZXNhbHRzb21lc2FsdA";
        let tag = "kq3Jt0l8w0mJq1cQ5m0w8yY3dR7n0xV1uT9bE2hK4sM";
        for phc in [
            String::new(),
            "$".to_owned(),
            "$argon2id".to_owned(),
            "plain text".to_owned(),
            format!("$argon2i$v=19$m=19456,t=2,p=1${salt}${tag}"),
            format!("$argon2d$v=19$m=19456,t=2,p=1${salt}${tag}"),
            format!("$scrypt$ln=16,r=8,p=1${salt}${tag}"),
            format!("$argon2id$v=19$m=4294967295,t=2,p=1${salt}${tag}"),
            format!("$argon2id$v=19$m=19456,t=4294967295,p=1${salt}${tag}"),
            format!("$argon2id$v=19$m=19456,t=2,p=16777215${salt}${tag}"),
            format!("$argon2id$v=99$m=19456,t=2,p=1${salt}${tag}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1${salt}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1${salt}$AAAA"),
            format!("$argon2id$v=19$m=-1,t=2,p=1${salt}${tag}"),
            "\u{0}".repeat(100_000),
        ] {
            let began = std::time::Instant::now();
            assert_eq!(matches(b"x", &phc), Err(Error::Internal), "{phc:.60}");
            assert!(began.elapsed().as_millis() < 200, "{phc:.60}");
        }
    }

    #[test]
    fn turns_are_apart_bounded_and_survive_a_clock_set_back() {
        let turns = Turns::new();
        let now = Timestamp(1_000_000);
        assert_eq!(turns.reserve(now), Some(0));
        assert_eq!(turns.reserve(now), Some(80));
        assert_eq!(turns.reserve(now), Some(160));
        let more = (0..1_000).filter_map(|_| turns.reserve(now)).collect::<Vec<_>>();
        assert_eq!(more.last(), Some(&4_960));
        assert_eq!(turns.reserve(now), None);
        assert_eq!(turns.reserve(now.plus_ms(6_000)), Some(0), "the crowd has gone");
        assert_eq!(turns.reserve(Timestamp(5)), Some(0), "a day back");
    }

    #[test]
    fn after_a_hash_as_much_time_is_left_to_others_as_it_took() {
        let (turns, at) = (Turns::new(), Timestamp);
        assert_eq!(turns.quiet(at(0)), None);
        turns.rest(at(1_000), at(1_300));
        assert_eq!(turns.quiet(at(1_300)), Some(300));
        assert_eq!(turns.reserve(at(1_310)), Some(290), "nobody's moment comes before");
        assert_eq!(turns.quiet(at(1_600)), None);
        turns.rest(at(2_000), at(2_000));
        assert_eq!(turns.quiet(at(2_000)), Some(40), "a clock that stands still while we compute");
        assert_eq!(turns.quiet(at(5)).map(|left| left < 5_000), Some(true));
        turns.rest(at(90_000_000), at(90_000_050));
        assert_eq!(turns.quiet(at(5)), None, "a day back");
    }
}
