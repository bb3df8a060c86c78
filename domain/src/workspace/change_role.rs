//! Changing a member's role.

use serde::Serialize;

use crate::actor::{Actor, Member, Permission, Role};
use crate::context::Context;
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::ids::UserId;
use crate::workspace::{MemberEntry, Membership};
use crate::write_batch::{Row, WriteBatch};

/// A request to change a member's role.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeRole {
    /// The member.
    pub user: UserId,
    /// The role they get, as a word.
    pub role: String,
    /// The version of their membership that was seen.
    pub seen: i64,
}

/// Whether `actor` may change what this member may do at all.
///
/// # Errors
/// Why not.
pub fn check_role(actor: &Member, member: &Membership) -> Result<(), Refusal> {
    actor.check(Permission::ManageMembers)?;
    if member.role > actor.role { Err(Refusal::AboveOwnRole) } else { Ok(()) }
}

/// Whether `actor` may give this member the role, in a workspace with so many owners.
///
/// # Errors
/// Why not.
pub fn check_change_role(
    actor: &Member,
    member: &Membership,
    to: Role,
    owners: u32,
) -> Result<(), Refusal> {
    check_role(actor, member)?;
    if to > actor.role {
        return Err(Refusal::AboveOwnRole);
    }
    if member.role == Role::Owner && to != Role::Owner && owners <= 1 {
        return Err(Refusal::LastOwner);
    }
    Ok(())
}

/// Gives a member another role, and the member as they are then. It holds from their next request on.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `NotFound`, `Invalid`, `Conflict` with the present version,
/// `Refused(AboveOwnRole)`, `Refused(LastOwner)`.
pub async fn change_role(ctx: &Context, input: ChangeRole) -> Result<MemberEntry> {
    let asked = Asked::new("workspace::change_role", &input)?;
    let read = ctx.store.member(&ctx.caller, Some(input.user)).await?;
    let actor = read.principal.require(Permission::ManageMembers)?;
    let scene = read.data.ok_or(Error::NotFound)?;
    let mut entry = scene.entry;
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(entry);
    }
    let membership = &mut entry.membership;
    let to = Role::parse(&input.role)
        .ok_or(Error::Invalid { field: Field::Role, problem: Problem::Malformed })?;
    if membership.version != input.seen {
        return Err(Error::Conflict { current: membership.version });
    }
    check_change_role(actor, membership, to, scene.owners)?;
    if to == membership.role {
        return Ok(entry);
    }
    let mut batch = WriteBatch::new(scene.workspace.id);
    batch.answer(ctx, actor.user, &asked, &input.user.to_string());
    let body = EventBody::MemberRoleChanged { user: input.user, from: membership.role, to };
    let version = scene.workspace.record(ctx, &mut batch, Actor::User(actor.user), body)?;
    (membership.role, membership.version) = (to, version);
    batch.rows.push(Row::Membership(membership.clone()));
    ctx.commit(batch).await?;
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Via;
    use crate::clock::Timestamp;
    use crate::workspace::{check_leave, check_remove_member};

    fn actor(role: Role) -> Member {
        Member {
            via: Via::Session("ses_01hv3v6k3e0123456789abcdef".parse().unwrap()),
            workspace: "wsp_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            workspace_name: String::new(),
            user: "usr_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            name: String::new(),
            email: String::new(),
            role,
        }
    }

    fn member(role: Role) -> Membership {
        Membership {
            workspace: "wsp_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            user: "usr_01hv3v6k3e0123456789abcdeg".parse().unwrap(),
            role,
            joined_at: Timestamp(0),
            version: 3,
        }
    }

    #[test]
    fn nobody_gives_or_takes_what_they_have_not() {
        for who in Role::ALL {
            for of in Role::ALL {
                for to in Role::ALL {
                    let outcome = check_change_role(&actor(who), &member(of), to, 2);
                    let may = who >= Role::Admin && of <= who && to <= who;
                    assert_eq!(outcome.is_ok(), may, "{who:?} makes {of:?} {to:?}");
                }
                let may = who >= Role::Admin && of <= who;
                assert_eq!(check_remove_member(&actor(who), &member(of)).is_ok(), may);
            }
        }
    }

    #[test]
    fn the_last_owner_stays_one() {
        let (owner, of) = (actor(Role::Owner), member(Role::Owner));
        for to in [Role::Viewer, Role::Member, Role::Admin] {
            let last = Err(Refusal::LastOwner);
            assert_eq!(check_change_role(&owner, &of, to, 1), last);
            assert_eq!(check_change_role(&owner, &of, to, 2), Ok(()));
        }
        assert_eq!(check_change_role(&owner, &of, Role::Owner, 1), Ok(()));
        assert_eq!(check_leave(&owner, 1), Err(Refusal::LastOwner));
        assert_eq!(check_leave(&owner, 2), Ok(()));
        assert_eq!(check_leave(&actor(Role::Viewer), 1), Ok(()));
    }
}
