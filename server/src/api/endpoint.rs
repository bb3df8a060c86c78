//! What an endpoint is: a row of the table that router, description and tests are made from.

use core::fmt;

use domain::actor::Permission;

use super::Shape;
pub use crate::limits::Class as LimitClass;
use crate::rules::limits::FORM_BYTES;

/// A method that some endpoint answers. `HEAD` is answered wherever `GET` is, `OPTIONS` everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes something, or does something that isn't a change of one resource.
    Post,
    /// Replaces.
    Put,
    /// Changes some fields.
    Patch,
    /// Takes away.
    Delete,
}

impl Method {
    /// Its name in a request.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an endpoint is about: a chapter of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tag {
    /// Who asks, and tokens for keys.
    Identity,
    /// Workspaces and their settings.
    Workspaces,
    /// Members and invitations.
    Members,
    /// Projects, their sources and gates.
    Projects,
    /// Agents.
    Agents,
    /// Tasks and their transitions.
    Tasks,
    /// Runs and their logs.
    Runs,
    /// Validations and decisions.
    Validations,
    /// Kept files.
    Evidence,
    /// Sandboxes.
    Sandboxes,
    /// What happened, in order.
    Events,
    /// Keys for programs.
    Keys,
    /// Who did what.
    Audit,
}

impl Tag {
    /// Every tag, in the order of the documentation.
    pub const ALL: [Self; 13] = [
        Self::Identity,
        Self::Workspaces,
        Self::Members,
        Self::Projects,
        Self::Agents,
        Self::Tasks,
        Self::Runs,
        Self::Validations,
        Self::Evidence,
        Self::Sandboxes,
        Self::Events,
        Self::Keys,
        Self::Audit,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Workspaces => "workspaces",
            Self::Members => "members",
            Self::Projects => "projects",
            Self::Agents => "agents",
            Self::Tasks => "tasks",
            Self::Runs => "runs",
            Self::Validations => "validations",
            Self::Evidence => "evidence",
            Self::Sandboxes => "sandboxes",
            Self::Events => "events",
            Self::Keys => "keys",
            Self::Audit => "audit",
        }
    }
}

/// What a request's body is.
#[derive(Clone, Copy, Debug)]
pub enum BodyKind {
    /// None; one that comes is ignored unread.
    None,
    /// JSON of this shape.
    Json(Shape),
    /// A file as it is, read whole, of at most so many bytes. Who sends it is asked before it is read.
    Bytes {
        /// The most bytes.
        most: usize,
    },
    /// A stream that the handler reads, of at most so many bytes: `multipart/form-data` or a file as
    /// it is. Who sends it is asked before it is read.
    Stream {
        /// The most bytes.
        most: usize,
        /// The media types that are taken; `*/*` is any.
        types: &'static [&'static str],
    },
}

impl BodyKind {
    /// The most bytes that are read; none where nothing is.
    #[must_use]
    pub const fn limit(&self) -> Option<usize> {
        match self {
            Self::None => None,
            Self::Json(_) => Some(FORM_BYTES),
            Self::Bytes { most } | Self::Stream { most, .. } => Some(*most),
        }
    }
}

/// What a successful answer is.
#[derive(Clone, Copy, Debug)]
pub enum Answers {
    /// Nothing (204).
    Nothing,
    /// JSON of this shape.
    Json(Shape),
    /// A stream or text of this media type; `*/*` is that of the file.
    File(&'static str),
    /// A stream of one of these media types, as the query says.
    OneOf(&'static [&'static str]),
}

/// A parameter of the query.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// What it may be.
    pub kind: ParameterKind,
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug)]
pub enum ParameterKind {
    /// A text.
    Text,
    /// An integer within these bounds.
    Integer {
        /// The least.
        least: i64,
        /// The greatest.
        most: i64,
    },
    /// One of these words.
    Words(&'static [&'static str]),
}

/// Who may ask at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Anybody; no credential is needed.
    Anybody,
    /// Whoever shows a credential that holds; the use case asks for nothing more.
    Anyone,
    /// A program that shows its key itself, neither a token nor a browser; no scope is needed.
    KeyItself,
    /// A member whose role, and whose key's scopes, have this permission.
    Needs(Permission),
}

/// A row of the table of endpoints.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// Its name, unique and never changed: `list_tasks`.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path under [`super::BASE`]: `/projects/{project}/tasks`.
    pub path: &'static str,
    /// The chapter.
    pub tag: Tag,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What else is worth knowing; may be empty.
    pub about: &'static str,
    /// Who may ask.
    pub admits: Admission,
    /// Whether it reaches a person's own account, which no key does: keys, and tokens that were
    /// exchanged for them, are refused by the use case.
    pub only_in_browser: bool,
    /// Whether a run's own token may call it; what it may do there is the handler's business.
    pub by_run: bool,
    /// Which limit it counts against.
    pub limit: LimitClass,
    /// The parameters of its query. Others are refused.
    pub query: &'static [Parameter],
    /// What its body is.
    pub body: BodyKind,
    /// Whether its body may be left out. Then it counts as one without fields.
    pub body_optional: bool,
    /// Whether it changes something that has a version, so that `If-Match` must name the one seen.
    pub needs_version: bool,
    /// The status of a successful answer.
    pub success: u16,
    /// What a successful answer is.
    pub answers: Answers,
    /// Whether its answer names the version of what it shows as `ETag`.
    pub has_version: bool,
}

impl Endpoint {
    const fn base(method: Method, path: &'static str, tag: Tag) -> Self {
        Self {
            id: "",
            method,
            path,
            tag,
            summary: "",
            about: "",
            admits: Admission::Needs(Permission::View),
            only_in_browser: false,
            by_run: false,
            limit: LimitClass::Write,
            query: &[],
            body: BodyKind::None,
            body_optional: false,
            needs_version: false,
            success: 200,
            answers: Answers::Nothing,
            has_version: false,
        }
    }

    /// A row for reading: needs [`Permission::View`], counts as a read, answers 200.
    #[must_use]
    pub const fn get(path: &'static str, tag: Tag) -> Self {
        Self { limit: LimitClass::Read, ..Self::base(Method::Get, path, tag) }
    }

    /// A row for making something: counts as a write, answers 201.
    #[must_use]
    pub const fn post(path: &'static str, tag: Tag) -> Self {
        Self { success: 201, ..Self::base(Method::Post, path, tag) }
    }

    /// A row for replacing: counts as a write, needs a version, answers 204.
    #[must_use]
    pub const fn put(path: &'static str, tag: Tag) -> Self {
        Self { success: 204, needs_version: true, ..Self::base(Method::Put, path, tag) }
    }

    /// A row for changing some fields: counts as a write, needs a version, answers 204.
    #[must_use]
    pub const fn patch(path: &'static str, tag: Tag) -> Self {
        Self { success: 204, needs_version: true, ..Self::base(Method::Patch, path, tag) }
    }

    /// A row for taking away: counts as a write, answers 204.
    #[must_use]
    pub const fn delete(path: &'static str, tag: Tag) -> Self {
        Self { success: 204, ..Self::base(Method::Delete, path, tag) }
    }

    /// Whether a repeated request under the same `Idempotency-Key` gets the first answer.
    #[must_use]
    pub const fn takes_key(&self) -> bool {
        matches!(self.method, Method::Post)
    }

    /// The permission that it needs, if any.
    #[must_use]
    pub const fn permission(&self) -> Option<Permission> {
        match self.admits {
            Admission::Needs(permission) => Some(permission),
            Admission::Anybody | Admission::Anyone | Admission::KeyItself => None,
        }
    }
}
