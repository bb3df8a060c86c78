//! Reading a page.

use domain::Context;
use domain::account::ResetLink;
use domain::actor::{Credential, Permission, Principal};
use domain::audit::Missing;
use domain::error::{Error, Result};
use domain::invitation::LinkToken;
use domain::project::ProjectKey;
use domain::task::TaskRef;
use domain::views::{Frame, PageRead, TaskFilter};

use super::{Form, FormEcho, Loaded, PageData, Query, same_site_path};
use crate::features::tasks::filter;
use crate::features::{audit, keys};
use crate::routes::{Route, SettingsTab};

/// A request for a page.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// Which page.
    pub route: Route,
    /// What stood behind the question mark.
    pub query: Query,
    /// Whether the first visit must prove itself by the installation's setup token.
    pub asks_setup_token: bool,
}

/// What a request for a page comes to.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A page to render, with its status.
    Page(Box<Loaded>),
    /// Another page is the right one: 303.
    SeeOther(String),
}

/// Reads a page. A visitor who is signed out is sent to sign in, and comes back afterwards; what
/// doesn't exist, or not for this person, is a page with status 404.
///
/// # Errors
/// `Unavailable` and `Internal`, as the store: there is no page to show then.
pub async fn load(ctx: &Context, request: &PageRequest) -> Result<Answer> {
    let store = &ctx.store;
    let caller = &ctx.caller;
    let read = match &request.route {
        Route::SetUp => return load_set_up(ctx, request).await,
        Route::SignIn => return load_sign_in(ctx, request).await,
        Route::Join { token } => return load_join(ctx, request, token).await,
        Route::Reset { token } => return load_reset(ctx, request, token).await,
        Route::NewWorkspace => store.frame(caller).await?.then(|()| PageData::NewWorkspace),
        Route::MyWork => store.my_work(caller).await?.then(PageData::MyWork),
        Route::NewProject => {
            let read = store.frame(caller).await?.then(|()| PageData::NewProject);
            read.only_for(Permission::ManageProjects)
        }
        Route::Tasks { project } => {
            let filter = filter::of_query(&request.query);
            let read = store.task_list(caller, project, &filter).await?;
            read.then(|list| PageData::Tasks(Box::new(list)))
        }
        Route::NewTask { project } => new_task(ctx, project).await?,
        Route::ProjectSettings { project } => {
            let read = store.project_settings(caller, project).await?;
            read.then(|settings| PageData::ProjectSettings(Box::new(settings)))
        }
        Route::Task { key } => {
            let read = store.task_detail(caller, &TaskRef::Key(key.clone())).await?;
            read.then(|detail| PageData::Task(Box::new(detail)))
        }
        Route::EditTask { key } => {
            let read = store.task_detail(caller, &TaskRef::Key(key.clone())).await?;
            let read = read.then(|detail| PageData::EditTask(Box::new(detail)));
            read.only_for(Permission::EditTasks)
        }
        Route::Run { id } => {
            let read = store.run_detail(caller, *id).await?;
            read.then(|detail| PageData::Run(Box::new(detail)))
        }
        Route::Sandboxes => store.sandbox_list(caller).await?.then(PageData::Sandboxes),
        Route::Sandbox { id } => {
            let read = store.sandbox_detail(caller, *id).await?;
            read.then(|sandbox| PageData::Sandbox(Box::new(sandbox)))
        }
        Route::Validations => store.validation_list(caller).await?.then(PageData::Validations),
        Route::Settings(tab) => settings(ctx, *tab, &request.query).await?,
    };
    if matches!(read.principal, Principal::SignedOut) {
        return Ok(Answer::SeeOther(sign_in_address(request)));
    }
    Ok(Answer::Page(Box::new(read.loaded(ctx, request))))
}

