//! Attempts to sign in, and guesses of the setup token: counted before anything is compared, so that
//! parallel ones can't outrun the count.

use domain::account::{
    ATTEMPT_WINDOW_MS, Attempts, Counted, Email, MAX_PER_NETWORK, MAX_PER_PAIR, Opening,
    SetUpScene, SignInScene,
};
use domain::{Result, Timestamp};

use crate::database::{Row, Rows, Statement, Value};
use crate::store::accounts::{INSTALLATION, insert_session, one, setup_event, user};
use crate::store::commit::meaning;
use crate::store::fault::fault;
use crate::store::{SqlStore, audit, guards};

/// How many outlived rows one sign-in takes along.
const SWEEP: &str = "20";

impl SqlStore {
    pub(super) async fn count_guess(
        &self,
        network: Option<&str>,
        now: Timestamp,
    ) -> Result<SetUpScene> {
        let mut statements = vec![setup_event()];
        if let Some(network) = network {
            // Once it is set up there is nothing to guess, and strangers leave no rows.
            let until = "NOT EXISTS (SELECT 1 FROM events e WHERE e.stream = ?4)";
            statements.push(attempt(
                &format!("setup:{network}"),
                now,
                until,
                vec![INSTALLATION.into()],
            ));
        }
        let mut answers =
            self.database.batch(statements).await.map_err(|error| fault(&error))?.into_iter();
        let is_set_up = answers.next().is_some_and(|rows| !rows.0.is_empty());
        let guesses = counted(answers.next().unwrap_or_default(), now)?;
        Ok(SetUpScene { is_set_up, guesses })
    }

    pub(super) async fn count_attempt(
        &self,
        email: &Email,
        network: &str,
        now: Timestamp,
    ) -> Result<SignInScene> {
        let mut statements = counting(email, network, now).to_vec();
        statements.push(Statement::new(
            "SELECT u.id, u.name, u.email, u.password_hash, u.created_at, m.workspace_id \
             FROM users u LEFT JOIN members m ON m.user_id = u.id \
             WHERE u.email = ?1 ORDER BY m.joined_at, m.workspace_id LIMIT 1",
            [email.as_str().into()],
        ));
        let mut answers =
            self.database.batch(statements).await.map_err(|error| fault(&error))?.into_iter();
        let attempts = attempts(&mut answers, now)?;
        let read = |row: &Row| Ok((user(row)?, row.optional_parse("workspace_id")?));
        let user = one(("users", answers.next().unwrap_or_default()), read)?;
        Ok(SignInScene { user, attempts })
    }

    pub(super) async fn insert_session(&self, opening: &Opening<'_>) -> Result<()> {
        let Opening { session, email, network, proved_by, audit } = opening;
        let by_pair = pair_key(network, email);
        let mut transaction = self.database.transaction();
        if let Some(hash) = proved_by {
            transaction.push(guards::account(
                "SELECT 1 FROM users u WHERE u.id = ?1 AND u.password_hash = ?2",
                [session.user.to_string().into(), hash.0.as_str().into()],
            ));
        }
        transaction.push(insert_session(session));
        if let Some(entry) = audit {
            transaction.push(audit::insert(entry)?);
        }
        // What this person mistyped here is theirs: it counts against their address no longer.
        let mistyped = "COALESCE((SELECT p.attempts FROM sign_in_attempts p WHERE p.key = ?2), 1)";
        for statement in take_back(&email_key(email), mistyped, Some(&by_pair)) {
            transaction.push(statement);
        }
        for statement in take_back(&network_key(network), "1", None) {
            transaction.push(statement);
        }
        transaction
            .push(Statement::new("DELETE FROM sign_in_attempts WHERE key = ?1", [by_pair.into()]));
        transaction.push(Statement::new(
            format!(
                "DELETE FROM sessions WHERE id IN (SELECT s.id FROM sessions s \
                 WHERE s.expires_at <= ?1 ORDER BY s.expires_at LIMIT {SWEEP})"
            ),
            [session.created_at.0.into()],
        ));
        transaction.commit().await.map(|_| ()).map_err(|error| meaning(&error))
    }
}

