//! Fields for choices and files.

use leptos::prelude::*;

use super::field::{FieldFrame, described_by};

/// One entry of a list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceOption {
    /// What the form sends.
    pub value: String,
    /// What is shown.
    pub label: String,
}

impl ChoiceOption {
    /// An entry.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// One of a few.
#[component]
pub fn SelectField(
    /// The field's name in the form, and its id.
    #[prop(into)]
    name: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What there is to choose from.
    options: Vec<ChoiceOption>,
    /// The value that is chosen.
    #[prop(optional, into)]
    value: String,
    /// What to choose.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with the choice.
    #[prop(default = None)]
    message: Option<String>,
) -> impl IntoView {
    let described = described_by(&name, hint.is_some(), message.is_some());
    let invalid = message.is_some().then_some("true");
    let options: Vec<_> = options
        .into_iter()
        .map(|option| {
            let selected = option.value == value;
            view! { <option value=option.value selected=selected>{option.label}</option> }
        })
        .collect();
    view! {
        <FieldFrame id=name.clone() label hint message aside=None>
            <select
                class="input input-select"
                id=name.clone()
                name=name
                aria-describedby=described
                aria-invalid=invalid
            >
                {options}
            </select>
        </FieldFrame>
    }
}

/// Yes or no.
#[component]
pub fn CheckField(
    /// The field's name in the form, and its id.
    #[prop(into)]
    name: String,
    /// What yes means.
    #[prop(into)]
    label: String,
    /// Whether it is ticked.
    checked: bool,
    /// More about it.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Whether it can't be changed by this person.
    #[prop(optional)]
    disabled: bool,
) -> impl IntoView {
    let described = described_by(&name, hint.is_some(), false);
    view! {
        <div class="check-field">
            <input
                type="checkbox"
                class="check"
                id=name.clone()
                name=name.clone()
                value="on"
                checked=checked
                aria-describedby=described
                disabled=disabled
            />
            <div>
                <label class="check-label" for=name.clone()>
                    {label}
                </label>
                {hint
                    .map(|hint| {
                        view! { <p class="field-hint" id=format!("{name}-hint")>{hint}</p> }
                    })}
            </div>
        </div>
    }
}

/// A file from the person's machine. Its form is `multipart`.
#[component]
pub fn FileField(
    /// The field's name in the form, and its id.
    #[prop(into)]
    name: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What the browser offers first, as in the `accept` attribute.
    #[prop(optional, into)]
    accept: Option<String>,
    /// What to choose.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with the file.
    #[prop(default = None)]
    message: Option<String>,
    /// Whether it can't be changed by this person.
    #[prop(optional)]
    disabled: bool,
) -> impl IntoView {
    let described = described_by(&name, hint.is_some(), message.is_some());
    let invalid = message.is_some().then_some("true");
    view! {
        <FieldFrame id=name.clone() label hint message aside=None>
            <input
                class="input input-file"
                type="file"
                id=name.clone()
                name=name
                accept=accept
                aria-describedby=described
                aria-invalid=invalid
                disabled=disabled
            />
        </FieldFrame>
    }
}
