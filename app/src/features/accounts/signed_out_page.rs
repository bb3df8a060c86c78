//! For somebody whose session ended while they wrote: what they typed, to send again.

use std::sync::Arc;

use leptos::prelude::*;

use crate::layouts::SignInLayout;
use crate::page::Loaded;
use crate::routes::Route;
use crate::text::accounts as words;
use crate::ui::{Button, ButtonKind, Form, TextArea};

/// Fields that the form writes by itself.
const OWN: [&str; 4] = ["action", "idempotency_key", "seen", "open_workspace"];

/// The form as it was sent, with the way to sign in beside it.
#[component]
pub fn SignedOutPage(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    let echo = page.echo.as_ref().map(|echo| echo.form.clone()).unwrap_or_default();
    let seen = (!echo.get("seen").is_empty()).then(|| echo.seen());
    let again = if echo.action().is_empty() {
        let here = page.query.at(&page.route.path());
        view! { <p><a href=here>{words::OPEN_PAGE}</a></p> }.into_any()
    } else {
        let fields: Vec<_> =
            echo.fields().filter(|(name, _)| !OWN.contains(name)).map(typed).collect();
        view! {
            <Form action=echo.action() seen>
                {fields}
                <div class="form-actions">
                    <Button label=words::SEND_AGAIN kind=ButtonKind::Primary/>
                </div>
            </Form>
        }
        .into_any()
    };
    view! {
        <SignInLayout page=page.clone() title=words::SIGNED_OUT_TITLE>
            <p>
                <a href=Route::SignIn.path() target="_blank" rel="noopener">
                    {words::SIGN_IN_ELSEWHERE}
                </a>
            </p>
            {again}
        </SignInLayout>
    }
}

/// A field that was typed into; a choice is sent along unseen.
fn typed((name, value): (&str, &str)) -> AnyView {
    let (name, value) = (name.to_owned(), value.to_owned());
    match words::typed_label(&name) {
        Some(label) => view! { <TextArea name label value rows=2/> }.into_any(),
        None => view! { <input type="hidden" name=name value=value/> }.into_any(),
    }
}
