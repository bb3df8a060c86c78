//! Pages and their forms.

use app::page::{
    Answer, Form, PageRequest, Query, Services, Submitted, UploadedFile, again, load, submit,
};
use app::registry::{FormRow, Needs, PAGES, PageRow};
use app::routes::Route;
use async_trait::async_trait;
use domain::Context;
use domain::account::Admission;
use domain::actor::{Credential, Role};
use domain::ports::SourceVault;

use super::names::{Names, fill, nothing};
use super::of_ones_own;
use super::people::NoMail;
use super::world::{Place, Plain, World};

/// Where sources go.
pub struct Vault;

#[async_trait]
impl SourceVault for Vault {
    async fn put(&self, _: &str, _: Vec<u8>) -> domain::Result<()> {
        Ok(())
    }
}

/// The value of a field that is a file.
const FILE: &str = "{file}";
/// The values of fields that name what belongs to a workspace.
const NAMED: [&str; 4] = ["{run}", "{sandbox}", "{member}", "{invitation}"];

/// What is behind an invitation's link.
const JOIN: &str = "/join/{token}";
/// The pages behind links, which are for whoever has them, whichever workspace they are in.
const LINKS: [&str; 2] = [JOIN, "/reset/{reset}"];

/// Who asks: a role's session, or nobody's.
type Who = Option<Role>;

const EVERYBODY: [Who; 5] =
    [None, Some(Role::Viewer), Some(Role::Member), Some(Role::Admin), Some(Role::Owner)];

/// What must come of a request, by the list alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// It is done, or shown.
    Done,
    /// 401, or the way to sign in.
    SignedOut,
    /// 403.
    Forbidden,
}

fn expected(needs: Needs, who: Who) -> Expected {
    match (needs, who) {
        (Needs::Nothing, _) => Expected::Done,
        (Needs::Has(_), None) => Expected::SignedOut,
        (Needs::Has(permission), Some(role)) if role >= permission.least_role() => Expected::Done,
        (Needs::Has(_), Some(_)) => Expected::Forbidden,
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Came {
    status: u16,
    to: Option<String>,
    /// What the page shows, without what differs from answer to answer.
    shows: String,
}

fn request(address: &str, names: &Names) -> PageRequest {
    let path = fill(address, names);
    assert!(!path.contains('{'), "{path}: give its names in world.rs");
    let route = Route::parse(&path).unwrap_or_else(|| panic!("{path} is no page"));
    PageRequest { route, query: Query::default(), asks_setup_token: false }
}

fn came(answer: Answer) -> Came {
    match answer {
        Answer::SeeOther(to) => Came { status: 303, to: Some(to), shows: String::new() },
        Answer::Page(page) => {
            let error = page.echo.as_ref().map(|echo| &echo.error);
            let shows = format!("{:?} {error:?}", page.data);
            Came { status: page.status, to: None, shows }
        }
    }
}

async fn see(ctx: &Context, request: &PageRequest) -> Came {
    came(load(ctx, request).await.expect("a store that answers"))
}

async fn send(ctx: &Context, request: &PageRequest, form: &FormRow, names: &Names) -> Came {
    let typed = form.fields.iter().filter(|(_, value)| *value != FILE);
    let fields = typed.map(|(name, value)| (*name, fill(value, names)));
    let fields = [("action", form.action.to_owned())].into_iter().chain(fields);
    let fields = fields.map(|(name, value)| (name.to_owned(), value)).collect();
    let services = Services {
        passwords: &Plain,
        mailer: &NoMail,
        origin: "http://localhost",
        sources: &Vault,
        admission: &Admission::OnThisMachine,
        network: "192.0.2.1",
        device: "test",
    };
    match submit(ctx, &services, request, Form::new(fields, file_of(form))).await {
        Submitted::SeeOther(to) | Submitted::SignedIn { to, .. } | Submitted::SignedOut { to } => {
            Came { status: 303, to: Some(to), shows: String::new() }
        }
        // It was done, and its page shows once what nobody keeps.
        Submitted::Shown(_) => Came { status: 303, to: None, shows: String::new() },
        Submitted::NotUnderstood => Came { status: 400, to: None, shows: String::new() },
        Submitted::Again { error, form, .. } => {
            came(again(ctx, request, error, form).await.expect("a store that answers"))
        }
    }
}

/// A form's file, where one of its fields is one.
fn file_of(form: &FormRow) -> Option<UploadedFile> {
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    let (name, bytes) = ("source.tar".to_owned(), tar);
    form.fields.iter().any(|(_, value)| *value == FILE).then_some(UploadedFile { name, bytes })
}

/// What a form is about in a place: each has its state in which it can be done.
fn subject<'p>(place: &'p Place, page: &PageRow, form: &FormRow) -> &'p Names {
    match (page.address, form.action) {
        ("/tasks/{task}", "approve" | "reject") => &place.reviewed,
        (_, "stop_run" | "cancel" | "stop") => &place.running,
        _ => &place.ready,
    }
}

fn context(world: &World, who: Who) -> Context {
    let session = who.map(|role| world.ours.sessions[&role]);
    world.context(session.map_or(Credential::Anonymous, Credential::Session))
}

