//! What carrying out a form needs beyond the domain's context.

use domain::account::Admission;
use domain::ports::{Mailer, Passwords, SourceVault};

/// What carrying out a form needs beyond the domain's context.
#[derive(Clone, Copy)]
pub struct Services<'a> {
    /// Password hashing.
    pub passwords: &'a dyn Passwords,
    /// Where uploaded sources are kept.
    pub sources: &'a dyn SourceVault,
    /// Who sends letters.
    pub mailer: &'a dyn Mailer,
    /// The origin of this site: what the links that it hands out begin with.
    pub origin: &'a str,
    /// Why this visitor may set the installation up, or may not.
    pub admission: &'a Admission,
    /// The network that the request came from.
    pub network: &'a str,
    /// The browser, as it named itself.
    pub device: &'a str,
}
