//! The API's operations.

use domain::actor::{Credential, Permission, Role};
use domain::scope::{Scope, Scopes};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue};
use server::api::{Admission, AnswerBody, Endpoint, Incoming, Operation, serve};

use super::names::{Names, fill, nothing};
use super::of_ones_own;
use super::platform::bare;
use super::samples::{About, SAMPLES, Sample};
use super::world::{Place, World};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody.
    Nobody,
    /// A person of ours, signed in.
    Person(Role),
    /// A program of this person's whose key has every scope.
    Program(Role),
    /// A program of an owner's whose key has every scope but the one that is needed.
    ProgramWithout,
    /// A program of an owner's whose key has the needed scope alone.
    ProgramWithOnly,
    /// A program of an owner's that reaches another project only.
    ProgramElsewhere,
    /// A program of an owner's, by a token that carries all that its key may do.
    Token,
    /// The same, by a token that carries all but the scope that is needed.
    TokenWithout,
    /// The live run itself.
    Run,
}

pub const EVERYBODY: [Who; 16] = [
    Who::Nobody,
    Who::Run,
    Who::TokenWithout,
    Who::ProgramWithout,
    Who::ProgramElsewhere,
    Who::Person(Role::Viewer),
    Who::Program(Role::Viewer),
    Who::Person(Role::Member),
    Who::Program(Role::Member),
    Who::Person(Role::Admin),
    Who::Program(Role::Admin),
    Who::Person(Role::Owner),
    Who::Program(Role::Owner),
    Who::ProgramWithOnly,
    Who::Token,
    // Twice, so that the last of the others isn't the last request of its world.
    Who::Person(Role::Owner),
];

/// What must come of a request about what is ours, by the table alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is done.
    Done,
    /// 401.
    SignedOut,
    /// 403, for the role.
    Forbidden,
    /// 403, for the key's scopes.
    OutOfScope,
    /// 403, for showing something else than a key itself.
    KeyNeeded,
    /// 403, for being a program where a person's own account is reached.
    OnlyInBrowser,
    /// 404: there is no such thing for whom asks.
    Missing,
}

impl Expected {
    /// The status, and the problem's code where it is one.
    pub fn answer(self, endpoint: &Endpoint) -> (u16, &'static str) {
        match self {
            Self::Done => (endpoint.success, ""),
            Self::SignedOut => (401, "signed_out"),
            Self::Forbidden => (403, "forbidden"),
            Self::OutOfScope => (403, "out_of_scope"),
            Self::KeyNeeded => (403, "key_needed"),
            Self::OnlyInBrowser => (403, "only_in_browser"),
            Self::Missing => (404, "not_found"),
        }
    }
}

pub fn expected(endpoint: &Endpoint, sample: &Sample, who: Who) -> Expected {
    let is_person = matches!(who, Who::Person(_));
    match by_permission(endpoint, sample, who) {
        Expected::Done if endpoint.only_in_browser && !is_person => Expected::OnlyInBrowser,
        otherwise => otherwise,
    }
}

fn by_permission(endpoint: &Endpoint, sample: &Sample, who: Who) -> Expected {
    let by_role = |role: Role| match endpoint.permission() {
        Some(permission) if role < permission.least_role() => Expected::Forbidden,
        _ => Expected::Done,
    };
    match (endpoint.admits, who) {
        (Admission::Anybody, _) => Expected::Done,
        (_, Who::Nobody) => Expected::SignedOut,
        (_, Who::Run) if !endpoint.by_run => Expected::Forbidden,
        (Admission::KeyItself, Who::Person(_) | Who::Token | Who::TokenWithout) => {
            Expected::KeyNeeded
        }
        (_, Who::Run) => {
            if sample.about_runs_own() {
                Expected::Done
            } else {
                Expected::Missing
            }
        }
        (Admission::Needs(_), Who::ProgramWithout | Who::TokenWithout) => Expected::OutOfScope,
        // A key for one project has no part in what is the whole workspace's.
        (Admission::Needs(permission), Who::ProgramElsewhere)
            if !permission.is_of_a_project() || endpoint.id == "create_project" =>
        {
            Expected::OutOfScope
        }
        (_, Who::ProgramElsewhere) if sample.names_a_project(endpoint) => Expected::Missing,
        // Whoever was given a token for some minutes would keep a key for good.
        (_, Who::Token) if endpoint.id == "create_key" => Expected::KeyNeeded,
        (_, Who::Person(role) | Who::Program(role)) => by_role(role),
        _ => Expected::Done,
    }
}