/// The answer with theirs called as what isn't there.
fn anonymous(mut came: Came, names: &Names) -> Came {
    let none = nothing();
    for (name, value) in &none {
        if let Some(theirs) = names.get(name).filter(|theirs| theirs.len() > 2) {
            came.shows = came.shows.replace(theirs.as_str(), value);
            came.to = came.to.map(|to| to.replace(theirs.as_str(), value));
        }
    }
    came
}

#[test]
fn every_page_is_shown_to_whom_its_row_says() {
    let world = World::new();
    let mut cells = 0;
    for page in PAGES {
        for who in EVERYBODY {
            let ctx = context(&world, who);
            let what = format!("{} by {who:?}", page.address);
            let request = request(page.address, &world.ours.ready);
            let came = pollster::block_on(see(&ctx, &request));
            match expected(page.needs, who) {
                // Whoever needs neither is sent on.
                Expected::Done if page.needs == Needs::Nothing => {
                    assert!([200, 303].contains(&came.status), "{what}: {came:?}");
                }
                Expected::Done => assert_eq!(came.status, 200, "{what}: {came:?}"),
                Expected::Forbidden => assert_eq!(came.status, 403, "{what}: {came:?}"),
                Expected::SignedOut => {
                    let to = came.to.as_deref().unwrap_or_default();
                    assert!(to.starts_with("/sign-in"), "{what}: {came:?}");
                }
            }
            cells += 1;
            cells += foreign_page(&world, page, who);
        }
    }
    println!("cells of pages: {cells}");
}

/// Theirs is as good as nothing.
fn foreign_page(world: &World, page: &PageRow, who: Who) -> usize {
    if !page.address.contains('{') || LINKS.contains(&page.address) {
        return 0;
    }
    let ctx = context(world, who);
    let what = format!("theirs: {} by {who:?}", page.address);
    let theirs = &world.theirs.ready;
    let came = pollster::block_on(see(&ctx, &request(page.address, theirs)));
    let none = pollster::block_on(see(&ctx, &request(page.address, &nothing())));
    assert_eq!(came.status, if who.is_none() { 303 } else { 404 }, "{what}: {came:?}");
    assert!(!came.shows.contains("secret"), "{what}: {came:?}");
    assert_eq!(anonymous(came, theirs), none, "{what}");
    1
}

#[test]
fn every_form_is_taken_from_whom_its_row_says() {
    let mut world = World::new();
    let mut cells = 0;
    for page in PAGES {
        for form in page.forms {
            for who in EVERYBODY {
                cells += foreign_form(&world, page, form, who);
                if own_form(&world, page, form, who) {
                    world = World::new();
                }
                cells += 1;
            }
        }
    }
    println!("cells of forms: {cells}");
}

/// Gives whether something was done.
fn own_form(world: &World, page: &PageRow, form: &FormRow, who: Who) -> bool {
    let ctx = context(world, who);
    let what = format!("{} {} by {who:?}", page.address, form.action);
    // Whoever is in a workspace joins another one.
    let place = if page.address == JOIN { &world.theirs } else { &world.ours };
    let mut names = subject(place, page, form).clone();
    names.extend(world.ours.ready.get("email").map(|own| ("email", own.clone())));
    let names = &names;
    let request = request(page.address, names);
    let mut names = world.versioned(&request.route, names);
    names.extend(pollster::block_on(of_ones_own::things(&ctx)));
    let before = world.writes();
    let came = pollster::block_on(send(&ctx, &request, form, &names));
    let status = match expected(form.needs, who) {
        Expected::Done => 303,
        Expected::SignedOut => 401,
        Expected::Forbidden => 403,
    };
    assert_eq!(came.status, status, "{what}: {came:?}");
    if status != 303 {
        assert_eq!(world.writes(), before, "{what}");
    }
    status == 303
}

/// Theirs is as good as nothing, in the address and in the fields.
fn foreign_form(world: &World, page: &PageRow, form: &FormRow, who: Who) -> usize {
    if LINKS.contains(&page.address) {
        return 0;
    }
    let own_address = !page.address.contains('{');
    if own_address && !form.fields.iter().any(|(_, value)| NAMED.contains(value)) {
        return 0;
    }
    let what = format!("theirs: {} {} by {who:?}", page.address, form.action);
    let ctx = context(world, who);
    let theirs = subject(&world.theirs, page, form);
    let before = world.writes();
    let at =
        |names: &Names| request(page.address, if own_address { &world.ours.ready } else { names });
    let mut names = world.versioned(&at(theirs).route, theirs);
    let came = pollster::block_on(send(&ctx, &at(theirs), form, &names));
    let nothing = nothing();
    names.extend(nothing.clone());
    let none = pollster::block_on(send(&ctx, &at(&nothing), form, &names));
    assert!([401, 403, 404].contains(&came.status), "{what}: {came:?}");
    assert!(!came.shows.contains("secret"), "{what}: {came:?}");
    assert_eq!(anonymous(came, theirs), none, "{what}");
    assert_eq!(world.writes(), before, "{what}");
    1
}
