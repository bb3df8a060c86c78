//! The forms of visitors who are signed out.

use domain::Context;
use domain::account::{
    ResetPassword, SetUp, SignIn, reset_password, set_up, sign_in, slow_down_ms,
};
use domain::error::Result;
use domain::invitation::LinkToken;

use crate::page::{Form, PageRequest, Query, Services, Submitted, same_site_path};
use crate::routes::Route;

/// The form that chooses a new password by a link.
pub const RESET: &str = "reset";
/// What the address of signing in says after that.
pub const AFTER: (&str, &str) = ("after", "reset");

/// Creates the owner and signs them in.
///
/// # Errors
/// As [`set_up`].
pub async fn submit_set_up(
    ctx: &Context,
    services: &Services<'_>,
    form: &Form,
) -> Result<Submitted> {
    let input = SetUp {
        name: form.get("name").to_owned(),
        email: form.get("email").to_owned(),
        password: form.get("password").to_owned(),
        workspace: form.get("workspace").to_owned(),
        device: services.device.to_owned(),
        admission: services.admission.clone(),
    };
    let token = set_up(ctx, services.passwords, input).await?;
    Ok(Submitted::SignedIn { token, to: Route::MyWork.path() })
}

/// Signs a person in. A wrong password costs time.
pub async fn submit_sign_in(
    ctx: &Context,
    services: &Services<'_>,
    request: &PageRequest,
    form: Form,
) -> Submitted {
    let input = SignIn {
        email: form.get("email").to_owned(),
        password: form.get("password").to_owned(),
        network: services.network.to_owned(),
        device: services.device.to_owned(),
    };
    match sign_in(ctx, services.passwords, input).await {
        Ok(signed_in) => {
            let to = same_site_path(request.query.get("next").unwrap_or("/")).to_owned();
            Submitted::SignedIn { token: signed_in.token, to }
        }
        Err((error, attempts)) => {
            Submitted::Again { error, form, slow_down_ms: slow_down_ms(&attempts) }
        }
    }
}

/// Chooses a new password by a link. Whoever did so signs in with it then.
///
/// # Errors
/// As [`reset_password`].
pub async fn submit_reset(
    ctx: &Context,
    services: &Services<'_>,
    token: &LinkToken,
    form: &Form,
) -> Result<Submitted> {
    let input = ResetPassword {
        token: token.expose().to_owned(),
        password: form.get("password").to_owned(),
        network: services.network.to_owned(),
    };
    reset_password(ctx, services.passwords, input).await?;
    let (name, value) = AFTER;
    let to = Query::default().with(name, value).at(&Route::SignIn.path());
    Ok(Submitted::SeeOther(to))
}
