//! The browsers that one is signed in with.

use std::sync::Arc;

use domain::account::SessionSummary;
use leptos::prelude::*;

use crate::features::moments::Ago;
use crate::page::Loaded;
use crate::routes::SettingsTab;
use crate::text::{account as words, settings};
use crate::ui::{Badge, Button, ButtonKind, Form, IconName, PageHeader, Panel, ScrollTable, Tone};

/// One's own sessions, newest first.
#[component]
pub fn SessionsPage(
    /// The page.
    page: Arc<Loaded>,
    /// They.
    sessions: Vec<SessionSummary>,
) -> impl IntoView {
    let has_others = sessions.iter().any(|session| !session.is_this);
    let count = sessions.len();
    let rows: Vec<_> = sessions.into_iter().map(|session| row(&page, session)).collect();
    let end_others = has_others.then(|| {
        view! {
            <Form action="revoke_others">
                <Button label=words::END_OTHERS kind=ButtonKind::Danger/>
            </Form>
        }
        .into_any()
    });
    view! {
        <PageHeader title=settings::tab(SettingsTab::Sessions) lead=words::SESSIONS_LEAD>
            {end_others}
        </PageHeader>
        <Panel title=words::SESSIONS_TITLE id="sessions" count>
            <ScrollTable caption=words::SESSIONS_TITLE>
                <thead>
                    <tr>
                        <th scope="col">{words::COLUMN_BROWSER}</th>
                        <th scope="col">{words::COLUMN_NETWORK}</th>
                        <th scope="col">{words::COLUMN_WORKSPACE}</th>
                        <th scope="col">{words::COLUMN_SINCE}</th>
                        <th scope="col">{words::END}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </ScrollTable>
        </Panel>
    }
    .into_any()
}

fn row(page: &Arc<Loaded>, session: SessionSummary) -> AnyView {
    let now = page.now;
    let browser = words::browser(&session.device);
    let label = words::end_label(&browser);
    let network = if session.network.is_empty() {
        words::UNKNOWN_NETWORK.to_owned()
    } else {
        session.network
    };
    let badge = session.is_this.then(|| {
        view! { <Badge tone=Tone::Good icon=IconName::CircleCheck label=words::THIS_ONE/> }
            .into_any()
    });
    let id = session.id.to_string();
    view! {
        <tr>
            <td class="cell-main" title=session.device>
                {browser} " " {badge}
            </td>
            <td>{network}</td>
            <td>{session.workspace_name}</td>
            <td class="nowrap">
                <Ago now at=session.created_at/>
            </td>
            <td>
                <Form action="revoke" target=id.clone() label>
                    <input type="hidden" name="session" value=id/>
                    <Button label=words::END/>
                </Form>
            </td>
        </tr>
    }
    .into_any()
}