/// Reads a page once more to show a form that wasn't accepted, with what was typed and why. Whose
/// session has ended is shown what they typed, to send it again once they signed in.
///
/// # Errors
/// As [`load`].
pub async fn again(
    ctx: &Context,
    request: &PageRequest,
    error: Error,
    form: Form,
) -> Result<Answer> {
    let mut error = error;
    if let Some(missing) = Missing::of(&error) {
        ctx.caller.witness.note_missing(missing);
    }
    let answer = match (&request.route, &error) {
        // Whoever is signed in already asked for somebody else's session, and sees why not.
        (Route::SignIn, _) => Answer::Page(sign_in_page(ctx, request)),
        (_, Error::SignedOut) => Answer::Page(signed_out_page(ctx, request)),
        _ => load(ctx, request).await?,
    };
    let mut page = match answer {
        Answer::Page(page) => page,
        Answer::SeeOther(path) if request.route == Route::SetUp => {
            return Ok(Answer::SeeOther(path));
        }
        // The session ended between the form and its page.
        Answer::SeeOther(_) => {
            error = Error::SignedOut;
            signed_out_page(ctx, request)
        }
    };
    if page.status == 200 {
        page.status = status_of(&error);
    }
    page.echo = Some(FormEcho { form: form.without_secrets(), error });
    Ok(Answer::Page(page))
}

/// The page that keeps what was typed for somebody whose session has ended. It says nothing of what
/// is at its address: only who is signed in may know.
fn signed_out_page(ctx: &Context, request: &PageRequest) -> Box<Loaded> {
    Box::new(outside(PageData::SignedOut).loaded(ctx, request))
}

fn sign_in_page(ctx: &Context, request: &PageRequest) -> Box<Loaded> {
    let next = same_site_path(request.query.get("next").unwrap_or("/")).to_owned();
    Box::new(outside(PageData::SignIn { next }).loaded(ctx, request))
}

/// The HTTP status of a form that wasn't accepted.
#[must_use]
pub fn status_of(error: &Error) -> u16 {
    match error {
        Error::SignedOut => 401,
        Error::Forbidden { .. }
        | Error::OutOfScope { .. }
        | Error::Refused(domain::Refusal::OnlyInBrowser) => 403,
        Error::NotFound => 404,
        Error::Conflict { .. } | Error::Refused(_) => 409,
        Error::Invalid { .. } => 422,
        Error::TooMany { .. } => 429,
        Error::Unavailable => 503,
        Error::Internal => 500,
    }
}

async fn new_task(ctx: &Context, project: &ProjectKey) -> Result<PageRead<PageData>> {
    let read = ctx.store.task_list(&ctx.caller, project, &TaskFilter::default()).await?;
    let read = read.then(|list| PageData::NewTask(Box::new(list)));
    Ok(read.only_for(Permission::EditTasks))
}

/// A part of the settings.
async fn settings(ctx: &Context, tab: SettingsTab, query: &Query) -> Result<PageRead<PageData>> {
    let (store, caller) = (&ctx.store, &ctx.caller);
    match tab {
        SettingsTab::Profile => Ok(store.frame(caller).await?.then(|()| PageData::Profile)),
        SettingsTab::Sessions => Ok(store.session_list(caller).await?.then(PageData::Sessions)),
        SettingsTab::Keys => {
            let read = store.api_keys(caller, &keys::filter_of(query)).await?;
            Ok(read.then(|list| PageData::Keys(Box::new(list))))
        }
        SettingsTab::Audit => {
            let read = store.audit_list(caller, &audit::filter_of(query)).await?;
            let read = read.then(|list| PageData::Audit(Box::new(list)));
            Ok(read.only_for(Permission::ReadAudit))
        }
        SettingsTab::Members => {
            let read = store.members_page(caller).await?;
            Ok(read.then(|page| PageData::Members(Box::new(page))))
        }
        SettingsTab::Workspace => {
            let read = store.workspace_page(caller).await?;
            Ok(read.then(|scene| PageData::Workspace(Box::new(scene))))
        }
    }
}

/// What is behind a link. One that lets nobody in tells nobody why, nor whose it was.
async fn load_join(ctx: &Context, request: &PageRequest, token: &LinkToken) -> Result<Answer> {
    let read = ctx.store.joining(&ctx.caller, &token.hash()).await?;
    let scene = read.data.filter(|scene| scene.is_member || scene.check_open(ctx.now()).is_ok());
    let data = PageData::Join(scene.map(Box::new));
    let page = PageRead { principal: read.principal, frame: Frame::default(), data: Some(data) };
    Ok(Answer::Page(Box::new(page.loaded(ctx, request))))
}