fn credential(world: &World, endpoint: &Endpoint, who: Who) -> Credential {
    let needed = endpoint.permission().map_or(Scope::Read, Permission::scope);
    let ours = &world.ours;
    let all = Scopes::all();
    let but: Scopes = Scope::ALL.into_iter().filter(|scope| *scope != needed).collect();
    match who {
        Who::Nobody => Credential::Anonymous,
        Who::Person(role) => Credential::Session(ours.sessions[&role]),
        Who::Program(role) => world.key(ours, role, &all, None),
        Who::ProgramWithout => world.key(ours, Role::Owner, &but, None),
        Who::ProgramWithOnly => world.key(ours, Role::Owner, &[needed].into_iter().collect(), None),
        Who::ProgramElsewhere => world.key(ours, Role::Owner, &all, Some(&ours.other_project)),
        Who::Token => world.token(ours, Role::Owner, all),
        Who::TokenWithout => world.token(ours, Role::Owner, but),
        Who::Run => world.run_token(ours),
    }
}

/// An answer, read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Came {
    status: u16,
    headers: Vec<(String, String)>,
    text: String,
}

impl Came {
    fn code(&self) -> String {
        let problem: serde_json::Value = serde_json::from_str(&self.text).unwrap_or_default();
        problem["code"].as_str().unwrap_or_default().to_owned()
    }

    /// With theirs called as what isn't there.
    fn anonymous(mut self, names: &Names) -> Self {
        for (name, value) in nothing() {
            if let Some(theirs) = names.get(name).filter(|theirs| theirs.len() > 2) {
                self.text = self.text.replace(theirs.as_str(), &value);
            }
        }
        self
    }
}

fn ask(
    world: &World,
    operation: Operation,
    sample: &Sample,
    names: &Names,
    by: Credential,
) -> Came {
    let endpoint = operation.endpoint();
    let names = world.versioned_path(endpoint.path, names);
    let path = fill(endpoint.path, &names);
    let body = fill(sample.body, &names);
    let mut headers = HeaderMap::new();
    let mut insert = |name: &'static str, value: &str| {
        headers.insert(name, HeaderValue::from_str(value).expect("a header"));
    };
    if !sample.media_type.is_empty() {
        insert("content-type", sample.media_type);
    }
    if endpoint.needs_version {
        insert("if-match", &format!("\"{}\"", names["seen"]));
    }
    let query = fill(sample.query, &names);
    let incoming = Incoming {
        method: endpoint.method.as_str(),
        path: &path,
        query: &query,
        headers: &headers,
        request_id: "the-request",
    };
    let platform = bare(world.context(by), body.into_bytes());
    let answer = pollster::block_on(serve(&incoming, &platform));
    let text = match answer.body {
        AnswerBody::Empty => String::new(),
        AnswerBody::Json(text) | AnswerBody::Problem(text) => text,
        AnswerBody::Stream { mut bytes, .. } => pollster::block_on(async {
            let mut all = vec![];
            while let Some(Ok(chunk)) = bytes.next().await {
                all.extend(chunk);
            }
            String::from_utf8_lossy(&all).into_owned()
        }),
    };
    let text_of = |value: &HeaderValue| value.to_str().unwrap_or("?").to_owned();
    let headers =
        answer.headers.iter().map(|(name, value)| (name.to_string(), text_of(value))).collect();
    Came { status: answer.status, headers, text }
}

pub fn sample(operation: Operation) -> Option<&'static Sample> {
    let id = operation.endpoint().id;
    SAMPLES.iter().find(|sample| sample.id == id)
}

