//! Moments as every feature shows them.

use domain::Timestamp;
use leptos::prelude::*;

use crate::text::amounts;
use crate::ui::Time;

/// How long ago something happened.
#[component]
pub fn Ago(
    /// The moment of the request.
    now: Timestamp,
    /// When it happened.
    at: Timestamp,
) -> impl IntoView {
    view! { <Time datetime=amounts::iso(at) exact=amounts::moment(at) text=amounts::ago(now, at)/> }
}

/// How long until something happens.
#[component]
pub fn Until(
    /// The moment of the request.
    now: Timestamp,
    /// When it happens.
    at: Timestamp,
) -> impl IntoView {
    let text = amounts::until(now, at);
    view! { <Time datetime=amounts::iso(at) exact=amounts::moment(at) text tick="until"/> }
}

/// How long something has been so.
#[component]
pub fn Lasting(
    /// The moment of the request.
    now: Timestamp,
    /// Since when.
    since: Timestamp,
) -> impl IntoView {
    let text = amounts::lasting(now, since);
    view! { <Time datetime=amounts::iso(since) exact=amounts::moment(since) text tick="lasting"/> }
}
