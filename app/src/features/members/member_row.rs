//! A person as one line.

use domain::Timestamp;
use domain::account::check_offer_reset;
use domain::actor::{Member, Permission, Role};
use domain::error::Refusal;
use domain::workspace::{
    MemberEntry, Membership, check_change_role, check_leave, check_remove_member, check_role,
};
use leptos::prelude::*;

use super::forms::{CHANGE_ROLE, OFFER_RESET, REMOVE};
use super::page::REASON;
use crate::features::moments::Ago;
use crate::features::workspaces::LEAVE;
use crate::text::{self, members as words, states};
use crate::ui::Form;

/// A person, what they may do, and what the reader may do about it.
#[component]
pub fn MemberRow(
    /// The moment of the request.
    now: Timestamp,
    /// Who reads.
    reader: Member,
    /// The person.
    entry: MemberEntry,
    /// How many owners there are.
    owners: u32,
) -> impl IntoView {
    let MemberEntry { membership, name, email, is_elsewhere } = entry;
    let is_own = membership.user == reader.user;
    // As the API tells them: who only works here knows people by their names.
    let is_told = is_own || reader.check(Permission::ManageMembers).is_ok();
    let email = is_told.then(|| format!("{email} · "));
    let initial: String = name.chars().take(1).collect();
    let role = view! {
        <RoleForm reader=reader.clone() membership=membership.clone() name=name.clone() owners/>
    }
    .into_any();
    let reset = (!is_own).then(|| {
        let because =
            check_offer_reset(&reader, membership.user, membership.role, is_elsewhere).err();
        let user = membership.user.to_string();
        let named = words::offer_reset(&name);
        view! {
            <Form action=OFFER_RESET target=user.clone() class="cell-form">
                <input type="hidden" name="user" value=user/>
                <RowButton label=words::OFFER_RESET name=named because/>
            </Form>
        }
        .into_any()
    });
    let way_out = if is_own {
        let because = check_leave(&reader, owners).err();
        view! {
            <Form action=LEAVE class="cell-form">
                <RowButton label=words::LEAVE name=words::LEAVE.to_owned() because/>
            </Form>
        }
        .into_any()
    } else {
        let because = check_remove_member(&reader, &membership).err();
        let user = membership.user.to_string();
        let named = words::remove(&name);
        view! {
            <Form
                action=REMOVE
                target=user.clone()
                seen=Some(membership.version)
                class="cell-form"
            >
                <input type="hidden" name="user" value=user/>
                <RowButton label=words::REMOVE name=named because/>
            </Form>
        }
        .into_any()
    };
    view! {
        <li class="person">
            <span class="avatar" aria-hidden="true">
                {initial}
            </span>
            <span class="person-words">
                <span class="person-name">
                    {name} {is_own.then(|| view! { <span class="chip">{words::YOU}</span> })}
                </span>
                <span class="person-more">
                    {email} {words::JOINED} " " <Ago now at=membership.joined_at/>
                </span>
            </span>
            <span class="person-actions">{role} {reset} {way_out}</span>
        </li>
    }
}

/// The list of roles; those that can't be given are there and can't be chosen.
#[component]
fn RoleForm(reader: Member, membership: Membership, name: String, owners: u32) -> impl IntoView {
    let because = check_role(&reader, &membership).err();
    let disabled = because.is_some();
    let options: Vec<_> = Role::ALL
        .into_iter()
        .rev()
        .map(|role| {
            let is_now = role == membership.role;
            let refused = check_change_role(&reader, &membership, role, owners).is_err();
            view! {
                <option value=role.as_str() selected=is_now disabled=refused && !is_now>
                    {states::role(role)}
                </option>
            }
        })
        .collect();
    // The last owner may choose nothing: why, is the reason beside the button.
    let stays = (because.is_none() && membership.role == Role::Owner)
        .then(|| check_change_role(&reader, &membership, Role::Admin, owners).err())
        .flatten();
    let because = because.or(stays);
    let user = membership.user.to_string();
    view! {
        <Form
            action=CHANGE_ROLE
            target=user.clone()
            seen=Some(membership.version)
            class="role-form"
        >
            <input type="hidden" name="user" value=user/>
            <select
                class="input input-select"
                name="role"
                aria-label=words::role_of(&name)
                disabled=disabled
            >
                {options}
            </select>
            <RowButton label=words::CHANGE name=words::change(&name) because/>
        </Form>
    }
}

/// A button among many of its kind: its name says whom it is about. Where the whole page can't be used
/// by the reader, the page says why, once.
#[component]
fn RowButton(label: &'static str, name: String, because: Option<Refusal>) -> impl IntoView {
    let is_general = matches!(because, Some(Refusal::MissingPermission(_)));
    let own = because.as_ref().filter(|_| !is_general).map(text::refusal);
    view! {
        <span class="refused">
            <button
                type="submit"
                class="button"
                aria-label=name
                aria-describedby=is_general.then_some(REASON)
                disabled=because.is_some()
            >
                {label}
            </button>
            {own.map(|reason| view! { <span class="refused-reason">{reason}</span> })}
        </span>
    }
}
