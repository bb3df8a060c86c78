//! Fetching the page again: soon after something happened, never twice at once, never in a tab
//! that nobody looks at.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::{set_timeout, window};
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, DomParser, RequestCache, RequestInit, Response, SupportedType};

use super::Page;
use super::regions::{Regions, Replaced};
use crate::live::Report;
use crate::live::connection::Input;
use crate::text;

/// Events come in bursts: one fetch for all of a burst.
const GATHER_MS: u64 = 150;
/// At most one fetch a second, however much happens.
const APART_MS: i64 = 1_000;

/// Where the fetching of a page stands.
pub struct Refresh {
    phase: Cell<Phase>,
    last_ms: Cell<i64>,
    regions: RefCell<Regions>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing to do.
    Idle,
    /// A fetch begins soon.
    Planned,
    /// A fetch is under way.
    Fetching,
    /// A fetch is under way, and another must follow it.
    FetchingAndAsked,
    /// A fetch is due once somebody looks.
    Deferred,
}

/// Whether the tab is in the background.
pub fn is_hidden() -> bool {
    window().document().is_some_and(|document| document.hidden())
}

impl Refresh {
    /// For the page as it was served.
    pub fn of_page() -> Self {
        Self {
            phase: Cell::new(Phase::Idle),
            last_ms: Cell::new(0),
            regions: RefCell::new(Regions::of_page()),
        }
    }

    /// Fetches the page soon.
    pub fn ask(&self, page: &Rc<Page>) {
        match self.phase.get() {
            Phase::Idle if is_hidden() => self.phase.set(Phase::Deferred),
            Phase::Idle => self.plan(page),
            Phase::Fetching => self.phase.set(Phase::FetchingAndAsked),
            Phase::Planned | Phase::FetchingAndAsked | Phase::Deferred => {}
        }
    }

    /// Somebody looks again: does what was deferred.
    pub fn resume(&self, page: &Rc<Page>) {
        if self.phase.get() == Phase::Deferred {
            self.plan(page);
        }
    }

    fn plan(&self, page: &Rc<Page>) {
        self.phase.set(Phase::Planned);
        let since = super::now().0.saturating_sub(self.last_ms.get());
        let wait = u64::try_from(APART_MS.saturating_sub(since)).unwrap_or(0).max(GATHER_MS);
        let page = Rc::clone(page);
        set_timeout(
            move || spawn_local(async move { run(&page).await }),
            Duration::from_millis(wait),
        );
    }
}

async fn run(page: &Rc<Page>) {
    let refresh = &page.refresh;
    refresh.phase.set(Phase::Fetching);
    refresh.last_ms.set(super::now().0);
    let fetched = fetch_page().await;
    let asked_again = refresh.phase.replace(Phase::Idle) == Phase::FetchingAndAsked;
    match fetched {
        Some(Fetched::Page(fetched)) => show(page, &fetched),
        Some(Fetched::Elsewhere) => page.take(Input::Elsewhere),
        None => page.take(Input::RefreshFailed),
    }
    if asked_again {
        refresh.ask(page);
    }
}

enum Fetched {
    /// The page.
    Page(Document),
    /// The address answers otherwise now: signed out, gone, or not for this person any more.
    Elsewhere,
}

async fn fetch_page() -> Option<Fetched> {
    let window = window();
    let location = window.location();
    let url = format!("{}{}", location.pathname().ok()?, location.search().ok()?);
    let init = RequestInit::new();
    init.set_cache(RequestCache::NoStore);
    let response = JsFuture::from(window.fetch_with_str_and_init(&url, &init)).await.ok()?;
    let response: Response = response.dyn_into().ok()?;
    if response.redirected() || matches!(response.status(), 401 | 403 | 404) {
        return Some(Fetched::Elsewhere);
    }
    if !response.ok() {
        return None;
    }
    let html = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    let parser = DomParser::new().ok()?;
    let document = parser.parse_from_string(&html, SupportedType::TextHtml).ok()?;
    Some(Fetched::Page(document))
}

fn show(page: &Rc<Page>, fetched: &Document) {
    let Some(document) = window().document() else {
        return;
    };
    if is_of_another_build(&document, fetched) && !super::regions::is_in_use(&document) {
        // A new version was deployed: its markup belongs to its own styles and scripts.
        let _ = window().location().reload();
        return;
    }
    // The same address may show something else there: nothing of it belongs on this page.
    if workspace_of(&document) != workspace_of(fetched) {
        page.take(Input::OtherWorkspace);
        return;
    }
    let Replaced { news, is_held } = page.refresh.regions.borrow_mut().replace(&document, fetched);
    if !news.is_empty() {
        (page.report)(Report::Changed(news.join(" ")));
    }
    if is_held {
        (page.report)(Report::Changed(text::live::HELD_BACK.to_owned()));
    }
    let seq = fetched
        .query_selector("[data-seq]")
        .ok()
        .flatten()
        .and_then(|element| element.get_attribute("data-seq")?.parse().ok());
    match seq {
        Some(seq) => page.take(Input::Refreshed(seq)),
        None => page.take(Input::RefreshFailed),
    }
}

/// The id of the workspace that a page shows.
pub fn workspace_of(document: &Document) -> Option<String> {
    document.query_selector("[data-workspace]").ok().flatten()?.get_attribute("data-workspace")
}

/// Whether the fetched page was rendered by another build, which shows in its assets' folder.
fn is_of_another_build(document: &Document, fetched: &Document) -> bool {
    let assets = |document: &Document| {
        let link = document.query_selector("link[rel=stylesheet]").ok().flatten()?;
        link.get_attribute("href")
    };
    let (here, there) = (assets(document), assets(fetched));
    there.is_some() && here != there
}

/// Brings the islands of a replaced part to life, if the loader is there.
pub fn hydrate_islands(root: &web_sys::Element) {
    let name = JsValue::from_str("hydrateIslands");
    let Ok(hydrate) = js_sys::Reflect::get(&window(), &name) else {
        return;
    };
    if let Ok(hydrate) = hydrate.dyn_into::<js_sys::Function>() {
        // Its promise reports its own failures.
        let _ = hydrate.call1(&JsValue::UNDEFINED, root);
    }
}
