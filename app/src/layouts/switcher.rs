//! Which workspace is open, and the ways to the others. It opens without script: it is an element of
//! details, whose entries are forms.

use std::sync::Arc;

use domain::workspace::WorkspaceLink;
use leptos::prelude::*;

use crate::page::Loaded;
use crate::routes::{Route, SWITCH_PATH};
use crate::text::{states, workspaces as words};
use crate::ui::{Form, Icon, IconName};

/// The workspaces of whoever reads the page.
#[component]
pub fn Switcher(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    let Some(member) = page.member() else {
        return ().into_any();
    };
    let (name, open) = (member.workspace_name.clone(), member.workspace);
    let says = words::switch_from(&name);
    let entries: Vec<_> = page
        .frame
        .workspaces
        .iter()
        .cloned()
        .map(|link| {
            let is_open = link.id == open;
            view! { <li>{entry(link, is_open)}</li> }
        })
        .collect();
    view! {
        <details class="switcher" data-live="workspaces">
            <summary aria-label=says>
                <span class="switcher-name" data-summary="">
                    {name}
                </span>
                <span class="switcher-mark" aria-hidden="true"></span>
            </summary>
            <nav class="switcher-menu" aria-label=words::SWITCHER>
                <ul>{entries}</ul>
                <a class="nav-link" href=Route::NewWorkspace.path()>
                    <Icon name=IconName::Plus/>
                    <span class="nav-label">{words::NEW}</span>
                </a>
            </nav>
        </details>
    }
    .into_any()
}

fn entry(link: WorkspaceLink, is_open: bool) -> AnyView {
    let WorkspaceLink { id, name, role } = link;
    let more = if is_open { words::OPEN_NOW } else { states::role(role) };
    let id = id.to_string();
    view! {
        <Form action="switch" target=id.clone() to=SWITCH_PATH class="switcher-form">
            <input type="hidden" name="workspace" value=id/>
            <button
                type="submit"
                class="nav-link"
                aria-current=is_open.then_some("true")
                disabled=is_open
            >
                <span class="nav-label">{name}</span>
                <span class="switcher-more">{more}</span>
            </button>
        </Form>
    }
    .into_any()
}
