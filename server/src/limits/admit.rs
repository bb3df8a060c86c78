//! Asking whether a request may pass, and what is left to do behind its answer.

use std::cell::RefCell;

use app::failure_page::Failure;
use app::routes::Route;
use domain::actor::Principal;
use domain::clock::Clock;
use http::HeaderMap;
use worker::send::SendFuture;

use super::ledger::{Asked, Counted};
use super::{Class, Known, LimitHeaders, Place, Policy, Remembered, Subject, Verdict};
use super::{known, policies};
use crate::clock::PlatformClock;
use crate::durable::rate_limiter;
use crate::rate_limits::{self, Coarse};
use crate::request_context::{self, header_text};
use crate::rules::limits::{FORM_BYTES, body_limit};
use crate::scope::RequestScope;
use crate::telemetry;

/// The most refusals that an isolate remembers, and the longest, in milliseconds.
const MOST_REFUSALS: usize = 2_000;
const LONGEST_REFUSAL_MS: i64 = 3_600_000;

thread_local! {
    // Whoever is refused stays so until a moment that is known: asking again would only wake an
    // object, and a flood would drown it.
    static REFUSED: RefCell<Remembered<Policy>> = const {
        RefCell::new(Remembered::new(MOST_REFUSALS, LONGEST_REFUSAL_MS))
    };
}

/// Counts a request of this class for whom it comes from. What its answer says about the limits is
/// added to it behind the router.
///
/// # Errors
/// [`Failure::TooMany`]; for attempts to get in [`Failure::Unavailable`] when nobody can count them.
pub async fn admit(scope: &RequestScope, headers: &HeaderMap, class: Class) -> Result<(), Failure> {
    let place = place(scope, headers, class);
    SendFuture::new(decide(scope, headers, class, place)).await
}

/// As [`admit`], for somebody who shows nothing that could hold.
///
/// # Errors
/// As [`admit`].
pub async fn admit_stranger(
    scope: &RequestScope,
    headers: &HeaderMap,
    class: Class,
) -> Result<(), Failure> {
    SendFuture::new(decide(scope, headers, class, None)).await
}

/// The class of a page's form.
#[must_use]
pub fn class_of_form(route: &Route, headers: &HeaderMap) -> Class {
    match route {
        Route::SignIn | Route::SetUp | Route::Join { .. } | Route::Reset { .. } => Class::SignIn,
        _ if body_limit(&route.path(), header_text(headers, "content-type")) > FORM_BYTES => {
            Class::Upload
        }
        _ => Class::Write,
    }
}

/// The class of looking at a page, where that is counted: one that tells whose a secret is tells it to
/// whoever guesses.
#[must_use]
pub fn class_of_visit(route: &Route) -> Option<Class> {
    matches!(route, Route::Reset { .. }).then_some(Class::SignIn)
}

/// Takes an attempt to get in back off the count behind its answer, because it succeeded: an office
/// behind one address can sign in all day.
pub fn give_back(scope: &RequestScope) {
    let counted = scope.ledger().take_counted();
    let Some(Counted { object, class: class @ Class::SignIn, at }) = counted else {
        return;
    };
    let env = scope.env().clone();
    scope.platform().wait_until(async move {
        if let Err(cause) = rate_limiter::give_back(&env, &object, class, at).await {
            telemetry::log_error("attempt_not_given_back", None, &cause);
        }
    });
}

/// Behind the answer: keeps who the credential turned out to be, so that the next request is counted
/// for them.
pub fn keep_count(scope: &RequestScope) {
    let Some((asked, seen)) = scope.ledger().settled() else {
        return;
    };
    let env = scope.env().clone();
    scope.platform().wait_until(async move {
        let now = PlatformClock.now().0;
        match Known::of(&seen) {
            Some(known) => {
                known::keep(&env, &asked.place, &known, now).await;
                if !asked.was_known {
                    // It was counted for its network. From now on it is counted for its principal,
                    // who has used one already.
                    let policy = asked.policy;
                    let object = Subject::Principal(known).object(asked.class);
                    if let Err(cause) = rate_limiter::take(&env, &object, asked.class, policy).await
                    {
                        telemetry::log_error("count_not_moved", None, &cause);
                    }
                }
            }
            None if seen == Principal::SignedOut && asked.was_known => {
                known::forget(&env, &asked.place).await;
            }
            None => {}
        }
    });
}

async fn decide(
    scope: &RequestScope,
    headers: &HeaderMap,
    class: Class,
    place: Option<Place>,
) -> Result<(), Failure> {
    let network = request_context::network(headers);
    let coarse = if class.fails_closed() { Coarse::SignIn } else { Coarse::Flood };
    rate_limits::check(scope, coarse, &network).await?;
    let subject = subject(scope, place.as_ref(), network).await;
    let policy = policies::of(scope, subject.workspace()).await.of(class);
    if let Some(place) = place {
        let was_known = matches!(subject, Subject::Principal(_));
        scope.ledger().note_asked(Asked { place, class, policy, was_known });
    }
    let object = subject.object(class);
    if let Some(verdict) = refused_before(&object, policy) {
        return settle(scope, class, policy, object, &verdict);
    }
    match rate_limiter::take(scope.env(), &object, class, policy).await {
        Ok(verdict) => settle(scope, class, policy, object, &verdict),
        Err(cause) => {
            telemetry::log_error("limiter_unanswered", Some(scope.id()), &cause);
            if class.fails_closed() { Err(Failure::Unavailable) } else { Ok(()) }
        }
    }
}

/// Where it is kept whose credential this is. Pages that let people in count networks, whoever is
/// signed in there: their forms are no less guesses for it.
fn place(scope: &RequestScope, headers: &HeaderMap, class: Class) -> Option<Place> {
    let is_page = !scope.location().starts_with("/api/");
    if class == Class::SignIn && is_page {
        return None;
    }
    Place::of(&request_context::credential(scope, headers).ok()?)
}

/// Whom to count for. What nobody knows is counted for its network, so that made-up credentials make
/// no objects.
async fn subject(scope: &RequestScope, place: Option<&Place>, network: String) -> Subject {
    let Some(place) = place else {
        return Subject::Network(network);
    };
    let entry = known::look_up(scope.env(), place, PlatformClock.now().0).await;
    match entry.map(|entry| entry.known).or_else(|| place.signed.clone()) {
        Some(known) => Subject::Principal(known),
        None => Subject::Network(network),
    }
}

/// The refusal that still holds, if this isolate has seen it. Attempts to get in may be given back,
/// so they are always asked about.
fn refused_before(object: &str, policy: Policy) -> Option<Verdict> {
    let now = PlatformClock.now().0;
    let left = REFUSED.with_borrow(|refused| {
        refused.get(object, now).filter(|(under, _)| **under == policy).map(|(_, left)| left)
    });
    left.map(|frees_in_ms| Verdict { allowed: false, at: now, remaining: 0, frees_in_ms })
}

fn settle(
    scope: &RequestScope,
    class: Class,
    policy: Policy,
    object: String,
    verdict: &Verdict,
) -> Result<(), Failure> {
    let headers = LimitHeaders::new(class, policy, verdict);
    scope.ledger().note_headers(headers);
    if verdict.allowed {
        scope.ledger().note_counted(Counted { object, class, at: verdict.at });
        return Ok(());
    }
    if class != Class::SignIn {
        let now = PlatformClock.now().0;
        let until = now.saturating_add(verdict.frees_in_ms);
        REFUSED.with_borrow_mut(|refused| refused.put(object, policy, until, now));
    }
    Err(Failure::TooMany { retry_after_s: headers.retry_after_s() })
}
