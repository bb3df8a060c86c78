//! Markdown that people and agents wrote, made safe to show.
//!
//! Raw HTML is shown as the text it is. Links go to `http`, `https` and `mailto` only, and carry
//! nothing along. Pictures become links: a page loads nothing from elsewhere. No `style` attribute is
//! written, which the content security policy would refuse.

use leptos::prelude::*;
use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use pulldown_cmark_escape::escape_href;

/// Markdown as a page shows it.
#[component]
pub fn Markdown(
    /// What was written.
    #[prop(into)]
    source: String,
) -> impl IntoView {
    view! { <div class="prose" inner_html=to_html(&source)></div> }
}

/// Safe HTML for untrusted markdown.
#[must_use]
pub fn to_html(source: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut out = String::with_capacity(source.len().saturating_mul(2));
    let mut open_links = vec![];
    let events = Parser::new_ext(source, options).map(|event| made_safe(event, &mut open_links));
    html::push_html(&mut out, events);
    out
}

/// `open_links` remembers of each open link or picture whether it was written as a link.
fn made_safe<'a>(event: Event<'a>, open_links: &mut Vec<bool>) -> Event<'a> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            // A picture inside of a link is told by its text alone: links don't nest.
            let safe = is_safe_link(&dest_url) && !open_links.contains(&true);
            open_links.push(safe);
            if safe { Event::Html(opening(&dest_url)) } else { Event::Text(CowStr::Borrowed("")) }
        }
        Event::End(TagEnd::Link | TagEnd::Image) => {
            let closing = if open_links.pop().unwrap_or(false) { "</a>" } else { "" };
            Event::Html(CowStr::Borrowed(closing))
        }
        // A page has headings of its own; those of a text stand below them.
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level: below(level),
            id: None,
            classes: vec![],
            attrs: vec![],
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
        // Alignments would be written as `style` attributes.
        Event::Start(Tag::Table(alignments)) => {
            Event::Start(Tag::Table(vec![Alignment::None; alignments.len()]))
        }
        other => other,
    }
}

fn opening(url: &str) -> CowStr<'static> {
    let mut tag = String::from("<a href=\"");
    // Writing into a string can't fail.
    let _ = escape_href(&mut tag, url);
    tag.push_str("\" rel=\"noopener noreferrer nofollow\">");
    tag.into()
}

/// Whether a link leads to the web or to a mailbox. Browsers ignore white space and control
/// characters inside of a scheme, so a link that holds any is none.
fn is_safe_link(url: &str) -> bool {
    let has_disguise = url.chars().any(|c| c.is_control() || c.is_whitespace());
    let lower = url.to_ascii_lowercase();
    !has_disguise && ["http://", "https://", "mailto:"].iter().any(|s| lower.starts_with(s))
}

const fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn what_people_write_is_shown() {
        assert_eq!(
            to_html("# Title\n\nA *b* **c** `d`\n\n- e\n- ~~f~~\n"),
            "<h3>Title</h3>\n<p>A <em>b</em> <strong>c</strong> <code>d</code></p>\n\
             <ul>\n<li>e</li>\n<li><del>f</del></li>\n</ul>\n"
        );
        assert_eq!(
            to_html("[x](https://a.example/?a=1&b=2)"),
            "<p><a href=\"https://a.example/?a=1&amp;b=2\" \
             rel=\"noopener noreferrer nofollow\">x</a></p>\n"
        );
    }

    /// Each of these ran a script, loaded a resource or changed the page in some renderer.
    const HOSTILE: &[&str] = &[
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<iframe src=javascript:alert(1)>",
        "<style>*{display:none}</style>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "text <b onmouseover=alert(1)>bold</b>",
        "<!-- --><script>alert(1)</script>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?php echo 1 ?>",
        "<div\nonclick=alert(1)\n>\n\nx\n\n</div>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](javascript&colon;alert(1))",
        "[x](\u{1}javascript:alert(1))",
        "[x](vbscript:msgbox(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](file:///etc/passwd)",
        "[x](//evil.example)",
        "[x](/sign-out)",
        "[x](https://a.example\" onclick=\"alert(1))",
        "[x](<https://a.example\" onclick=\"alert(1)>)",
        "[x](https://a.example '\" onclick=\"alert(1)')",
        "<javascript:alert(1)>",
        "<https://a.example\"onclick=alert(1)>",
        "![x](https://tracker.example/pixel.png)",
        "![x](javascript:alert(1))",
        "![<script>alert(1)</script>](x)",
        "![\" onerror=\"alert(1)](https://a.example/x.png)",
        "[![x](https://a.example/x.png)](javascript:alert(1))",
        "[x]: javascript:alert(1)\n\n[x]",
        "```\"><script>alert(1)</script>\nx\n```",
        "```html onclick=alert(1)\n<script>alert(1)</script>\n```",
        "`<script>alert(1)</script>`",
        "|a|b|\n|:-:|--:|\n|<script>|`x`|",
        "# x {#id .class onclick=alert(1)}",
        "\u{202e}<script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ];

    #[test]
    fn nothing_hostile_gets_through() {
        const TAGS: &[&str] = &[
            "a",
            "p",
            "h3",
            "h4",
            "h5",
            "h6",
            "em",
            "strong",
            "del",
            "code",
            "pre",
            "ul",
            "ol",
            "li",
            "blockquote",
            "hr",
            "br",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ];
        for source in HOSTILE {
            let html = to_html(source);
            for tag in html.split('<').skip(1) {
                let (inside, _) = tag.split_once('>').unwrap_or((tag, ""));
                let name = inside.trim_start_matches('/').split([' ', '/']).next().unwrap();
                assert!(TAGS.contains(&name), "{source:?} gives <{name}>: {html}");
                let attributes = inside.get(name.len()..).unwrap_or("").trim();
                let allowed = attributes.is_empty()
                    || inside.starts_with('/')
                    || attributes == "/"
                    || name == "code" && is_one_attribute(attributes, "class=\"language-")
                    || name == "a"
                        && ["http://", "https://", "mailto:"].iter().any(|scheme| {
                            is_one_attribute(
                                attributes
                                    .strip_suffix(" rel=\"noopener noreferrer nofollow\"")
                                    .unwrap_or(""),
                                &format!("href=\"{scheme}"),
                            )
                        });
                assert!(allowed, "{source:?} gives {inside:?}");
            }
        }
    }

    fn is_one_attribute(text: &str, start: &str) -> bool {
        text.strip_prefix(start)
            .and_then(|rest| rest.strip_suffix('"'))
            .is_some_and(|value| !value.contains(['"', '<', '>']))
    }

    #[test]
    fn pictures_are_links_and_load_nothing() {
        let html = to_html("![a chart](https://a.example/x.png)");
        assert!(html.contains(">a chart</a>"), "{html}");
        assert!(!html.contains("<img"), "{html}");
    }

    #[test]
    fn large_and_deep_texts_end() {
        for source in [">".repeat(20_000), "[".repeat(20_000), "*a_".repeat(6_000)] {
            assert!(!to_html(&source).is_empty());
        }
    }
}
