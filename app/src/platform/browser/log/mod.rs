//! The lines of a log view: only those in view, and some around them, are on the page, so that a
//! log of 200,000 lines scrolls like one of 200.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use leptos::prelude::{request_animation_frame, window};
use leptos::task::spawn_local;
use web_sys::{HtmlDivElement, HtmlElement};

use crate::live::log::{self, Log, LogSource, LogStatus};

mod keys;
mod listen;
mod progress;
mod reader;
mod rows;

/// Until a row has been measured.
const GUESSED_ROW_HEIGHT: i32 = 20;
/// How near the rows on the page may come to the edge of the view before they are renewed.
const MARGIN: usize = 30;

/// The lines of a log view.
pub struct LogPane(Rc<Pane>);

struct Pane {
    source: LogSource,
    log: RefCell<Log>,
    reader: reader::Nudge,
    /// What scrolls.
    place: HtmlDivElement,
    /// As high as all rows together.
    space: HtmlElement,
    /// The rows that are there.
    rows: HtmlElement,
    rendered: RefCell<Range<usize>>,
    row_height: Cell<i32>,
    is_measured: Cell<bool>,
    is_following: Cell<bool>,
    is_failing: Cell<bool>,
    is_gone: Cell<bool>,
    is_drawing: Cell<bool>,
    /// The line that the address names.
    target: Cell<Option<u64>>,
    /// Whether the target still has to be scrolled to, once it has been read.
    is_target_due: Cell<bool>,
    /// Whether the target's number takes the focus once it is drawn.
    is_focus_due: Cell<bool>,
    told: Box<dyn Fn(LogStatus)>,
}

impl LogPane {
    /// Shows the log in `place` and tells how it stands.
    pub fn mount(
        place: HtmlDivElement,
        source: LogSource,
        told: impl Fn(LogStatus) + 'static,
    ) -> Self {
        let space = rows::div("log-space");
        let lines = rows::div("log-rows");
        let _ = space.append_child(&lines);
        let _ = place.append_child(&space);
        let target = target_of_address();
        let pane = Rc::new(Pane {
            log: RefCell::new(Log::of_run(source.failed_step)),
            reader: reader::Nudge::default(),
            space,
            rows: lines,
            rendered: RefCell::new(0..0),
            row_height: Cell::new(GUESSED_ROW_HEIGHT),
            is_measured: Cell::new(false),
            is_following: Cell::new(source.is_live && target.is_none()),
            is_failing: Cell::new(false),
            is_gone: Cell::new(false),
            is_drawing: Cell::new(false),
            target: Cell::new(target),
            is_target_due: Cell::new(target.is_some()),
            is_focus_due: Cell::new(false),
            told: Box::new(told),
            source,
            place,
        });
        listen::listen(&pane);
        let reading = Rc::clone(&pane);
        spawn_local(async move { reader::read(&reading).await });
        Self(pane)
    }

    /// Shows the line where trouble begins.
    pub fn go_to_first_error(&self) {
        // The run may have failed since the page was made: the page says by then where.
        if let Some(step) = progress::failed_step() {
            self.0.log.borrow_mut().blame(step);
        }
        let line = self.0.log.borrow().first_error();
        if let Some(line) = line {
            self.0.set_address(line);
            self.0.show_line(line);
            let _ = self.0.place.focus();
        }
    }

    /// Keeps to the newest line, or stops doing so.
    pub fn toggle_follow(&self) {
        self.0.is_following.set(!self.0.is_following.get());
        self.0.update();
    }
}

impl Pane {
    /// Lines came, or the view's settings changed.
    fn update(self: &Rc<Self>) {
        let count = self.log.borrow().row_count();
        // Only what is laid out can be measured and scrolled.
        let state = if count == 0 { "empty" } else { "lines" };
        let _ = self.place.set_attribute("data-state", state);
        self.measure_once(count);
        set_px(&self.space, "height", self.px(count));
        if self.is_following.get() {
            self.place.set_scroll_top(self.place.scroll_height());
        }
        if let Some(line) = self.target.get().filter(|_| self.is_target_due.get())
            && self.log.borrow().row_of(line).is_some()
        {
            self.is_target_due.set(false);
            self.place.scroll_into_view();
            self.show_line(line);
        }
        if self.source.is_live {
            let log = self.log.borrow();
            progress::show(log.last_step().filter(|_| !log.is_complete()));
        }
        self.draw_soon();
        self.tell();
    }