/// What is behind a link that resets a password. It is for whoever has it, signed in or not.
async fn load_reset(ctx: &Context, request: &PageRequest, token: &LinkToken) -> Result<Answer> {
    let link = ctx.store.reset_link(token.hash(), ctx.now()).await?;
    Ok(Answer::Page(Box::new(outside(PageData::Reset(link)).loaded(ctx, request))))
}

async fn load_set_up(ctx: &Context, request: &PageRequest) -> Result<Answer> {
    if ctx.store.is_set_up().await? {
        return Ok(Answer::SeeOther(Route::SignIn.path()));
    }
    let data = PageData::SetUp { asks_token: request.asks_setup_token };
    Ok(Answer::Page(Box::new(outside(data).loaded(ctx, request))))
}

async fn load_sign_in(ctx: &Context, request: &PageRequest) -> Result<Answer> {
    let next = same_site_path(request.query.get("next").unwrap_or("/")).to_owned();
    // A visitor without a session can't be signed in: that read is spared.
    if matches!(ctx.caller.credential, Credential::Session(_))
        && ctx.store.frame(&ctx.caller).await?.principal.member().is_ok()
    {
        return Ok(Answer::SeeOther(next));
    }
    if !ctx.store.is_set_up().await? {
        return Ok(Answer::SeeOther(Route::SetUp.path()));
    }
    Ok(Answer::Page(sign_in_page(ctx, request)))
}

fn sign_in_address(request: &PageRequest) -> String {
    let next = request.query.at(&request.route.path());
    let next = if next == "/" { String::new() } else { next };
    Query::default().with("next", &next).at(&Route::SignIn.path())
}

/// A page for visitors who are signed out.
fn outside(data: PageData) -> PageRead<PageData> {
    PageRead { principal: Principal::SignedOut, frame: Frame::default(), data: Some(data) }
}

/// The steps from what was read to a page.
trait IntoPage<T> {
    /// The page's data made from what was read.
    fn then(self, make: impl FnOnce(T) -> PageData) -> PageRead<PageData>;
}

impl<T> IntoPage<T> for PageRead<T> {
    fn then(self, make: impl FnOnce(T) -> PageData) -> PageRead<PageData> {
        let Self { principal, frame, data } = self;
        PageRead { principal, frame, data: data.map(make) }
    }
}

/// The last steps, for data that is a page's.
trait FinishPage {
    /// Shows why instead, to members whose role lacks the permission. A courtesy: the use case
    /// behind the form refuses by itself.
    fn only_for(self, permission: Permission) -> Self;
    /// The page.
    fn loaded(self, ctx: &Context, request: &PageRequest) -> Loaded;
}

impl FinishPage for PageRead<PageData> {
    fn only_for(mut self, permission: Permission) -> Self {
        let lacks = self.principal.member().is_ok_and(|member| member.check(permission).is_err());
        if lacks && self.data.is_some() {
            self.data = Some(PageData::Forbidden(permission));
        }
        self
    }

    fn loaded(self, ctx: &Context, request: &PageRequest) -> Loaded {
        let data = self.data.unwrap_or(PageData::Missing);
        if let PageData::Forbidden(permission) = &data {
            ctx.caller.witness.note_missing(Missing::Permission(*permission));
        }
        let status = match &data {
            PageData::Missing | PageData::Join(None) | PageData::Reset(ResetLink::Void) => 404,
            PageData::Reset(ResetLink::Used | ResetLink::Expired) => 410,
            PageData::Forbidden(_) => 403,
            _ => 200,
        };
        Loaded {
            status,
            route: request.route.clone(),
            query: request.query.clone(),
            principal: self.principal,
            frame: self.frame,
            data,
            patch: None,
            log: None,
            shown: None,
            echo: None,
            form_key: form_key(ctx),
            now: ctx.now(),
        }
    }
}

/// A fresh idempotency key, so that each rendering's form counts once however often it is sent.
fn form_key(ctx: &Context) -> String {
    let mut bytes = [0u8; 16];
    ctx.random.fill(&mut bytes);
    format!("{:032x}", u128::from_be_bytes(bytes))
}
