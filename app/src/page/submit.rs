//! Carrying out a form.

use domain::Context;
use domain::account::{self, SessionToken};
use domain::error::{Error, Result};

use super::{Form, PageRequest, Services, Shown};
use crate::features::{
    account as own_account, accounts, keys, members, projects, runs, sandboxes, tasks, workspaces,
};
use crate::registry;
use crate::routes::{Route, SettingsTab};

/// What a form came to.
#[derive(Clone, Debug)]
pub enum Submitted {
    /// It was carried out: 303 to this path.
    SeeOther(String),
    /// It was carried out, and its page shows this once: 200.
    Shown(Shown),
    /// Somebody signed in: set the session's cookie, 303 to this path.
    SignedIn {
        /// For the cookie.
        token: SessionToken,
        /// Where to go.
        to: String,
    },
    /// Somebody signed out: drop the cookie, 303 to this path.
    SignedOut {
        /// Where to go.
        to: String,
    },
    /// It wasn't accepted: hold the answer back, then render its page by [`super::again`].
    Again {
        /// Why.
        error: Error,
        /// What was typed.
        form: Form,
        /// How long to hold the answer back, in milliseconds.
        slow_down_ms: u64,
    },
    /// The page has no such form: 400.
    NotUnderstood,
}

/// Carries out a form that was sent to a page. Authorization, validation and the choice between
/// them are the use case's: this only parses and delegates. A form that [`registry`] doesn't list
/// isn't taken, so that no test which goes through all forms can miss one.
pub async fn submit(
    ctx: &Context,
    services: &Services<'_>,
    request: &PageRequest,
    mut form: Form,
) -> Submitted {
    if !registry::row(&request.route).takes(form.action()) {
        return Submitted::NotUnderstood;
    }
    let result = match &request.route {
        Route::SetUp => accounts::submit_set_up(ctx, services, &form).await,
        // What a failed sign-in costs is known only there.
        Route::SignIn => return accounts::submit_sign_in(ctx, services, request, form).await,
        Route::NewProject => projects::submit_new(ctx, &form).await,
        Route::ProjectSettings { project } => {
            projects::submit_settings(ctx, services, project, &mut form).await
        }
        Route::NewTask { project } => tasks::submit_new(ctx, project, &form).await,
        Route::EditTask { key } => tasks::submit_edit(ctx, key, &form).await,
        Route::Task { key } => tasks::submit_detail(ctx, key, &form).await,
        Route::Run { id } => runs::submit(ctx, *id, &form).await,
        Route::Sandbox { id } => sandboxes::submit(ctx, *id, &form).await,
        // What a wrong password costs is known only there.
        Route::Settings(SettingsTab::Profile) => {
            return own_account::submit_profile(ctx, services, form).await;
        }
        Route::Settings(SettingsTab::Keys) => keys::submit(ctx, &request.query, &form).await,
        Route::Settings(SettingsTab::Sessions) => own_account::submit_sessions(ctx, &form).await,
        Route::Settings(tab) => submit_settings(ctx, services, *tab, &form).await,
        Route::NewWorkspace => workspaces::submit_new(ctx, &form).await,
        // What a failed attempt costs is known only there.
        Route::Join { token } => return members::submit_join(ctx, services, token, form).await,
        Route::Reset { token } => accounts::submit_reset(ctx, services, token, &form).await,
        Route::MyWork | Route::Tasks { .. } | Route::Sandboxes | Route::Validations => {
            Ok(Submitted::NotUnderstood)
        }
    };
    result.unwrap_or_else(|error| Submitted::Again { error, form, slow_down_ms: 0 })
}

/// Carries out a form of the settings.
async fn submit_settings(
    ctx: &Context,
    services: &Services<'_>,
    tab: SettingsTab,
    form: &Form,
) -> Result<Submitted> {
    match tab {
        SettingsTab::Members => members::submit(ctx, services, form).await,
        SettingsTab::Workspace => workspaces::submit_settings(ctx, form).await,
        SettingsTab::Profile | SettingsTab::Sessions | SettingsTab::Keys | SettingsTab::Audit => {
            Ok(Submitted::NotUnderstood)
        }
    }
}

/// Opens another workspace of the person's, as the form says.
///
/// # Errors
/// As [`domain::workspace::switch`].
pub async fn switch(ctx: &Context, form: &Form) -> Result<Submitted> {
    workspaces::submit_switch(ctx, form).await
}

/// Signs out. Without a session it does nothing.
///
/// # Errors
/// As the store: then the session lives, and the cookie must too.
pub async fn sign_out(ctx: &Context) -> Result<Submitted> {
    account::sign_out(ctx).await?;
    Ok(Submitted::SignedOut { to: Route::SignIn.path() })
}