    fn tell(&self) {
        let log = self.log.borrow();
        (self.told)(LogStatus {
            lines: log.last(),
            is_complete: log.is_complete(),
            is_failing: self.is_failing.get(),
            is_gone: self.is_gone.get(),
            is_following: self.is_following.get(),
            first_error: log.first_error(),
        });
    }

    fn scrolled(self: &Rc<Self>) {
        let below = self.place.scroll_height() - self.place.scroll_top();
        let is_at_end = below - self.place.client_height() < 2 * self.row_height.get();
        let follows = is_at_end && !self.log.borrow().is_complete();
        if self.is_following.replace(follows) != follows {
            self.tell();
        }
        self.draw_soon();
    }

    fn set_address(&self, line: u64) {
        if let Ok(history) = window().history() {
            let url = format!("#L{line}");
            let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&url));
        }
    }

    fn mark(self: &Rc<Self>, line: u64) {
        self.target.set(Some(line));
        self.rendered.replace(0..0);
        self.draw_soon();
    }

    /// Scrolls to a line, a third below the top of the view, and marks it.
    fn show_line(self: &Rc<Self>, line: u64) {
        let Some(row) = self.log.borrow().row_of(line) else {
            self.target.set(Some(line));
            self.is_target_due.set(true);
            return;
        };
        self.is_following.set(false);
        self.place.set_scroll_top(self.px(row) - self.place.client_height() / 3);
        self.mark(line);
        self.tell();
    }

    fn draw_soon(self: &Rc<Self>) {
        if self.is_drawing.replace(true) {
            return;
        }
        let pane = Rc::clone(self);
        request_animation_frame(move || {
            pane.is_drawing.set(false);
            pane.draw();
        });
    }

    fn draw(self: &Rc<Self>) {
        let log = self.log.borrow();
        let (first, in_view) = self.in_view();
        let count = log.row_count();
        let seen = first.saturating_sub(MARGIN)..(first + in_view + MARGIN).min(count);
        let rendered = self.rendered.borrow().clone();
        if rendered.start <= seen.start && seen.end <= rendered.end {
            return;
        }
        let range = log::window(first, in_view, count);
        rows::fill(&self.rows, log.rows(range.clone()), &self.source.steps, self.target.get());
        set_px(&self.rows, "top", self.px(range.start));
        *self.rendered.borrow_mut() = range;
        drop(log);
        if self.is_focus_due.replace(false) {
            rows::focus_target(&self.rows);
        }
        self.measure_again();
    }

    /// The first row in view, and how many there are.
    fn in_view(&self) -> (usize, usize) {
        let height = self.row_height.get().max(1);
        let first = usize::try_from(self.place.scroll_top() / height).unwrap_or(0);
        (first, usize::try_from(self.place.client_height() / height).unwrap_or(0) + 1)
    }

    /// A row is as high as the visitor's fonts make it: known before the first line is scrolled to.
    fn measure_once(&self, count: usize) {
        if count > 0 && !self.is_measured.replace(true) {
            let height = rows::height_of_one(&self.rows);
            self.row_height.set(if height > 0 { height } else { GUESSED_ROW_HEIGHT });
        }
    }

    /// Zooming changes the height; then all is drawn again.
    fn measure_again(self: &Rc<Self>) {
        let measured = self.rows.first_element_child().map(|row| row.client_height());
        if let Some(height) = measured.filter(|h| *h > 0 && *h != self.row_height.get()) {
            self.row_height.set(height);
            self.rendered.replace(0..0);
            self.update();
        }
    }

    fn px(&self, rows: usize) -> i32 {
        i32::try_from(rows).unwrap_or(i32::MAX).saturating_mul(self.row_height.get())
    }
}

fn target_of_address() -> Option<u64> {
    log::line_of_fragment(&window().location().hash().ok()?)
}

fn set_px(element: &HtmlElement, property: &str, px: i32) {
    let _ = element.style().set_property(property, &format!("{px}px"));
}
