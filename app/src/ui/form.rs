//! The form around fields and buttons.

use leptos::prelude::*;

/// The idempotency key of this rendering, given by context: however often one of its forms is sent,
/// it counts once. Each form makes its own of it, so that no two share an answer.
#[derive(Clone, Debug, Default)]
pub struct FormKey {
    /// What no other rendering has; without a hyphen.
    pub fresh: String,
    /// The form that was sent, if nobody knows whether it counted: it keeps its key and its version,
    /// so that sending it again can't count twice.
    pub unsettled: Option<Unsettled>,
    /// The id of the workspace that the page shows: what is sent from it is meant for no other.
    pub workspace: Option<String>,
}

/// A form that was sent and whose fate isn't known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// Its idempotency key.
    pub key: String,
    /// The version that it was made from.
    pub seen: Option<i64>,
}

impl FormKey {
    /// The key and the version that the form of this name carries.
    fn of(&self, form: &str, seen: Option<i64>) -> (String, Option<i64>) {
        let is_it =
            |sent: &&Unsettled| sent.key.split_once('-').is_some_and(|(_, name)| name == form);
        match self.unsettled.as_ref().filter(is_it) {
            Some(sent) => (sent.key.clone(), sent.seen.or(seen)),
            None => (format!("{}-{form}", self.fresh), seen),
        }
    }
}

/// A form that posts to its own page. Its hidden fields say which form it is, which version it was
/// made from, and make sending it twice safe.
#[component]
pub fn Form(
    /// Which of the page's forms it is.
    #[prop(into)]
    action: String,
    /// What it does it to, where a page has several of one action.
    #[prop(optional, into)]
    target: Option<String>,
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
    let name = target.map_or_else(|| action.clone(), |target| format!("{action}-{target}"));
    let keys = use_context::<FormKey>().unwrap_or_default();
    let (key, seen) = keys.of(&name, seen);
    let workspace = keys.workspace;
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
            {workspace
                .map(|workspace| {
                    view! { <input type="hidden" name="open_workspace" value=workspace/> }
                })}
            {seen.map(|seen| view! { <input type="hidden" name="seen" value=seen.to_string()/> })}
            {children()}
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_forms_of_one_rendering_never_share_a_key() {
        let keys = FormKey { fresh: "0123abcd".to_owned(), ..FormKey::default() };
        assert_eq!(keys.of("approve", Some(3)), ("0123abcd-approve".to_owned(), Some(3)));
        assert_ne!(keys.of("move-ready", None).0, keys.of("move-cancelled", None).0);
    }

    #[test]
    fn a_form_of_unknown_fate_keeps_its_key_and_version() {
        let sent = Unsettled { key: "89ef-move-ready".to_owned(), seen: Some(3) };
        let keys = FormKey { fresh: "0123abcd".to_owned(), unsettled: Some(sent), workspace: None };
        assert_eq!(keys.of("move-ready", Some(4)), ("89ef-move-ready".to_owned(), Some(3)));
        for other in ["ready", "move", "move-cancelled"] {
            assert_eq!(keys.of(other, Some(4)), (format!("0123abcd-{other}"), Some(4)));
        }
    }
}
