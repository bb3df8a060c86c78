//! `GET /live`: the way into a workspace's room. Who may not enter is refused here, before the room
//! hears of it.

use app::failure_page::Failure;
use app::page::Query;
use axum::{Extension, body::Body, response::Response};
use domain::{Error, Result};
use http::{HeaderMap, Request, header};
use worker::send::SendFuture;

use crate::durable::room::{self, Visitor};
use crate::limits::{self, Class};
use crate::{failure, request_context, scope::RequestScope, telemetry};

/// Opens a live connection. That the request comes from our own pages was checked in front of the
/// router, as for every request that becomes a socket.
pub async fn connect(
    Extension(scope): Extension<RequestScope>,
    request: Request<Body>,
) -> Response<Body> {
    if !asks_for_socket(request.headers()) {
        return failure::problem(&scope, Failure::BadRequest);
    }
    if let Err(failure) = limits::admit(&scope, request.headers(), Class::Read).await {
        return failure::problem(&scope, failure);
    }
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let visitor = match visitor(&scope, request.headers(), &query).await {
        Ok(visitor) => visitor,
        Err(error) => return failure::problem(&scope, failure::kind_of(&error)),
    };
    match SendFuture::new(room::connect(scope.env(), &visitor)).await {
        Ok(response) if response.status_code() == room::TOO_MANY_SOCKETS => {
            failure::problem(&scope, Failure::TooMany { retry_after_s: 30 })
        }
        Ok(response) => response.into(),
        Err(cause) => {
            telemetry::log_error("room_not_entered", Some(scope.id()), &cause);
            failure::problem(&scope, Failure::Unavailable)
        }
    }
}

async fn visitor(scope: &RequestScope, headers: &HeaderMap, query: &Query) -> Result<Visitor> {
    let mut context = request_context::of(scope, headers, None)?;
    // A page of another workspace than the one that is open by now follows nothing.
    context.caller.workspace = query.get("workspace").and_then(|id| id.parse().ok());
    let read = context.store.principal(&context.caller).await?;
    let member = read.principal.member().map_err(|_| Error::SignedOut)?;
    let session = member.session().ok_or(Error::SignedOut)?;
    Ok(Visitor { session, user: member.user, workspace: member.workspace })
}

fn asks_for_socket(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}