/// Counts an attempt at this address from this network, and takes outlived counts along. Each count is
/// raised only while those before it are within their limits: who is locked out locks nobody else out.
pub(super) fn counting(email: &Email, network: &str, now: Timestamp) -> [Statement; 4] {
    let (by_network, by_pair) = (network_key(network), pair_key(network, email));
    let unless_network = format!("NOT {}", exceeds(4));
    let unless_pair = format!("NOT {} AND NOT {}", exceeds(4), exceeds(6));
    let network_limit = || vec![by_network.as_str().into(), MAX_PER_NETWORK.into()];
    let mut both_limits = network_limit();
    both_limits.extend([by_pair.as_str().into(), MAX_PER_PAIR.into()]);
    [
        attempt(&by_network, now, "1", vec![]),
        attempt(&by_pair, now, &unless_network, network_limit()),
        attempt(&email_key(email), now, &unless_pair, both_limits),
        // A stranger can make a row for any address: outlived ones go with the next attempts.
        Statement::new(
            format!(
                "DELETE FROM sign_in_attempts WHERE key IN (SELECT a.key \
                 FROM sign_in_attempts a WHERE a.window_ends_at <= ?1 \
                 ORDER BY a.window_ends_at LIMIT {SWEEP})"
            ),
            [now.0.into()],
        ),
    ]
}

/// What [`counting`] came to.
pub(super) fn attempts(
    answers: &mut impl Iterator<Item = Rows>,
    now: Timestamp,
) -> Result<Attempts> {
    let mut next = || counted(answers.next().unwrap_or_default(), now);
    let attempts = Attempts { network: next()?, pair: next()?, email: next()? };
    // The sweep's answer says nothing.
    answers.next();
    Ok(attempts)
}

fn email_key(email: &Email) -> String {
    format!("email:{}", email.as_str())
}

pub(super) fn network_key(network: &str) -> String {
    format!("network:{network}")
}

fn pair_key(network: &str, email: &Email) -> String {
    // Neither half holds a space.
    format!("pair:{network} {}", email.as_str())
}

/// Whether the key in the parameter numbered `first` was tried more often than the next one says.
fn exceeds(first: u32) -> String {
    let most = first.saturating_add(1);
    format!(
        "EXISTS (SELECT 1 FROM sign_in_attempts o WHERE o.key = ?{first} AND o.attempts > ?{most})"
    )
}

/// Counts one attempt if the condition holds, whose parameters begin at `?4`.
pub(super) fn attempt(key: &str, now: Timestamp, condition: &str, params: Vec<Value>) -> Statement {
    let mut all = vec![key.into(), now.0.into(), now.plus_ms(ATTEMPT_WINDOW_MS).0.into()];
    all.extend(params);
    Statement::new(attempt_of("?1", condition), all)
}

/// The text of the statement that counts one attempt under a key, at `?2`, in a window until `?3`. A
/// window that has ended starts anew, and so does one that ends further ahead than any can: then the
/// clock went back.
pub(super) fn attempt_of(key: &str, condition: &str) -> String {
    format!(
        "INSERT INTO sign_in_attempts (key, attempts, window_ends_at) \
         SELECT {key}, 1, ?3 WHERE {condition} \
         ON CONFLICT (key) DO UPDATE SET \
         attempts = CASE WHEN window_ends_at > ?2 AND window_ends_at <= ?3 \
         THEN attempts + 1 ELSE 1 END, \
         window_ends_at = CASE WHEN window_ends_at > ?2 AND window_ends_at <= ?3 \
         THEN window_ends_at ELSE ?3 END \
         RETURNING key, attempts, window_ends_at"
    )
}

/// Takes so many attempts back off a key's count; `?1` is the key, `?2` what `many` asks for.
pub(super) fn take_back(key: &str, many: &str, about: Option<&str>) -> [Statement; 2] {
    let params = || {
        let mut params = vec![Value::from(key)];
        params.extend(about.map(Value::from));
        params
    };
    [
        Statement::new(
            format!("DELETE FROM sign_in_attempts WHERE key = ?1 AND attempts <= {many}"),
            params(),
        ),
        Statement::new(
            format!(
                "UPDATE sign_in_attempts SET attempts = attempts - {many} \
                 WHERE key = ?1 AND attempts > {many}"
            ),
            params(),
        ),
    ]
}

/// What a count came to; nothing when it wasn't raised.
pub(super) fn counted(rows: Rows, now: Timestamp) -> Result<Counted> {
    let read = |row: &Row| Ok((row.number("attempts")?, row.integer("window_ends_at")?));
    let counted = one(("sign_in_attempts", rows), read)?;
    Ok(counted.map_or_else(Counted::default, |(attempts, ends_at): (u32, i64)| Counted {
        attempts,
        window_left_ms: ends_at.saturating_sub(now.0).max(0),
    }))
}
