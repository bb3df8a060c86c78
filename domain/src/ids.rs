//! Typed ids: a prefix that names the kind and a ULID, so that a link says what it points at and
//! one kind can't be passed for another.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::clock::Timestamp;
use crate::ports::Random;

/// The text isn't an id of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind")]
pub struct InvalidId;

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Ulid);

        impl $name {
            /// The prefix before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id: its order follows `now`, its rest is random.
            pub fn generate(now: Timestamp, random: &dyn Random) -> Self {
                Self(fresh_ulid(now, random))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", Self::PREFIX, self.0.to_string().to_ascii_lowercase())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let rest = text
                    .strip_prefix(Self::PREFIX)
                    .and_then(|rest| rest.strip_prefix('_'))
                    .ok_or(InvalidId)?;
                parse_ulid(rest).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

fn fresh_ulid(now: Timestamp, random: &dyn Random) -> Ulid {
    let mut bytes = [0u8; 16];
    random.fill(&mut bytes);
    let ms = u64::try_from(now.0).unwrap_or(0);
    Ulid::from_parts(ms, u128::from_le_bytes(bytes))
}

// One spelling per id: lower case, canonical. Otherwise two links would name one thing.
fn parse_ulid(text: &str) -> Result<Ulid, InvalidId> {
    if text.len() != 26 || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(InvalidId);
    }
    let id = Ulid::from_string(&text.to_ascii_uppercase()).map_err(|_| InvalidId)?;
    if id.to_string().to_ascii_lowercase() == text { Ok(id) } else { Err(InvalidId) }
}

typed_id!(/// A team.
    WorkspaceId, "wsp");
typed_id!(/// A person.
    UserId, "usr");
typed_id!(/// One signed-in browser.
    SessionId, "ses");
typed_id!(/// A project of a workspace.
    ProjectId, "prj");
typed_id!(/// A goal to reach.
    TaskId, "tsk");
typed_id!(/// A profile that can run tasks.
    AgentId, "agt");
typed_id!(/// One attempt of one agent at one task.
    RunId, "run");
typed_id!(/// An isolated place where a run executes.
    SandboxId, "sbx");
typed_id!(/// One command in a sandbox that no run uses.
    ExecutionId, "exe");
typed_id!(/// The verdict on one requirement for one revision.
    ValidationId, "val");
typed_id!(/// A typed, content-hashed file.
    EvidenceId, "evd");
typed_id!(/// A message on its way to a queue.
    OutboxId, "out");
typed_id!(/// A key that a program shows.
    ApiKeyId, "key");
typed_id!(/// A link that lets a person in.
    InvitationId, "inv");
typed_id!(/// A link that lets a person choose a new password.
    ResetId, "rst");
typed_id!(/// One entry of the audit log.
    AuditId, "aud");
typed_id!(/// One request, as shown to a person and written to the log.
    RequestId, "req");

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;
    impl Random for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = TaskId::generate(Timestamp(1_700_000_000_000), &Zeros);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().starts_with("tsk_"));
    }

    #[test]
    fn another_kind_other_case_and_garbage_are_refused() {
        let id = TaskId::generate(Timestamp(1), &Zeros).to_string();
        assert_eq!(id.parse::<RunId>(), Err(InvalidId));
        assert_eq!(id.to_uppercase().parse::<TaskId>(), Err(InvalidId));
        for bad in ["", "tsk_", "tsk_é", "tsk_zzzzzzzzzzzzzzzzzzzzzzzzzz", "tsk_ 1"] {
            assert_eq!(bad.parse::<TaskId>(), Err(InvalidId), "{bad}");
        }
    }
}
