//! What belongs to one request: its id, its nonce, its platform handles.

use std::sync::{Arc, OnceLock};

use app::{document::Document, theme::THEME_COOKIE, theme::Theme};
use domain::actor::Credential;
use domain::context::Caller;
use http::{HeaderMap, Uri, header, request::Parts};
use worker::{Context, Env};

use crate::bindings;
use crate::database::{Counting, Counts, Database};
use crate::limits::Ledger;
use crate::rules::own_origin::is_local;

/// The folder of this build's scripts and styles. The build bakes its hash in.
pub const ASSETS: &str = match option_env!("MONOTASK_ASSETS") {
    Some(folder) => folder,
    None => "/assets-unbuilt",
};

/// One request's own things. Handlers take it as an extension; cloning is cheap.
#[derive(Clone)]
pub struct RequestScope(Arc<Inner>);

struct Inner {
    id: String,
    nonce: Option<String>,
    started: u64,
    own_origin: String,
    secure: bool,
    wants_html: bool,
    theme: Theme,
    location: String,
    env: Env,
    context: Arc<Context>,
    database: OnceLock<Arc<Counting>>,
    credential: OnceLock<domain::Result<Credential>>,
    ledger: Ledger,
    caller: OnceLock<Caller>,
}

impl RequestScope {
    /// Opens the scope of a request. No id is taken from outside: a log that others can write ids
    /// into is no evidence.
    #[must_use]
    pub fn open(request: &Parts, env: Env, context: Context) -> Self {
        let own_origin = bindings::public_origin(&env).unwrap_or_else(|| origin_of(&request.uri));
        Self(Arc::new(Inner {
            // An id must only be rare; a nonce must be a secret, or not be.
            id: random_hex().unwrap_or_else(|| format!("{:032x}", now())),
            nonce: random_hex(),
            started: now(),
            secure: own_origin.starts_with("https://"),
            own_origin,
            wants_html: wants_html(request),
            theme: theme_of(&request.headers),
            location: request
                .uri
                .path_and_query()
                .map_or_else(|| "/".to_owned(), |path| path.as_str().to_owned()),
            env,
            context: Arc::new(context),
            database: OnceLock::new(),
            credential: OnceLock::new(),
            ledger: Ledger::default(),
            caller: OnceLock::new(),
        }))
    }

    /// The id that ties the answer, the log and an error report together.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The nonce that this response's scripts run by; none when there is no randomness to make one.
    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.0.nonce.as_deref()
    }

    /// Milliseconds since the request came in. Time stands still between the platform's answers.
    #[must_use]
    pub fn elapsed(&self) -> u64 {
        now().saturating_sub(self.0.started)
    }

    /// The origin of this site's own pages.
    #[must_use]
    pub fn own_origin(&self) -> &str {
        &self.0.own_origin
    }

    /// Whether this site's own origin is this very machine. What the request's `Host` says doesn't
    /// count where the site has a name.
    #[must_use]
    pub fn is_local(&self) -> bool {
        is_local(self.own_origin())
    }

    /// Whether this site is reached over TLS.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.0.secure
    }

    /// Whether the caller is a person with a browser rather than a program.
    #[must_use]
    pub fn wants_html(&self) -> bool {
        self.0.wants_html
    }

    /// The path and query that were asked for.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.0.location
    }

    /// The bindings.
    #[must_use]
    pub fn env(&self) -> &Env {
        &self.0.env
    }

    /// What keeps this request's leftovers going after its answer.
    #[must_use]
    pub fn platform(&self) -> Arc<Context> {
        self.0.context.clone()
    }

    /// Remembers who asks, for what is noted after the answer; the first one counts.
    pub fn remember(&self, caller: &Caller) {
        // A request that asks twice is the same caller's.
        let _ = self.0.caller.set(caller.clone());
    }

    /// Who asks, once something was asked for.
    #[must_use]
    pub fn caller(&self) -> Option<Caller> {
        self.0.caller.get().cloned()
    }

    /// What the request shows, read once: a signature is worth checking once only.
    ///
    /// # Errors
    /// What reading it came to.
    pub fn credential(
        &self,
        read: impl FnOnce() -> domain::Result<Credential>,
    ) -> domain::Result<Credential> {
        self.0.credential.get_or_init(read).clone()
    }

    /// The database, counting what this request asks of it.
    ///
    /// # Errors
    /// `Unavailable` when none is bound.
    pub fn database(&self) -> domain::Result<Arc<dyn Database>> {
        if let Some(database) = self.0.database.get() {
            return Ok(database.clone());
        }
        let counting = Arc::new(Counting::new(crate::context::database(self.env())?));
        Ok(self.0.database.get_or_init(|| counting).clone())
    }

    /// What this request asked of the database so far.
    #[must_use]
    pub fn database_counts(&self) -> Counts {
        self.0.database.get().map(|database| database.counts()).unwrap_or_default()
    }

    /// How this request was counted.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    /// The frame that a page of this request is rendered in.
    #[must_use]
    pub fn document(&self) -> Document {
        Document {
            nonce: self.0.nonce.clone().unwrap_or_default(),
            assets: ASSETS.to_owned(),
            theme: self.0.theme,
            request_id: self.0.id.clone(),
            location: self.0.location.clone(),
        }
    }
}

/// The first value of a cookie.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn theme_of(headers: &HeaderMap) -> Theme {
    cookie(headers, THEME_COOKIE).and_then(Theme::parse).unwrap_or_default()
}

fn wants_html(request: &Parts) -> bool {
    let path = request.uri.path();
    let for_programs = ["/api/", "/fn/", "/__test/"].iter().any(|prefix| path.starts_with(prefix));
    let accept = request.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let accepts =
        accept.is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"));
    !for_programs && accepts
}

fn origin_of(uri: &Uri) -> String {
    match (uri.scheme_str(), uri.host(), uri.port_u16()) {
        (Some(scheme), Some(host), Some(port)) => format!("{scheme}://{host}:{port}"),
        (Some(scheme), Some(host), None) => format!("{scheme}://{host}"),
        _ => String::new(),
    }
}

/// 16 random bytes in hex: as an id, and as a nonce. The platform's source never fails.
fn random_hex() -> Option<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(format!("{:032x}", u128::from_be_bytes(bytes)))
}

fn now() -> u64 {
    worker::Date::now().as_millis()
}
