//! The API under `/api/v1`, thin over the same use cases as the pages.
//!
//! Everything here is native: which endpoints there are ([`Operation`]), what each demands and gives
//! ([`Endpoint`]), what HTTP asks of any of them ([`serve`]), and their handlers. The Worker's side
//! (`api_http`) hands in a request and writes the answer.

mod answer;
mod body;
mod call;
mod cors;
#[cfg(not(target_arch = "wasm32"))]
pub mod description;
mod endpoint;
mod endpoints;
mod json;
mod media;
mod moment;
mod paging;
mod preconditions;
mod problem;
mod query;
mod registry;
mod routing;
mod serve;
mod shape;

pub use answer::{AnswerBody, ApiAnswer, ApiResponse, ByteStream};
pub use body::given;
pub use call::{Call, Nudges, OutputLines, Services, Waits};
pub use endpoint::{
    Admission, Answers, BodyKind, Endpoint, LimitClass, Method, Parameter, ParameterKind, Tag,
};
pub use moment::Moment;
pub use paging::{CURSOR, LIMIT, ListOf, PAGED, PageRequest, cursor};
pub use preconditions::{IfMatch, IfNoneMatch};
pub use problem::{ApiError, FieldProblem};
pub use query::QueryValues;
pub use registry::Operation;
pub use routing::{PathValues, Routed, allowed, find};
pub use serve::{Incoming, Platform, serve};
pub use shape::{Described, Shape};

/// Where the API lives.
pub const BASE: &str = "/api/v1";

/// The most bytes that a body may have at this path of the API: that of its largest operation.
#[must_use]
pub fn body_limit(path: &str) -> Option<usize> {
    let path = path.strip_prefix(BASE)?;
    Operation::ALL
        .iter()
        .map(|operation| operation.endpoint())
        .filter(|endpoint| routing::matches(endpoint.path, path).is_some())
        .filter_map(|endpoint| endpoint.body.limit())
        .max()
}
