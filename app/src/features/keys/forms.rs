//! The forms of the keys' page.

use domain::Context;
use domain::Timestamp;
use domain::api_key::{CreateKey, KeyCursor, KeyFilter, RevokeKey, Whose, create, revoke};
use domain::error::{Error, Result};
use domain::scope::Scope;

use crate::page::{Form, Query, Shown, Submitted};
use crate::routes::{Route, SettingsTab};

/// Which keys an address asks for.
#[must_use]
pub fn filter_of(query: &Query) -> KeyFilter {
    let whose = if query.get("of") == Some("all") { Whose::Everybodys } else { Whose::Mine };
    KeyFilter { whose, after: query.get("after").and_then(cursor), limit: 0 }
}

/// The text of a place in the list.
pub(super) fn cursor_text(cursor: &KeyCursor) -> String {
    format!("{}-{}", cursor.created_at.0, cursor.id)
}

fn cursor(text: &str) -> Option<KeyCursor> {
    let (at, id) = text.split_once('-')?;
    let at: i64 = at.parse().ok().filter(|at| (0..1 << 53).contains(at))?;
    Some(KeyCursor { created_at: Timestamp(at), id: id.parse().ok()? })
}

/// Makes or revokes a key.
///
/// # Errors
/// As the use cases.
pub async fn submit(ctx: &Context, query: &Query, form: &Form) -> Result<Submitted> {
    match form.action() {
        "create" => {
            let ticked = |scope: &Scope| form.is_ticked(&field_of(*scope));
            let input = CreateKey {
                name: form.get("name").to_owned(),
                scopes: Scope::ALL
                    .into_iter()
                    .filter(ticked)
                    .map(|scope| scope.as_str().to_owned())
                    .collect(),
                project: form.get("project").to_owned(),
                expires: form.get("expires").to_owned(),
            };
            let made = create(ctx, input).await?;
            let secret = made.secret.map(|secret| secret.expose().to_owned());
            Ok(Submitted::Shown(Shown::Key { secret }))
        }
        "revoke" => {
            let key = form.get("key").parse().map_err(|_| Error::NotFound)?;
            revoke(ctx, RevokeKey { key }).await?;
            Ok(Submitted::SeeOther(query.at(&Route::Settings(SettingsTab::Keys).path())))
        }
        _ => Ok(Submitted::NotUnderstood),
    }
}

/// The name of a scope's check box.
pub(super) fn field_of(scope: Scope) -> String {
    format!("scope-{}", scope.as_str().replace(':', "-"))
}