pub fn subject<'p>(place: &'p Place, sample: &Sample) -> &'p Names {
    match sample.about {
        About::Ready => &place.ready,
        About::Reviewed => &place.reviewed,
        About::Running => &place.running,
    }
}

#[test]
fn every_operation_has_a_sample() {
    let missing: Vec<_> = Operation::ALL
        .iter()
        .filter(|operation| sample(**operation).is_none())
        .map(|operation| operation.endpoint().id)
        .collect();
    assert!(missing.is_empty(), "give each a sample in roles/samples.rs: {missing:?}");
    for Sample { id, .. } in SAMPLES {
        let there = Operation::ALL.iter().any(|operation| operation.endpoint().id == *id);
        assert!(there, "{id} is no operation any more");
    }
}

#[test]
fn every_operation_is_done_for_whom_its_row_says() {
    let mut cells = 0;
    for operation in Operation::ALL {
        let Some(sample) = sample(*operation) else { continue };
        let mut world = World::new();
        for who in EVERYBODY {
            cells += foreign(&world, *operation, sample, who);
            if own(&world, *operation, sample, who) {
                world = World::new();
            }
            cells += 1;
        }
    }
    println!("cells of the API: {cells}");
}

/// Gives whether something was changed.
fn own(world: &World, operation: Operation, sample: &Sample, who: Who) -> bool {
    let endpoint = operation.endpoint();
    let what = format!("{} by {who:?}", endpoint.id);
    let names = own_names(world, endpoint, sample, who);
    let by = credential(world, endpoint, who);
    let before = world.writes();
    let came = ask(world, operation, sample, &names, by);
    let wanted = expected(endpoint, sample, who);
    if wanted == Expected::Done {
        assert_eq!(came.status, endpoint.success, "{what}: {came:?}");
        return world.writes() != before;
    }
    assert_eq!((came.status, came.code().as_str()), wanted.answer(endpoint), "{what}: {came:?}");
    assert_eq!(world.writes(), before, "{what}");
    false
}

/// The names of what is ours and, where the path asks for it, of what whoever asks has of their own.
pub fn own_names(world: &World, endpoint: &Endpoint, sample: &Sample, who: Who) -> Names {
    let mut names = subject(&world.ours, sample).clone();
    if endpoint.path.contains("{key}") {
        names.extend(own_key(world, who));
    }
    let by = credential(world, endpoint, who);
    names.extend(pollster::block_on(of_ones_own::session(&world.context(by))));
    names
}

/// A key of whoever asks, or of the owner where a program or a run of theirs does.
fn own_key(world: &World, who: Who) -> Names {
    let role = match who {
        Who::Person(role) | Who::Program(role) => role,
        _ => Role::Owner,
    };
    let session = world.ours.sessions[&role];
    pollster::block_on(of_ones_own::key(&world.context(Credential::Session(session))))
}

/// Theirs is as good as nothing, to the byte.
fn foreign(world: &World, operation: Operation, sample: &Sample, who: Who) -> usize {
    let endpoint = operation.endpoint();
    if !endpoint.path.contains('{') {
        return 0;
    }
    let what = format!("theirs: {} by {who:?}", endpoint.id);
    let theirs = subject(&world.theirs, sample);
    let by = || credential(world, endpoint, who);
    let before = world.writes();
    // The names of the body are theirs in both: only what the path names differs.
    let mut none = theirs.clone();
    none.extend(nothing());
    let (first, second) = (by(), by());
    let made = world.writes();
    let hidden = ask(world, operation, sample, theirs, first);
    let missing = ask(world, operation, sample, &none, second);
    assert!([401, 403, 404].contains(&hidden.status), "{what}: {hidden:?}");
    assert!(!hidden.text.contains("secret"), "{what}: {hidden:?}");
    assert_eq!(hidden.anonymous(theirs), missing.anonymous(theirs), "{what}");
    assert_eq!(world.writes(), made, "{what}");
    assert!(made >= before);
    1
}
