//! Keys: which there are, and how to make and revoke one.

use std::sync::Arc;

use domain::Timestamp;
use domain::actor::Permission;
use domain::api_key::{KeyList, KeyState, KeySummary, Whose, check_revoke};
use leptos::prelude::*;

use super::create_form::{CreateKeyForm, MadeKey};
use super::forms::{cursor_text, filter_of};
use crate::features::moments::Ago;
use crate::page::{Loaded, Query};
use crate::routes::{Route, SettingsTab};
use crate::text::{self, amounts, keys as words, settings};
use crate::ui::{
    Badge, Button, ButtonKind, EmptyState, Form, IconName, LinkButton, PageHeader, Panel,
    ScrollTable, Tab, Tabs, Tone,
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
        table(&page, list.keys, title)
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

fn table(page: &Arc<Loaded>, keys: Vec<KeySummary>, caption: &'static str) -> AnyView {
    let rows: Vec<_> = keys.into_iter().map(|key| row(page, key)).collect();
    view! {
        <ScrollTable caption=caption>
            <thead>
                <tr>
                    <th scope="col">{words::COLUMN_NAME}</th>
                    <th scope="col">{words::COLUMN_STATE}</th>
                    <th scope="col">{words::COLUMN_OWNER}</th>
                    <th scope="col">{words::COLUMN_SCOPES}</th>
                    <th scope="col">{words::COLUMN_PROJECT}</th>
                    <th scope="col">{words::COLUMN_MADE}</th>
                    <th scope="col">{words::COLUMN_ENDS}</th>
                    <th scope="col">{words::COLUMN_USED}</th>
                    <th scope="col">{words::REVOKE}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </ScrollTable>
    }
    .into_any()
}

fn row(page: &Arc<Loaded>, summary: KeySummary) -> AnyView {
    let now = page.now;
    let state = summary.state(now);
    let project = summary.project.as_ref().map(ToString::to_string);
    let revoke = (state == KeyState::Live).then(|| revoke_form(page, &summary));
    let made_by = summary.maker.as_deref().map(words::made_by);
    let key = summary.key;
    view! {
        <tr>
            <td class="cell-main">
                {key.name} " " <code>{key.prefix} "…"</code>
                {made_by.map(|made_by| view! { <p class="muted">{made_by}</p> })}
            </td>
            <td>{badge(state)}</td>
            <td>{summary.owner}</td>
            <td>{key.scopes.to_string()}</td>
            <td>{project.unwrap_or_else(|| words::ALL_PROJECTS.to_owned())}</td>
            <td class="nowrap">
                <Ago now at=key.created_at/>
            </td>
            <td class="nowrap">{moment(key.expires_at, words::NEVER_ENDS)}</td>
            <td class="nowrap">{moment(summary.last_used_at, words::NEVER_USED)}</td>
            <td>{revoke}</td>
        </tr>
    }
    .into_any()
}

fn moment(at: Option<Timestamp>, never: &'static str) -> String {
    at.map_or_else(|| never.to_owned(), amounts::moment)
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
        <Form action="revoke" target=id.clone() label>
            <input type="hidden" name="key" value=id/>
            <Button label=words::REVOKE kind=ButtonKind::Danger disabled_because=refused/>
        </Form>
    }
    .into_any()
}
