//! The design system: how things look and are operated, whatever they are about. Nothing here knows
//! the domain, the text catalogue or a page; words and links come in as properties.
//!
//! Every part is plain HTML that works without script. Looks are classes of `style/`; nothing here
//! writes a `style` attribute, which the content security policy forbids.

mod badge;
mod button;
mod choice;
mod code;
mod disclosure;
mod empty_state;
mod error_panel;
mod facts;
mod field;
mod form;
mod icon;
pub mod markdown;
mod nav;
mod notice;
mod page_header;
mod panel;
mod table;
mod tabs;
mod time;

pub use badge::{Badge, StatusGlyph};
pub use button::{Button, ButtonKind, LinkButton};
pub use choice::{CheckField, ChoiceOption, FileField, SelectField};
pub use code::CodeBlock;
pub use disclosure::Disclosure;
pub use empty_state::EmptyState;
pub use error_panel::ErrorPanel;
pub use facts::{Fact, Facts};
pub use field::{TextArea, TextField};
pub use form::{Form, FormKey, Unsettled};
pub use icon::{Icon, IconName};
pub use nav::{NavCount, NavLink};
pub use notice::Notice;
pub use page_header::PageHeader;
pub use panel::Panel;
pub use table::{Column, ScrollTable, StackTable};
pub use tabs::{Tab, Tabs};
pub use time::Time;

/// What a colour says. Never alone: a shape and a word stand beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Neutral,
    /// Something is going on.
    Active,
    /// It went well.
    Good,
    /// Somebody should look.
    Attention,
    /// It went wrong.
    Bad,
    /// It doesn't matter any more.
    Quiet,
}

impl Tone {
    /// The class that carries the colour.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "tone-neutral",
            Self::Active => "tone-active",
            Self::Good => "tone-good",
            Self::Attention => "tone-attention",
            Self::Bad => "tone-bad",
            Self::Quiet => "tone-quiet",
        }
    }
}
