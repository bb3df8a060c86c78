//! Whose requests are counted together.

use domain::actor::{Credential, Principal, Via};
use serde::{Deserialize, Serialize};

use super::Class;

/// Whom a request is counted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Somebody whose credential held when it was last read, or that is signed.
    Principal(Known),
    /// Everybody at a network who shows nothing that is known to hold.
    Network(String),
}

impl Subject {
    /// The name of the object that counts this class for them.
    #[must_use]
    pub fn object(&self, class: Class) -> String {
        match self {
            Self::Principal(known) => format!("{}:{}", class.as_str(), known.principal),
            Self::Network(network) => format!("{}:network:{network}", class.as_str()),
        }
    }

    /// The workspace whose policies count; none for a network.
    #[must_use]
    pub fn workspace(&self) -> Option<&str> {
        match self {
            Self::Principal(known) => known.workspace.as_deref(),
            Self::Network(_) => None,
        }
    }
}

/// Who a credential was when it was last read. It says whom to count for, never what they may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// A person, a key or a run, by kind and id.
    pub principal: String,
    /// The workspace that they acted in, where that is known.
    pub workspace: Option<String>,
}

impl Known {
    /// Who a read told that it was; none for nobody. A key counts by itself: a program that runs
    /// wild doesn't lock its owner's browser out.
    #[must_use]
    pub fn of(principal: &Principal) -> Option<Self> {
        let (name, workspace) = match principal {
            Principal::SignedOut | Principal::System => return None,
            Principal::Run(reporter) => (reporter.run.to_string(), reporter.workspace),
            Principal::Member(member) => {
                let name = match &member.via {
                    Via::Session(_) => member.user.to_string(),
                    Via::Key(grant) => grant.key.to_string(),
                };
                (name, member.workspace)
            }
        };
        Some(Self { principal: name, workspace: Some(workspace.to_string()) })
    }
}

/// Where it is kept who a credential was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The binding of the cache.
    pub binding: &'static str,
    /// The name there: a hash or an id, never the credential itself.
    pub name: String,
    /// Who it is whatever the cache says: the credential was signed by us.
    pub signed: Option<Known>,
}

impl Place {
    /// A credential's place; none for nobody's.
    #[must_use]
    pub fn of(credential: &Credential) -> Option<Self> {
        let signed = |principal: String| Some(Known { principal, workspace: None });
        Some(match credential {
            Credential::Anonymous | Credential::System => return None,
            Credential::Session(hash) => {
                Self { binding: "SESSIONS", name: hex::encode(hash), signed: None }
            }
            Credential::Key(hash) => {
                Self { binding: "API_KEYS", name: hex::encode(hash), signed: None }
            }
            Credential::KeyToken { key, .. } => {
                Self { binding: "API_KEYS", name: key.to_string(), signed: signed(key.to_string()) }
            }
            Credential::RunToken { run, .. } => {
                Self { binding: "API_KEYS", name: run.to_string(), signed: signed(run.to_string()) }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::actor::{KeyGrant, Member, Role};
    use domain::scope::Scopes;

    use super::*;

    fn member(via: Via) -> Principal {
        Principal::Member(Member {
            via,
            workspace: "wsp_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            workspace_name: String::new(),
            user: "usr_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            name: String::new(),
            email: String::new(),
            role: Role::Member,
        })
    }

    fn object(principal: &Principal) -> String {
        Subject::Principal(Known::of(principal).unwrap()).object(Class::Write)
    }

    #[test]
    fn a_person_and_their_key_are_counted_apart() {
        let session = Via::Session("ses_01hv3v6k3e0123456789abcdef".parse().unwrap());
        let key = Via::Key(KeyGrant {
            key: "key_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            scopes: Scopes::all(),
            project: None,
            expires_at: None,
            origins: vec![],
        });
        assert_eq!(object(&member(session)), "write:usr_01hv3v6k3e0123456789abcdef");
        assert_eq!(object(&member(key)), "write:key_01hv3v6k3e0123456789abcdef");
        assert_eq!(Known::of(&Principal::SignedOut), None);
        assert_eq!(Known::of(&Principal::System), None);
    }

    #[test]
    fn classes_and_networks_are_counted_apart() {
        let network = Subject::Network("2001:db8:1:2::/64".into());
        assert_eq!(network.object(Class::SignIn), "sign_in:network:2001:db8:1:2::/64");
        assert_ne!(network.object(Class::Read), network.object(Class::Write));
        assert_eq!(network.workspace(), None);
    }

    #[test]
    fn only_what_we_signed_is_known_without_asking() {
        let hash = Place::of(&Credential::Key([7; 32])).unwrap();
        assert_eq!((hash.binding, hash.signed), ("API_KEYS", None));
        let session = Place::of(&Credential::Session([7; 32])).unwrap();
        assert_eq!((session.binding, session.signed), ("SESSIONS", None));
        let key: domain::ids::ApiKeyId = "key_01hv3v6k3e0123456789abcdef".parse().unwrap();
        let token = Place::of(&Credential::KeyToken { key, scopes: Scopes::all() }).unwrap();
        assert_eq!(token.signed.unwrap().principal, key.to_string());
        assert_eq!(Place::of(&Credential::Anonymous), None);
    }
}
