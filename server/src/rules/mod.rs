//! Pure rules about requests and responses, tested natively.

pub mod content_security_policy;
pub mod limits;
pub mod origin;
pub mod same_site_path;
pub mod secrets;
