//! Letters. There is no mail server yet: what would be sent is written to the console, and its link
//! only there where nobody but this machine's own people can read it.

use async_trait::async_trait;
use domain::Result;
use domain::invitation::Letter;
use domain::ports::Mailer;
use serde_json::json;
use worker::console_log;

use crate::scope::RequestScope;

/// Writes letters to the console.
pub struct ConsoleMailer {
    origin: String,
    is_local: bool,
}

impl ConsoleMailer {
    /// For the site that was asked.
    #[must_use]
    pub fn new(scope: &RequestScope) -> Self {
        Self { origin: scope.own_origin().to_owned(), is_local: scope.is_local() }
    }
}

#[async_trait]
impl Mailer for ConsoleMailer {
    async fn send(&self, letter: &Letter) -> Result<bool> {
        let Letter::Invitation { to, token, .. } = letter;
        let link = self.is_local.then(|| format!("{}/join/{}", self.origin, token.expose()));
        let line = json!({
            "event": "letter",
            "level": "info",
            "kind": "invitation",
            "to": self.is_local.then(|| to.as_str()),
            "link": link,
        });
        console_log!("{line}");
        // Nobody delivers it.
        Ok(false)
    }
}
