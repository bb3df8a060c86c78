//! Pure rules about requests and responses, tested natively.

pub mod bearer;
pub mod content_security_policy;
pub mod limits;
pub mod network;
pub mod origin;
pub mod own_origin;
pub mod secret_paths;
pub mod secrets;
