//! A page that is ready to be rendered.

use domain::Timestamp;
use domain::account::{ResetLink, SessionSummary};
use domain::actor::{Member, Permission, Principal};
use domain::api_key::KeyList;
use domain::audit::AuditList;
use domain::error::{Error, Field};
use domain::ids::{InvitationId, UserId};
use domain::invitation::{JoinScene, MembersPage};
use domain::views::{
    Frame, MyWork, ProjectSettings, RunDetail, SandboxSummary, TaskDetail, TaskList, ValidationList,
};

use super::{Form, LogTail, PatchText, Query};
use crate::routes::Route;
use crate::text;
use crate::ui::Unsettled;
use domain::workspace::WorkspaceScene;

/// A page that is ready to be rendered: everything it shows, and how it is answered.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The HTTP status.
    pub status: u16,
    /// Its address.
    pub route: Route,
    /// What stood behind the question mark.
    pub query: Query,
    /// Who asks.
    pub principal: Principal,
    /// What stands around the page; empty for a visitor who is signed out.
    pub frame: Frame,
    /// What it shows.
    pub data: PageData,
    /// The patch that it shows, once it was fetched.
    pub patch: Option<PatchText>,
    /// The newest lines of the log that it shows, once they were fetched.
    pub log: Option<LogTail>,
    /// What is shown this once.
    pub shown: Option<Shown>,
    /// The form that wasn't accepted, with what was typed.
    pub echo: Option<FormEcho>,
    /// The idempotency key of this rendering's forms.
    pub form_key: String,
    /// The moment of the request.
    pub now: Timestamp,
}

impl Loaded {
    /// The signed-in person.
    #[must_use]
    pub fn member(&self) -> Option<&Member> {
        self.principal.member().ok()
    }

    /// What was typed into a field of a form that wasn't accepted; empty otherwise.
    #[must_use]
    pub fn typed(&self, name: &str) -> String {
        self.echo.as_ref().map(|echo| echo.form.get(name).to_owned()).unwrap_or_default()
    }

    /// The message that stands beside a field of a form that wasn't accepted.
    #[must_use]
    pub fn message(&self, field: Field) -> Option<String> {
        self.echo.as_ref()?.message(field)
    }

    /// The form that wasn't accepted, if it is this one.
    #[must_use]
    pub fn echo_of(&self, action: &str) -> Option<&FormEcho> {
        self.echo.as_ref().filter(|echo| echo.form.action() == action)
    }

    /// The form that was sent and of which nobody knows whether it counted: its commit may have
    /// happened though its answer was lost.
    #[must_use]
    pub fn unsettled(&self) -> Option<Unsettled> {
        let echo = self.echo.as_ref()?;
        if !matches!(echo.error, Error::Unavailable | Error::Internal) {
            return None;
        }
        let key = echo.form.idempotency_key()?.as_str().to_owned();
        Some(Unsettled { key, seen: echo.form.get("seen").parse().ok() })
    }

    /// The document's title, without the product's name.
    #[must_use]
    pub fn title(&self) -> String {
        text::titles::of(self)
    }
}

/// What a page shows.
#[derive(Clone, Debug)]
pub enum PageData {
    /// The first visit.
    SetUp {
        /// Whether the form asks for the installation's setup token.
        asks_token: bool,
    },
    /// Signing in.
    SignIn {
        /// Where to go afterwards: a path of this site.
        next: String,
    },
    /// A form came from somebody whose session has ended.
    SignedOut,
    /// *My work*.
    MyWork(MyWork),
    /// The form that creates a project.
    NewProject,
    /// A project's tasks.
    Tasks(Box<TaskList>),
    /// The form that writes a task.
    NewTask(Box<TaskList>),
    /// A project's source and gate.
    ProjectSettings(Box<ProjectSettings>),
    /// A task.
    Task(Box<TaskDetail>),
    /// The form that changes a task.
    EditTask(Box<TaskDetail>),
    /// A run.
    Run(Box<RunDetail>),
    /// All sandboxes.
    Sandboxes(Vec<SandboxSummary>),
    /// A sandbox.
    Sandbox(Box<SandboxSummary>),
    /// What waits for a decision, and all verdicts.
    Validations(ValidationList),
    /// One's own name and password.
    Profile,
    /// The browsers that one is signed in with.
    Sessions(Vec<SessionSummary>),
    /// The audit log.
    Audit(Box<AuditList>),
    /// Keys for programs.
    Keys(Box<KeyList>),
    /// The people of the workspace and who was invited.
    Members(Box<MembersPage>),
    /// The workspace's own settings.
    Workspace(Box<WorkspaceScene>),
    /// The form that founds another workspace.
    NewWorkspace,
    /// What is behind an invitation's link; nothing when it lets nobody in.
    Join(Option<Box<JoinScene>>),
    /// What is behind a link that resets a password.
    Reset(ResetLink),
    /// There is nothing here, or not for this person: the two look alike.
    Missing,
    /// The page is a form, and the role lacks its permission.
    Forbidden(Permission),
}

/// What an answer shows once, since nobody keeps it.
#[derive(Clone, PartialEq, Eq)]
pub enum Shown {
    /// A key that was just made.
    Key {
        /// Its text; none where the request was sent again, which isn't told twice.
        secret: Option<String>,
    },
    /// The link of an invitation that was just made.
    Invitation {
        /// The invitation.
        id: InvitationId,
        /// The link; none where the request was sent again, which isn't told twice.
        link: Option<String>,
        /// Whether a letter with it was sent.
        sent: bool,
    },
    /// The link by which a member chooses a new password.
    Reset {
        /// The member.
        user: UserId,
        /// The link; none where the request was sent again, which isn't told twice.
        link: Option<String>,
        /// When it ends.
        expires_at: Timestamp,
    },
}

// What is shown once must not reach a log either.
impl core::fmt::Debug for Shown {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Shown(…)")
    }
}

/// A form that wasn't accepted: its page shows it again as it was typed, with why.
#[derive(Clone, Debug)]
pub struct FormEcho {
    /// What was typed, without secrets and files.
    pub form: Form,
    /// Why it wasn't accepted.
    pub error: Error,
}

impl FormEcho {
    /// The message that stands beside a field, if that field is to blame.
    #[must_use]
    pub fn message(&self, field: Field) -> Option<String> {
        match &self.error {
            Error::Invalid { field: at, problem } if *at == field => {
                Some(text::problem(&field, problem))
            }
            _ => None,
        }
    }

    /// The message that stands above the form: everything that isn't one field's fault.
    #[must_use]
    pub fn banner(&self) -> Option<text::Message> {
        match &self.error {
            Error::Invalid { field, .. } if *field != Field::Form => None,
            error => Some(text::form_error(self.form.action(), error)),
        }
    }
}
