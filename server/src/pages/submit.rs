//! Sending a page's form.

use std::time::Duration;

use app::failure_page::Failure;
use app::page::{
    Answer, Form, PageRequest, Services, Shown, Submitted, UploadedFile, again, load,
    sign_out as close_session, submit as carry_out, switch as open_other,
};
use axum::{body::Body, response::Response};
use domain::account::Admission;
use domain::actor::{Credential, Permission};
use domain::{Context, Error};
use http::{HeaderMap, Request};
use worker::{Delay, send::SendFuture};

use super::attachments;
use super::body::{announced, read_form};
use super::outcome::{self, see_other, with_cookie};
use crate::forms::ParsedForm;
use crate::limits::{self, Class};
use crate::mail::ConsoleMailer;
use crate::request_context::header_text;
use crate::rules::limits::{body_limit, may_be_large};
use crate::uploads::{R2Sources, Room};
use crate::{failure, request_context, scope::RequestScope, session};

/// How often a form is carried out again after its commit lost a race, and the longest pause before
/// each time in milliseconds.
const RACES: [u64; 4] = [10, 40, 80, 160];

/// Carries out a page's form: 303 when it was, its page again when it wasn't.
pub async fn submit(
    scope: &RequestScope,
    request: Request<Body>,
    page: &PageRequest,
) -> Response<Body> {
    let headers = request.headers().clone();
    let class = limits::class_of_form(&page.route, &headers);
    if let Err(failure) = limits::admit(scope, &headers, class).await {
        return failure::respond(scope, failure);
    }
    let _room = match make_room(scope, &headers, page).await {
        Ok(room) => room,
        Err(answer) => return *answer,
    };
    let form = match read_form(request).await {
        Ok(parsed) => form_of(parsed),
        Err(failure) => return failure::respond(scope, failure),
    };
    let context = match request_context::of(scope, &headers, form.idempotency_key()) {
        Ok(context) => context,
        Err(error) => return failure::of_error(scope, &error),
    };
    let mut meant = context.clone();
    meant.caller.workspace = form.get("open_workspace").parse().ok();
    let submitted = attempt(scope, &headers, &meant, page, form).await;
    if matches!(submitted, Submitted::SignedIn { .. }) {
        limits::give_back(scope);
    }
    answer(scope, &context, page, submitted).await
}

/// Asks who sends a body that may be larger than any form, and takes room for it, before a byte of it
/// is read. The use case asks again: this is so that nobody else's bytes are taken in.
async fn make_room(
    scope: &RequestScope,
    headers: &HeaderMap,
    page: &PageRequest,
) -> Result<Option<Room>, Box<Response<Body>>> {
    let limit = body_limit(&page.route.path(), header_text(headers, "content-type"));
    if !may_be_large(limit, announced(headers)) {
        return Ok(None);
    }
    let refused = |error: Error| failure::of_error(scope, &error);
    let context = request_context::of(scope, headers, None).map_err(|e| Box::new(refused(e)))?;
    let read = context.store.principal(&context.caller).await.map_err(|e| Box::new(refused(e)))?;
    if let Err(error) = read.principal.require(Permission::ManageProjects) {
        let submitted = Submitted::Again { error, form: Form::default(), slow_down_ms: 0 };
        return Err(Box::new(answer(scope, &context, page, submitted).await));
    }
    match Room::take() {
        Some(room) => Ok(Some(room)),
        None => Err(Box::new(failure::respond(scope, Failure::Unavailable))),
    }
}

/// Opens another workspace of the person's.
pub async fn switch(scope: &RequestScope, request: Request<Body>) -> Response<Body> {
    let headers = request.headers().clone();
    if let Err(failure) = limits::admit(scope, &headers, Class::Write).await {
        return failure::respond(scope, failure);
    }
    let form = match read_form(request).await {
        Ok(parsed) => form_of(parsed),
        Err(failure) => return failure::respond(scope, failure),
    };
    let switched = match request_context::of(scope, &headers, None) {
        Ok(context) => open_other(&context, &form).await,
        Err(error) => Err(error),
    };
    match switched {
        Ok(Submitted::SeeOther(to)) => see_other(&to),
        Ok(_) => failure::respond(scope, Failure::BadRequest),
        Err(error) => super::refuse(scope, &error),
    }
}

