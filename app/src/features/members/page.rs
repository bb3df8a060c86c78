//! The page of people and invitations.

use std::sync::Arc;

use domain::actor::Permission;
use domain::invitation::MembersPage as People;
use leptos::prelude::*;

use super::invitation_row::InvitationRow;
use super::invite_panel::InvitePanel;
use super::member_row::MemberRow;
use super::reset_link::ResetLinkOnce;
use crate::live::LiveRegion;
use crate::page::{Loaded, Shown};
use crate::routes::SettingsTab;
use crate::text::{self, members as words, settings};
use crate::ui::{PageHeader, Panel};

/// The id of the sentence that says why nothing here can be used.
pub const REASON: &str = "people-reason";

/// Who is in the workspace and who is invited. Everybody sees the people; who may not change anything
/// is told why.
#[component]
pub fn MembersPage(
    /// The page.
    page: Arc<Loaded>,
    /// The people.
    members: People,
) -> impl IntoView {
    let because = page
        .member()
        .and_then(|member| member.check(Permission::ManageMembers).err())
        .map(|refusal| text::refusal(&refusal));
    let may_invite = because.is_none();
    let hold = page.echo.is_some() || page.shown.is_some();
    let invitations = members.invitations.clone();
    let invite = view! { <InvitePanel page=page.clone() because=because.clone()/> }.into_any();
    let is_reset = matches!(page.shown, Some(Shown::Reset { .. }));
    let reset = {
        let (shown, members) = (page.shown.clone(), members.members.clone());
        view! { <ResetLinkOnce shown members/> }.into_any()
    };
    let people = view! { <PeoplePanel page=page.clone() members because/> }.into_any();
    let pending =
        may_invite.then(|| view! { <InvitationsPanel page entries=invitations/> }.into_any());
    view! {
        <PageHeader title=settings::tab(SettingsTab::Members) lead=words::LEAD/>
        <LiveRegion name="invite" hold>{invite}</LiveRegion>
        <LiveRegion name="reset" hold=is_reset>{reset}</LiveRegion>
        <LiveRegion name="people">{people}</LiveRegion>
        <LiveRegion name="invitations">{pending}</LiveRegion>
    }
}

#[component]
fn PeoplePanel(page: Arc<Loaded>, members: People, because: Option<String>) -> impl IntoView {
    let (now, owners) = (page.now, members.owners);
    let count = usize::try_from(members.count).unwrap_or(usize::MAX);
    let has_more = count > members.members.len();
    let rows: Vec<_> = page
        .member()
        .map(|reader| {
            let row = |entry| {
                let reader = reader.clone();
                view! { <MemberRow now reader entry owners/> }.into_any()
            };
            members.members.into_iter().map(row).collect()
        })
        .unwrap_or_default();
    view! {
        <Panel id="people" title=words::PEOPLE count>
            {because.map(|because| view! { <p class="fine-print" id=REASON>{because}</p> })}
            <ul class="rows people">{rows}</ul>
            {has_more.then(|| view! { <p class="fine-print">{words::MORE}</p> })}
        </Panel>
    }
}

#[component]
fn InvitationsPanel(
    page: Arc<Loaded>,
    entries: Vec<domain::invitation::InvitationEntry>,
) -> impl IntoView {
    let now = page.now;
    let content = if entries.is_empty() {
        view! { <p class="group-empty">{words::NO_INVITATIONS}</p> }.into_any()
    } else {
        let rows: Vec<_> = entries
            .into_iter()
            .map(|entry| view! { <InvitationRow now entry/> }.into_any())
            .collect();
        view! { <ul class="rows people">{rows}</ul> }.into_any()
    };
    view! { <Panel id="invitations" title=words::INVITATIONS>{content}</Panel> }
}
