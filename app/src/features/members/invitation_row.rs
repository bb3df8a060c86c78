//! An invitation as one line.

use domain::Timestamp;
use domain::invitation::{InvitationEntry, Standing};
use leptos::prelude::*;

use super::forms::{RENEW, REVOKE};
use crate::features::moments::{Ago, Until};
use crate::text::{members as words, states};
use crate::ui::Form;

/// Whom it is for, who made it, when it ends.
#[component]
pub fn InvitationRow(
    /// The moment of the request.
    now: Timestamp,
    /// The invitation.
    entry: InvitationEntry,
) -> impl IntoView {
    let InvitationEntry { invitation, inviter, standing } = entry;
    let whom = invitation.email.as_ref().map(|email| email.as_str().to_owned());
    let whom = whom.unwrap_or_else(|| words::ANYBODY.to_owned());
    let (anew, name) = (words::renew(&whom), words::revoke(&whom));
    let id = invitation.id.to_string();
    let same = id.clone();
    let ends = match standing {
        Standing::Open => {
            view! { {words::UNTIL} " " <Until now at=invitation.expires_at/> }.into_any()
        }
        other => words::standing(other).into_any(),
    };
    view! {
        <li class="person">
            <span class="person-words person-wide">
                <span class="person-name">
                    {whom} <span class="chip">{states::role(invitation.role)}</span>
                </span>
                <span class="person-more">
                    {words::invited_by(&inviter)} " " <Ago now at=invitation.created_at/> " · " {ends}
                </span>
            </span>
            <span class="person-actions">
                <Form action=RENEW target=id.clone() class="cell-form">
                    <input type="hidden" name="invitation" value=same/>
                    <button type="submit" class="button" aria-label=anew>
                        {words::RENEW}
                    </button>
                </Form>
                <Form action=REVOKE target=id.clone() class="cell-form">
                    <input type="hidden" name="invitation" value=id/>
                    <button type="submit" class="button" aria-label=name>
                        {words::REVOKE}
                    </button>
                </Form>
            </span>
        </li>
    }
}
