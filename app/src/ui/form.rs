//! The form around fields and buttons.

use leptos::prelude::*;

/// The idempotency key of this rendering, given by context: however often one of its forms is sent,
/// it counts once.
#[derive(Clone, Debug, Default)]
pub struct FormKey(pub String);

/// A form that posts to its own page. Its hidden fields say which form it is, which version it was
/// made from, and make sending it twice safe.
#[component]
pub fn Form(
    /// Which of the page's forms it is.
    #[prop(into)]
    action: String,
    /// The version that it was made from.
    #[prop(into, default = None)]
    seen: Option<i64>,
    /// Whether it carries a file.
    #[prop(optional)]
    multipart: bool,
    /// Its name for screen readers, where no heading gives one.
    #[prop(optional, into)]
    label: Option<String>,
    /// Further classes.
    #[prop(default = "stack")]
    class: &'static str,
    /// Where it posts to, if not to its own page.
    #[prop(optional, into)]
    to: Option<String>,
    /// Its fields and buttons.
    children: Children,
) -> impl IntoView {
    let FormKey(key) = use_context().unwrap_or_default();
    view! {
        <form
            method="post"
            action=to
            class=class
            enctype=multipart.then_some("multipart/form-data")
            aria-label=label
            novalidate=true
        >
            <input type="hidden" name="action" value=action/>
            <input type="hidden" name="idempotency_key" value=key/>
            {seen.map(|seen| view! { <input type="hidden" name="seen" value=seen.to_string()/> })}
            {children()}
        </form>
    }
}