/// Ends the session and makes the browser forget it.
pub async fn sign_out(scope: &RequestScope, request: Request<Body>) -> Response<Body> {
    if !ParsedForm::understands(header_text(request.headers(), "content-type")) {
        return failure::respond(scope, Failure::UnsupportedType);
    }
    if let Err(failure) = limits::admit(scope, request.headers(), Class::Write).await {
        return failure::respond(scope, failure);
    }
    let signed_out = match request_context::of(scope, request.headers(), None) {
        Ok(context) => close_session(&context).await,
        Err(error) => Err(error),
    };
    match signed_out {
        Ok(Submitted::SignedOut { to }) => closed(&to),
        Ok(_) => closed("/"),
        Err(error) => failure::of_error(scope, &error),
    }
}

async fn attempt(
    scope: &RequestScope,
    headers: &HeaderMap,
    context: &Context,
    page: &PageRequest,
    form: Form,
) -> Submitted {
    let passwords = request_context::passwords();
    let sources = R2Sources::new(scope);
    let network = request_context::network(headers);
    let admission = if page.asks_setup_token {
        let is_right = request_context::knows_setup_token(scope, form.get("setup_token"));
        Admission::ByToken { is_right, network: network.clone() }
    } else {
        Admission::OnThisMachine
    };
    let mailer = ConsoleMailer::new(scope);
    let services = Services {
        mailer: &mailer,
        origin: scope.own_origin(),
        passwords: &passwords,
        sources: &sources,
        admission: &admission,
        network: &network,
        device: request_context::device(headers),
    };
    let mut submitted = carry_out(context, &services, page, form).await;
    for pause in RACES {
        match submitted {
            // The store couldn't tell what is there now: the commit lost a race, perhaps against the
            // same form sent twice. Reading again shows what the first one came to.
            Submitted::Again { error: Error::Conflict { current: 0 }, form, .. } => {
                wait(request_context::up_to(pause)).await;
                submitted = carry_out(context, &services, page, form).await;
            }
            settled => return settled,
        }
    }
    submitted
}

async fn answer(
    scope: &RequestScope,
    context: &Context,
    page: &PageRequest,
    submitted: Submitted,
) -> Response<Body> {
    match submitted {
        Submitted::SeeOther(to) => see_other(&to),
        Submitted::Shown(shown) => show_once(scope, context, page, shown).await,
        Submitted::SignedIn { token, to } => {
            close_older(scope, context).await;
            with_cookie(see_other(&to), &session::opening_cookie(&token))
        }
        Submitted::SignedOut { to } => closed(&to),
        Submitted::NotUnderstood => failure::respond(scope, Failure::BadRequest),
        Submitted::Again { error, form, slow_down_ms } => {
            wait(slow_down_ms).await;
            match again(context, page, error, form).await {
                Ok(mut answer) => {
                    attachments::attach(scope, &mut answer).await;
                    outcome::page(scope, answer)
                }
                Err(error) => failure::of_error(scope, &error),
            }
        }
    }
}

/// The page again, with what is shown this once.
async fn show_once(
    scope: &RequestScope,
    context: &Context,
    page: &PageRequest,
    shown: Shown,
) -> Response<Body> {
    match load(context, page).await {
        Ok(Answer::Page(mut loaded)) => {
            loaded.shown = Some(shown);
            outcome::page(scope, Answer::Page(loaded))
        }
        Ok(elsewhere) => outcome::page(scope, elsewhere),
        Err(error) => failure::of_error(scope, &error),
    }
}

/// Ends the session that this browser had before it signed in. Failing to is no reason to refuse the
/// new one: it ends by itself.
async fn close_older(scope: &RequestScope, context: &Context) {
    if matches!(context.caller.credential, Credential::Session(_))
        && let Err(error) = domain::account::sign_out(context).await
    {
        crate::telemetry::log_error("older_session_kept", Some(scope.id()), &error);
    }
}

fn closed(to: &str) -> Response<Body> {
    with_cookie(see_other(to), &session::closing_cookie())
}

fn form_of(parsed: ParsedForm) -> Form {
    let file = parsed.file.map(|file| UploadedFile { name: file.name, bytes: file.bytes });
    Form::new(parsed.fields, file)
}

async fn wait(milliseconds: u64) {
    if milliseconds > 0 {
        SendFuture::new(Delay::from(Duration::from_millis(milliseconds))).await;
    }
}
