//! What somebody lacked who was refused.

use core::fmt;

use serde::de::{DeserializeOwned, IntoDeserializer, value};

use crate::actor::Permission;
use crate::error::Error;
use crate::scope::Scope;

/// What somebody lacked who was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Their role lacks the permission.
    Permission(Permission),
    /// Their key lacks the scope.
    Scope(Scope),
}

impl Missing {
    /// What this error says is missing.
    pub fn of(error: &Error) -> Option<Self> {
        match error {
            Error::Forbidden { missing } => Some(Self::Permission(*missing)),
            Error::OutOfScope { missing } => Some(Self::Scope(*missing)),
            _ => None,
        }
    }

    /// What an entry's reason names; none for other reasons.
    pub fn parse(text: &str) -> Option<Self> {
        let permission = word(text).map(Self::Permission);
        permission.or_else(|| Scope::parse(text).map(Self::Scope))
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permission(permission) => serde::Serialize::serialize(permission, f),
            Self::Scope(scope) => f.write_str(scope.as_str()),
        }
    }
}

fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    let word: value::StrDeserializer<'_, value::Error> = text.into_deserializer();
    T::deserialize(word).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_read_back_and_no_other_reason_is() {
        for permission in Permission::ALL {
            let missing = Missing::Permission(permission);
            assert_eq!(Missing::parse(&missing.to_string()), Some(missing));
        }
        for scope in Scope::ALL {
            let missing = Missing::Scope(scope);
            assert_eq!(Missing::parse(&missing.to_string()), Some(missing));
        }
        for other in ["", "forbidden", "revoked", "expired", "ownerless", "wrong_credentials"] {
            assert_eq!(Missing::parse(other), None, "{other}");
        }
    }

    #[test]
    fn only_a_lack_is_one() {
        let error = Error::Forbidden { missing: Permission::ReadAudit };
        assert_eq!(Missing::of(&error), Some(Missing::Permission(Permission::ReadAudit)));
        let error = Error::OutOfScope { missing: Scope::ReadAudit };
        assert_eq!(Missing::of(&error).unwrap().to_string(), "audit:read");
        assert_eq!(Missing::of(&Error::NotFound), None);
    }
}
