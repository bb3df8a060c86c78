//! The forms of one's own account.

use domain::Context;
use domain::account::{
    ChangePassword, Rename, RevokeSession, change_password, rename, revoke_other_sessions,
    revoke_session,
};
use domain::error::{Error, Result};

use crate::page::{Form, Services, Submitted};
use crate::routes::{Route, SettingsTab};

/// Changes the name or the password. A wrong present password costs time.
pub async fn submit_profile(ctx: &Context, services: &Services<'_>, form: Form) -> Submitted {
    let here = || Submitted::SeeOther(Route::Settings(SettingsTab::Profile).path());
    let outcome = match form.action() {
        "rename" => {
            let input = Rename { name: form.get("name").to_owned() };
            rename(ctx, input).await.map_err(|error| (error, 0))
        }
        "change_password" => {
            let input = ChangePassword {
                present: form.get("present_password").to_owned(),
                password: form.get("password").to_owned(),
            };
            change_password(ctx, services.passwords, input).await
        }
        _ => return Submitted::NotUnderstood,
    };
    match outcome {
        Ok(()) => here(),
        Err((error, slow_down_ms)) => Submitted::Again { error, form, slow_down_ms },
    }
}

/// Ends one session, or all but the present one. Whoever ends the present one is signed out by it.
///
/// # Errors
/// As the use cases.
pub async fn submit_sessions(ctx: &Context, form: &Form) -> Result<Submitted> {
    match form.action() {
        "revoke" => {
            let session = form.get("session").parse().map_err(|_| Error::NotFound)?;
            revoke_session(ctx, RevokeSession { session }).await?;
        }
        "revoke_others" => revoke_other_sessions(ctx).await?,
        _ => return Ok(Submitted::NotUnderstood),
    }
    Ok(Submitted::SeeOther(Route::Settings(SettingsTab::Sessions).path()))
}
