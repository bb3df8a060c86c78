//! Fields for text: label, hint, and the message beside them when something is wrong.

use leptos::prelude::*;

/// What stands around every control: its label above, its hint and message below.
#[component]
pub(super) fn FieldFrame(
    /// The control's id.
    id: String,
    /// Its label.
    label: String,
    /// What to enter.
    hint: Option<String>,
    /// What is wrong with what was entered.
    message: Option<String>,
    /// A word behind the label, such as "optional".
    aside: Option<String>,
    /// The control.
    children: Children,
) -> impl IntoView {
    let class = if message.is_some() { "field field-invalid" } else { "field" };
    view! {
        <div class=class>
            <label class="field-label" for=id.clone()>
                {label}
                {aside.map(|aside| view! { <span class="field-aside">{aside}</span> })}
            </label>
            {children()}
            {message
                .map(|message| {
                    view! { <p class="field-message" id=format!("{id}-message")>{message}</p> }
                })}
            {hint
                .map(|hint| view! { <p class="field-hint" id=format!("{id}-hint")>{hint}</p> })}
        </div>
    }
}

/// The ids of what describes a control, message first.
pub(super) fn described_by(id: &str, hint: bool, message: bool) -> Option<String> {
    let ids: Vec<_> = [(message, "message"), (hint, "hint")]
        .into_iter()
        .filter(|(present, _)| *present)
        .map(|(_, part)| format!("{id}-{part}"))
        .collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// One line of text.
#[component]
pub fn TextField(
    /// The field's name in the form, and its id.
    #[prop(into)]
    name: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What it holds.
    #[prop(optional, into)]
    value: String,
    /// What to enter.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with what was entered.
    #[prop(default = None)]
    message: Option<String>,
    /// A believable example, shown while it is empty.
    #[prop(optional, into)]
    example: Option<String>,
    /// A word behind the label, such as "optional".
    #[prop(optional, into)]
    aside: Option<String>,
    /// The kind of keyboard and checks: `text`, `email`, `password`, `url`, `search`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether it is in a fixed-width font.
    #[prop(optional)]
    mono: bool,
    /// Whether it can't be changed by this person.
    #[prop(optional)]
    disabled: bool,
    /// Whether the page begins here.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let described = described_by(&name, hint.is_some(), message.is_some());
    let invalid = message.is_some().then_some("true");
    let class = if mono { "input input-mono" } else { "input" };
    // What is wrong comes first: a page with a message begins at its field.
    let autofocus = autofocus || invalid.is_some();
    view! {
        <FieldFrame id=name.clone() label hint message aside>
            <input
                class=class
                type=kind
                id=name.clone()
                name=name
                value=value
                placeholder=example
                autocomplete=autocomplete
                aria-describedby=described
                aria-invalid=invalid
                disabled=disabled
                autofocus=autofocus
            />
        </FieldFrame>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// The field's name in the form, and its id.
    #[prop(into)]
    name: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What it holds.
    #[prop(optional, into)]
    value: String,
    /// What to enter.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with what was entered.
    #[prop(default = None)]
    message: Option<String>,
    /// A believable example, shown while it is empty.
    #[prop(optional, into)]
    example: Option<String>,
    /// A word behind the label, such as "optional".
    #[prop(optional, into)]
    aside: Option<String>,
    /// Its height in lines; it grows with its text where the browser can.
    #[prop(default = 4)]
    rows: u32,
    /// Whether it is in a fixed-width font: commands and patterns are.
    #[prop(optional)]
    mono: bool,
    /// Whether it can't be changed by this person.
    #[prop(optional)]
    disabled: bool,
) -> impl IntoView {
    let described = described_by(&name, hint.is_some(), message.is_some());
    let invalid = message.is_some().then_some("true");
    let class = if mono { "input input-area input-mono" } else { "input input-area" };
    let inside = as_content(&value);
    view! {
        <FieldFrame id=name.clone() label hint message aside>
            <textarea
                class=class
                id=name.clone()
                name=name
                rows=rows
                placeholder=example
                autocomplete="off"
                spellcheck=if mono { "false" } else { "true" }
                aria-describedby=described
                aria-invalid=invalid
                disabled=disabled
                autofocus=invalid.is_some()
                inner_html=inside
            ></textarea>
        </FieldFrame>
    }
}

/// Text as the content of a text area. The renderer writes a text area's children as they are, so that
/// what somebody typed could end it and go on as the page.
fn as_content(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // HTML drops one line end at the start of a text area.
    if escaped.starts_with('\n') { format!("\n{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_typed_ends_its_text_area() {
        let value = "</textarea><script>alert(1)</script>&lt;";
        let html = view! { <TextArea name="steps" label="Steps" value/> }.to_html();
        assert!(!html.contains("<script>"), "{html}");
        let inside = "&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;</textarea>";
        assert!(html.contains(inside), "{html}");
    }

    #[test]
    fn a_line_end_at_the_start_is_kept() {
        assert_eq!(as_content("\n<"), "\n\n&lt;");
    }
}
