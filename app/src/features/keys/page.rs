//! Keys: which there are, and how to make and revoke one.

use std::sync::Arc;

use domain::actor::Permission;
use domain::api_key::{KeyList, KeyState, KeySummary, Whose, check_revoke};
use leptos::prelude::*;

use super::create_form::{CreateKeyForm, MadeKey};
use super::forms::{cursor_text, filter_of};
use crate::features::moments::{Ago, Until};
use crate::page::{Loaded, Query};
use crate::routes::{Route, SettingsTab};
use crate::text::{self, keys as words, settings};
use crate::ui::{
    Badge, Button, ButtonKind, Column, EmptyState, Form, IconName, LinkButton, PageHeader, Panel,
    StackTable, Tab, Tabs, Tone,
};

/// One's own keys, or everybody's for an admin.
#[component]
pub fn KeysPage(
    /// The page.
    page: Arc<Loaded>,
    /// The keys.
    list: KeyList,
) -> impl IntoView {
    let whose = filter_of(&page.query).whose;
    let may_see_all =
        page.member().is_some_and(|member| member.check(Permission::ManageMembers).is_ok());
    let path = Route::Settings(SettingsTab::Keys).path();
    let tabs = may_see_all.then(|| {
        let tab = |label: &str, href: String, current| Tab {
            label: label.to_owned(),
            count: None,
            href,
            current,
        };
        let all = Query::default().with("of", "all").at(&path);
        let tabs = vec![
            tab(words::YOURS, path.clone(), whose == Whose::Mine),
            tab(words::EVERYBODYS, all, whose == Whose::Everybodys),
        ];
        view! { <Tabs label=words::VIEWS tabs/> }.into_any()
    });
    let older = list.next.map(|next| {
        let href = page.query.clone().with("after", &cursor_text(&next)).at(&path);
        view! { <LinkButton label=words::OLDER href/> }.into_any()
    });
    let title = if whose == Whose::Mine { words::YOURS } else { words::EVERYBODYS };
    let content = if list.keys.is_empty() {
        view! { <EmptyState icon=IconName::Shield title=words::NONE_TITLE advice=words::NONE_ADVICE/> }
            .into_any()
    } else {
        table(&page, list.keys, whose, title)
    };
    view! {
        <PageHeader title=settings::tab(SettingsTab::Keys) lead=words::LEAD>
            <LinkButton label=words::DOCS href="/api/docs"/>
        </PageHeader>
        <div class="stack-wide">
            <MadeKey page=page.clone()/> {tabs}
            <Panel title id="keys">{content} {older}</Panel>
            {(whose == Whose::Mine).then(|| view! { <CreateKeyForm page/> }.into_any())}
        </div>
    }
    .into_any()
}

/// The columns, and whether each is there only where everybody's keys are.
const COLUMNS: [(Column, bool); 8] = [
    (Column::main(words::COLUMN_NAME), false),
    (Column::text(words::COLUMN_OWNER), true),
    (Column::text(words::COLUMN_SCOPES), false),
    (Column::text(words::COLUMN_PROJECT), false),
    (Column::short(words::COLUMN_MADE), false),
    (Column::short(words::COLUMN_ENDS), false),
    (Column::short(words::COLUMN_USED), false),
    (Column::action(words::REVOKE), false),
];

fn table(
    page: &Arc<Loaded>,
    keys: Vec<KeySummary>,
    whose: Whose,
    caption: &'static str,
) -> AnyView {
    let is_everybodys = whose == Whose::Everybodys;
    let rows = keys.into_iter().map(|key| row(page, key, is_everybodys)).collect();
    let columns = COLUMNS.iter().filter(|(_, everybodys)| is_everybodys || !everybodys);
    let columns = columns.map(|(column, _)| *column).collect();
    view! { <StackTable caption columns rows/> }.into_any()
}

fn row(page: &Arc<Loaded>, summary: KeySummary, is_everybodys: bool) -> Vec<AnyView> {
    let now = page.now;
    let state = summary.state(now);
    let project = summary.project.as_ref().map(ToString::to_string);
    let revoke = (state == KeyState::Live).then(|| revoke_form(page, &summary));
    let made_by = summary.maker.as_deref().map(words::made_by);
    let key = summary.key;
    let name = view! {
        <span>{key.name}</span>
        " "
        <code>{key.prefix} "…"</code>
        " "
        {badge(state)}
        {made_by.map(|made_by| view! { <p class="muted">{made_by}</p> })}
    };
    let reach = project.unwrap_or_else(|| words::ALL_PROJECTS.to_owned());
    let mut cells = vec![name.into_any()];
    cells.extend(is_everybodys.then(|| summary.owner.into_any()));
    cells.extend([
        key.scopes.to_string().into_any(),
        reach.into_any(),
        view! { <Ago now at=key.created_at/> }.into_any(),
        match key.expires_at {
            Some(at) => view! { <Until now at/> }.into_any(),
            None => words::NEVER_ENDS.into_any(),
        },
        match summary.last_used_at {
            Some(at) => view! { <Ago now at/> }.into_any(),
            None => words::NEVER_USED.into_any(),
        },
        revoke.into_any(),
    ]);
    cells
}

fn badge(state: KeyState) -> AnyView {
    let (tone, icon) = match state {
        KeyState::Live => (Tone::Good, IconName::CircleCheck),
        KeyState::Expired | KeyState::Revoked | KeyState::Ownerless => {
            (Tone::Quiet, IconName::CircleCross)
        }
    };
    view! { <Badge tone icon label=words::state(state)/> }.into_any()
}

fn revoke_form(page: &Arc<Loaded>, summary: &KeySummary) -> AnyView {
    let refused = page
        .member()
        .and_then(|member| check_revoke(member, &summary.key).err())
        .map(|refusal| text::refusal(&refusal));
    let id = summary.key.id.to_string();
    let label = words::revoke_label(&summary.key.name);
    view! {
        <Form action="revoke" target=id.clone() label class="cell-form">
            <input type="hidden" name="key" value=id/>
            <Button label=words::REVOKE kind=ButtonKind::Danger disabled_because=refused/>
        </Form>
    }
    .into_any()
}
