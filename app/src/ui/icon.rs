//! The few icons, drawn inline in the colour of the text around them.

use leptos::prelude::*;

/// An icon. Those from `Circle` on are status shapes: each differs in outline, not only in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    /// A tray: my work.
    Inbox,
    /// A shield with a tick: validations.
    Shield,
    /// A box: sandboxes.
    Box,
    /// A plus.
    Plus,
    /// A gear.
    Gear,
    /// Three lines: the menu.
    Menu,
    /// An arrow out of a door.
    SignOut,
    /// A magnifying glass.
    Search,
    /// An arrow to the right.
    ArrowRight,
    /// A pencil.
    Pencil,
    /// An arrow up out of a tray.
    Upload,
    /// A triangle to the right: start.
    Play,
    /// A square: stop.
    Stop,
    /// An arrow bent backwards.
    SendBack,
    /// An empty circle with gaps: not yet.
    CircleDashed,
    /// An empty circle: ready.
    Circle,
    /// A circle half filled: under way.
    CircleHalf,
    /// A circle three quarters filled: nearly there.
    CircleMost,
    /// An eye: somebody looks.
    Eye,
    /// A filled circle with a tick: done.
    CircleCheck,
    /// A filled circle with a cross: failed.
    CircleCross,
    /// A circle with a bar: cancelled.
    CircleBar,
    /// A clock: waits, timed out.
    Clock,
    /// A triangle with a mark: attention.
    Warning,
    /// A circle with an i.
    Info,
    /// A question mark in a circle with gaps: lost.
    Unknown,
}

/// An icon; screen readers pass it by, so a word stands beside it.
#[component]
pub fn Icon(
    /// Which.
    name: IconName,
) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 16 16"
            width="16"
            height="16"
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            inner_html=drawing(name)
        ></svg>
    }
}

const fn drawing(name: IconName) -> &'static str {
    match name {
        IconName::Inbox => {
            r#"<path d="M2.5 9.5 4 3.5h8l1.5 6v3h-11z"/><path d="M2.5 9.5h3l1 1.5h3l1-1.5h3"/>"#
        }
        IconName::Shield => {
            r#"<path d="M8 2 3 4v4c0 3 2.200 5 5 6 2.800-1 5-3 5-6V4z"/><path d="m5.800 8 1.600 1.600 2.900-3.100"/>"#
        }
        IconName::Box => {
            r#"<path d="m8 2 5.500 2.800v6.400L8 14l-5.500-2.800V4.800z"/><path d="M2.500 4.800 8 7.600l5.500-2.800M8 7.600V14"/>"#
        }
        IconName::Plus => r#"<path d="M8 3.500v9M3.500 8h9"/>"#,
        IconName::Gear => {
            r#"<circle cx="8" cy="8" r="2"/><path d="M8 2v1.800M8 12.200V14M2 8h1.800M12.200 8H14M3.800 3.800l1.200 1.200M11 11l1.200 1.200M3.800 12.200 5 11M11 5l1.200-1.200"/>"#
        }
        IconName::Menu => r#"<path d="M2.500 4.500h11M2.500 8h11M2.500 11.500h11"/>"#,
        IconName::SignOut => r#"<path d="M6 2.500H3v11h3M7 8h6.500M11 5.500 13.500 8 11 10.500"/>"#,
        IconName::Search => r#"<circle cx="7" cy="7" r="4"/><path d="m10 10 3.500 3.500"/>"#,
        IconName::ArrowRight => r#"<path d="M3 8h10M9.500 4.500 13 8l-3.500 3.500"/>"#,
        IconName::Pencil => r#"<path d="m3 13 .700-3L11 2.700 13.300 5 6 12.300z"/>"#,
        IconName::Upload => r#"<path d="M8 10.500V3M5 5.500 8 2.500l3 3M3 10.500v3h10v-3"/>"#,
        IconName::Play => r#"<path d="M5 3v10l8-5z"/>"#,
        IconName::Stop => r#"<rect x="4" y="4" width="8" height="8" rx="1"/>"#,
        IconName::SendBack => {
            r#"<path d="M6 3 2.500 6.500 6 10"/><path d="M2.500 6.500H10a3.500 3.500 0 0 1 0 7H7"/>"#
        }
        other => status_drawing(other),
    }
}

const fn status_drawing(name: IconName) -> &'static str {
    match name {
        IconName::CircleDashed => r#"<circle cx="8" cy="8" r="5.500" stroke-dasharray="2 2.300"/>"#,
        IconName::CircleHalf => {
            r#"<circle cx="8" cy="8" r="5.500"/><path d="M8 5v6a3 3 0 0 0 0-6z" fill="currentColor"/>"#
        }
        IconName::CircleMost => {
            r#"<circle cx="8" cy="8" r="5.500"/><path d="M8 8V5a3 3 0 1 1-3 3z" fill="currentColor"/>"#
        }
        IconName::Eye => {
            r#"<path d="M1.500 8S4 3.500 8 3.500 14.500 8 14.500 8 12 12.500 8 12.500 1.500 8 1.500 8z"/><circle cx="8" cy="8" r="2"/>"#
        }
        IconName::CircleCheck => {
            r#"<circle cx="8" cy="8" r="6.200" fill="currentColor" stroke="none"/><path class="icon-cut" d="m5.300 8.200 1.900 1.900 3.600-4"/>"#
        }
        IconName::CircleCross => {
            r#"<circle cx="8" cy="8" r="6.200" fill="currentColor" stroke="none"/><path class="icon-cut" d="m6 6 4 4M10 6l-4 4"/>"#
        }
        IconName::CircleBar => r#"<circle cx="8" cy="8" r="5.500"/><path d="m4.500 11.500 7-7"/>"#,
        IconName::Clock => r#"<circle cx="8" cy="8" r="5.500"/><path d="M8 5v3l2 1.500"/>"#,
        IconName::Warning => r#"<path d="M8 2.500 14 13H2z"/><path d="M8 6.500v3M8 11.300v.100"/>"#,
        IconName::Info => r#"<circle cx="8" cy="8" r="5.500"/><path d="M8 7.500v3.500M8 5v.100"/>"#,
        IconName::Unknown => {
            r#"<circle cx="8" cy="8" r="5.500" stroke-dasharray="2 2.300"/><path d="M6.600 6.700a1.500 1.500 0 1 1 2 1.500c-.400.200-.600.400-.600.900M8 10.800v.100"/>"#
        }
        _ => r#"<circle cx="8" cy="8" r="5.500"/>"#,
    }
}
