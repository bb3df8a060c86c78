//! The navigation: a column on wide pages; on phones a bar at the foot, whose last button opens the
//! column over the page. It opens and closes without script: it is a popover.

use std::sync::Arc;

use domain::actor::{Member, Permission};
use domain::project::ProjectKey;
use leptos::prelude::*;

use super::switcher::Switcher;
use crate::live::LiveCount;
use crate::page::Loaded;
use crate::routes::{Route, SIGN_OUT_PATH, SettingsTab};
use crate::text::{frame, settings, states};
use crate::theme::CurrentThemePicker;
use crate::ui::{Button, ButtonKind, Form, Icon, IconName, NavCount, NavLink};

/// The column.
#[component]
pub fn Sidebar(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    let may_create =
        page.member().is_some_and(|member| member.check(Permission::ManageProjects).is_ok());
    view! {
        <aside class="sidebar" id="menu" popover="auto" aria-label=frame::NAVIGATION>
            <a class="brand" href=Route::MyWork.path()>
                <span class="brand-mark" aria-hidden="true"></span>
                <span class="brand-words">
                    <span class="brand-name">{frame::PRODUCT}</span>
                </span>
            </a>
            {view! { <Switcher page=page.clone()/> }.into_any()}
            <nav class="nav" aria-label=frame::NAVIGATION>
                <div class="nav-places">
                    {view! { <Places page=page.clone() live="waiting-beside"/> }.into_any()}
                </div>
                <p class="nav-heading" id="projects-heading">
                    {frame::PROJECTS}
                </p>
                <ul class="nav-projects" aria-labelledby="projects-heading" data-live="projects">
                    {projects(&page)}
                </ul>
                {may_create
                    .then(|| {
                        view! {
                            <NavLink
                                href=Route::NewProject.path()
                                icon=IconName::Plus
                                label=frame::NEW_PROJECT
                                current=page.route == Route::NewProject
                            />
                        }
                    })}
            </nav>
            <div class="sidebar-foot">
                <NavLink
                    href=Route::Settings(SettingsTab::Members).path()
                    icon=IconName::Gear
                    label=settings::TITLE
                    current=matches!(page.route, Route::Settings(_))
                />
                {view! { <CurrentThemePicker/> }.into_any()}
                {page.member().cloned().map(|member| view! { <Account member/> }.into_any())}
            </div>
        </aside>
    }
}

/// The bar at the foot of phones.
#[component]
pub fn PhoneBar(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    view! {
        <nav class="phone-bar" aria-label=frame::PHONE_NAVIGATION>
            {view! { <Places page live="waiting-below"/> }.into_any()}
            <button type="button" class="nav-link" popovertarget="menu">
                <Icon name=IconName::Menu/>
                <span class="nav-label">{frame::MENU}</span>
            </button>
        </nav>
    }
}

/// The places that aren't a project's.
#[component]
fn Places(page: Arc<Loaded>, live: &'static str) -> impl IntoView {
    let waiting = page.frame.waiting;
    let count = (waiting > 0)
        .then(|| view! { <NavCount number=waiting meaning=frame::waiting(waiting)/> }.into_any());
    let is_sandbox = matches!(page.route, Route::Sandboxes | Route::Sandbox { .. });
    view! {
        <NavLink
            href=Route::MyWork.path()
            icon=IconName::Inbox
            label=frame::MY_WORK
            current=page.route == Route::MyWork
        />
        <NavLink
            href=Route::Validations.path()
            icon=IconName::Shield
            label=frame::VALIDATIONS
            current=page.route == Route::Validations
        >
            <LiveCount name=live>{count}</LiveCount>
        </NavLink>
        <NavLink
            href=Route::Sandboxes.path()
            icon=IconName::Box
            label=frame::SANDBOXES
            current=is_sandbox
        />
    }
}

fn projects(page: &Loaded) -> Vec<impl IntoView + use<>> {
    let current = current_project(&page.route);
    page.frame
        .projects
        .iter()
        .map(|project| {
            let href = Route::Tasks { project: project.key.clone() }.path();
            let is_current = current == Some(&project.key);
            view! {
                <li>
                    <a class="nav-link" href=href aria-current=is_current.then_some("true")>
                        <span class="nav-key" aria-hidden="true">
                            {project.key.as_str().chars().take(2).collect::<String>()}
                        </span>
                        <span class="nav-label">{project.name.clone()}</span>
                    </a>
                </li>
            }
        })
        .collect()
}

/// The project that a page belongs to, as its address tells it.
const fn current_project(route: &Route) -> Option<&ProjectKey> {
    match route {
        Route::Tasks { project }
        | Route::NewTask { project }
        | Route::ProjectSettings { project } => Some(project),
        Route::Task { key } | Route::EditTask { key } => Some(&key.project),
        _ => None,
    }
}

/// Who is signed in, and the way out.
#[component]
fn Account(member: Member) -> impl IntoView {
    let initial: String = member.name.chars().take(1).collect();
    view! {
        <div class="account">
            <span class="avatar" aria-hidden="true">
                {initial}
            </span>
            <div class="account-words">
                <span class="account-name">{member.name}</span>
                <span class="account-role">{states::role(member.role)}</span>
            </div>
            <Form action="sign_out" to=SIGN_OUT_PATH class="account-out">
                <Button label=frame::SIGN_OUT kind=ButtonKind::Quiet icon=IconName::SignOut/>
            </Form>
        </div>
    }
}
