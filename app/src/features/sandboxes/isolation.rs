//! What keeps a sandbox apart from its host, where that is too little.

use domain::sandbox::Sandbox;
use domain::sandbox::protocol::Isolation;
use leptos::prelude::*;

use crate::text::sandboxes as words;
use crate::ui::{Notice, Tone};

/// Whether nothing keeps a sandbox apart from its host.
pub(super) fn is_unsafe(sandbox: &Sandbox) -> bool {
    sandbox.isolation == Some(Isolation::Unsafe)
}

/// A warning on everything that was made in a sandbox that nothing isolates; otherwise nothing.
#[component]
pub fn IsolationWarning(
    /// The sandbox, once there is one.
    sandbox: Option<Sandbox>,
) -> impl IntoView {
    sandbox.filter(is_unsafe).map(|_| {
        view! {
            <Notice
                tone=Tone::Attention
                title=words::NOT_ISOLATED
                advice=words::NOT_ISOLATED_ADVICE
            />
        }
    })
}
