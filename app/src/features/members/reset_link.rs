//! The link by which a member chooses a new password.

use domain::Timestamp;
use domain::ids::UserId;
use domain::workspace::MemberEntry;
use leptos::prelude::*;

use super::link_once::LinkOnce;
use crate::page::Shown;
use crate::text::{amounts, members as words};
use crate::ui::{Notice, Tone};

/// The link that was just made, if one was.
#[component]
pub fn ResetLinkOnce(
    /// What the answer shows once.
    shown: Option<Shown>,
    /// The people.
    members: Vec<MemberEntry>,
) -> impl IntoView {
    let Some(Shown::Reset { user, link, expires_at }) = shown else {
        return ().into_any();
    };
    let name = name_of(user, members);
    let notice = match link {
        Some(link) => view! {
            <LinkOnce
                title=words::reset_made(&name)
                advice=advice(expires_at)
                id="reset-link"
                link
            />
        }
        .into_any(),
        None => view! {
            <Notice
                tone=Tone::Attention
                title=words::RESET_GONE
                advice=words::RESET_GONE_ADVICE.to_owned()
            />
        }
        .into_any(),
    };
    view! { <div class="shown-once">{notice}</div> }.into_any()
}

fn name_of(user: UserId, members: Vec<MemberEntry>) -> String {
    let found = members.into_iter().find(|entry| entry.membership.user == user);
    found.map(|entry| entry.name).unwrap_or_default()
}

fn advice(expires_at: Timestamp) -> String {
    words::reset_advice(&amounts::moment(expires_at))
}
