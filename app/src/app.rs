//! Which page a document shows.

use std::sync::Arc;

use leptos::prelude::*;

use crate::document::Document;
use crate::failure_page::{Failure, FailurePage};
use crate::features::account::{ProfilePage, SessionsPage};
use crate::features::accounts::{ResetPage, SetUpPage, SignInPage, SignedOutPage};
use crate::features::audit::AuditPage;
use crate::features::keys::KeysPage;
use crate::features::members::{JoinPage, MembersPage};
use crate::features::projects::{NewProjectPage, ProjectSettingsPage};
use crate::features::runs::RunPage;
use crate::features::sandboxes::{SandboxListPage, SandboxPage};
use crate::features::tasks::{EditTaskPage, NewTaskPage, TaskDetailPage, TaskListPage};
use crate::features::validations::ValidationListPage;
use crate::features::work::MyWorkPage;
use crate::features::workspaces::{NewWorkspacePage, WorkspacePage};
use crate::layouts::{DashboardLayout, SettingsLayout};
use crate::page::{Loaded, PageData};
use crate::routes::Route;
use crate::text::{self, frame};
use crate::ui::{ButtonKind, ErrorPanel, FormKey, LinkButton};

/// What a document shows. The Worker decides it, with all its data, before anything is rendered.
#[derive(Clone, Debug)]
pub enum Page {
    /// A page of the product.
    Loaded(Arc<Loaded>),
    /// Why there is no page.
    Failure(Failure),
}

impl Page {
    /// The document's title.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Loaded(page) => page.title(),
            Self::Failure(failure) => failure.title().to_owned(),
        }
    }
}

/// The body of the document.
#[component]
pub fn App(
    /// What to show.
    page: Page,
) -> impl IntoView {
    match page {
        Page::Failure(failure) => view! {
            <main id="main" class="door">
                <FailurePage failure/>
            </main>
        }
        .into_any(),
        Page::Loaded(page) => {
            let unsettled = page.unsettled();
            let workspace = page.member().map(|member| member.workspace.to_string());
            provide_context(FormKey { fresh: page.form_key.clone(), unsettled, workspace });
            loaded(page)
        }
    }
}

fn loaded(page: Arc<Loaded>) -> AnyView {
    match &page.data {
        PageData::SetUp { asks_token } => {
            let asks_token = *asks_token;
            view! { <SetUpPage page asks_token/> }.into_any()
        }
        PageData::SignIn { .. } => view! { <SignInPage page/> }.into_any(),
        PageData::SignedOut => view! { <SignedOutPage page/> }.into_any(),
        PageData::Join(scene) => {
            let scene = scene.as_deref().cloned();
            view! { <JoinPage page scene/> }.into_any()
        }
        PageData::Reset(link) => {
            let link = link.clone();
            view! { <ResetPage page link/> }.into_any()
        }
        _ => {
            let content = match page.route {
                Route::Settings(tab) => {
                    let content = content(page.clone());
                    view! { <SettingsLayout tab>{content}</SettingsLayout> }.into_any()
                }
                _ => content(page.clone()),
            };
            view! { <DashboardLayout page>{content}</DashboardLayout> }.into_any()
        }
    }
}

/// What a member's page shows inside of its layout.
fn content(page: Arc<Loaded>) -> AnyView {
    match page.data.clone() {
        PageData::MyWork(work) => view! { <MyWorkPage page work/> }.into_any(),
        PageData::NewProject => view! { <NewProjectPage page/> }.into_any(),
        PageData::Tasks(list) => view! { <TaskListPage page list=*list/> }.into_any(),
        PageData::NewTask(list) => view! { <NewTaskPage page list=*list/> }.into_any(),
        PageData::ProjectSettings(settings) => {
            view! { <ProjectSettingsPage page settings=*settings/> }.into_any()
        }
        PageData::Task(detail) => view! { <TaskDetailPage page detail=*detail/> }.into_any(),
        PageData::EditTask(detail) => view! { <EditTaskPage page detail=*detail/> }.into_any(),
        PageData::Run(detail) => view! { <RunPage page detail=*detail/> }.into_any(),
        PageData::Sandboxes(sandboxes) => view! { <SandboxListPage page sandboxes/> }.into_any(),
        PageData::Sandbox(sandbox) => view! { <SandboxPage page sandbox=*sandbox/> }.into_any(),
        PageData::Validations(list) => view! { <ValidationListPage page list/> }.into_any(),
        PageData::Profile => view! { <ProfilePage page/> }.into_any(),
        PageData::Sessions(sessions) => view! { <SessionsPage page sessions/> }.into_any(),
        PageData::Audit(list) => view! { <AuditPage page list=*list/> }.into_any(),
        PageData::Keys(list) => view! { <KeysPage page list=*list/> }.into_any(),
        PageData::Members(members) => view! { <MembersPage page members=*members/> }.into_any(),
        PageData::Workspace(scene) => view! { <WorkspacePage page scene=*scene/> }.into_any(),
        PageData::NewWorkspace => view! { <NewWorkspacePage page/> }.into_any(),
        PageData::Missing => no_page(404, frame::MISSING_TITLE, frame::MISSING_ADVICE.to_owned()),
        PageData::Forbidden(missing) => {
            no_page(403, frame::FORBIDDEN_TITLE, text::permission(missing))
        }
        // Their pages have a layout of their own.
        PageData::SetUp { .. }
        | PageData::SignIn { .. }
        | PageData::SignedOut
        | PageData::Join(_)
        | PageData::Reset(_) => ().into_any(),
    }
}

/// Why there is no page here for this person, inside of the layout: the ways on are all there.
fn no_page(status: u16, title: &'static str, advice: String) -> AnyView {
    let request_id = Document::current().request_id;
    view! {
        <ErrorPanel status title advice request_label=frame::REQUEST request_id>
            <LinkButton
                label=frame::TO_MY_WORK
                href=Route::MyWork.path()
                kind=ButtonKind::Primary
            />
        </ErrorPanel>
    }
    .into_any()
}
