//! The browsers that one is signed in with.

use std::sync::Arc;

use domain::account::SessionSummary;
use leptos::prelude::*;

use crate::features::moments::Ago;
use crate::page::Loaded;
use crate::routes::SettingsTab;
use crate::text::{account as words, settings};
use crate::ui::{
    Badge, Button, ButtonKind, Column, Form, IconName, PageHeader, Panel, StackTable, Tone,
};

const COLUMNS: [Column; 5] = [
    Column::main(words::COLUMN_BROWSER),
    Column::text(words::COLUMN_NETWORK),
    Column::text(words::COLUMN_WORKSPACE),
    Column::short(words::COLUMN_SINCE),
    Column::action(words::END),
];

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
            <StackTable caption=words::SESSIONS_TITLE columns=COLUMNS.to_vec() rows/>
        </Panel>
    }
    .into_any()
}

fn row(page: &Arc<Loaded>, session: SessionSummary) -> Vec<AnyView> {
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
    let button = view! {
        <Form action="revoke" target=id.clone() label class="cell-form">
            <input type="hidden" name="session" value=id/>
            <Button label=words::END/>
        </Form>
    };
    vec![
        view! { <span title=session.device>{browser}</span> " " {badge} }.into_any(),
        network.into_any(),
        session.workspace_name.into_any(),
        view! { <Ago now at=session.created_at/> }.into_any(),
        button.into_any(),
    ]
}
