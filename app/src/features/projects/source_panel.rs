//! What a project's runs work on.

use std::sync::Arc;

use domain::error::Field;
use domain::project::{Project, Source};
use domain::views::Person;
use leptos::prelude::*;

use super::forms::SET_SOURCE;
use crate::features::moments::Ago;
use crate::page::Loaded;
use crate::text::{amounts, frame, projects as words};
use crate::ui::{
    Button, ButtonKind, CodeBlock, Disclosure, Fact, Facts, FileField, Form, IconName, Notice,
    Panel, Tone,
};

/// What there is now, and the form that replaces it.
#[component]
pub fn SourcePanel(
    /// The page.
    page: Arc<Loaded>,
    /// The project.
    project: Project,
    /// The workspace's members.
    people: Vec<Person>,
    /// Why this person can't change it.
    because: Option<String>,
) -> impl IntoView {
    let message = page.echo_of(SET_SOURCE).and_then(|echo| echo.message(Field::Source));
    let seen = project.head.version;
    let label =
        if project.source.is_some() { words::SOURCE_LABEL } else { words::SOURCE_FIRST_LABEL };
    let kind = if project.source.is_some() { ButtonKind::Secondary } else { ButtonKind::Primary };
    let now = page.now;
    let is_missing = project.source.is_none();
    let present = match project.source {
        Some(source) => {
            let by = people.iter().find(|person| person.id == source.by);
            let by = by.map(|person| person.name.clone());
            view! { <Present now source by/> }.into_any()
        }
        None => view! { <Notice tone=Tone::Attention title=words::SOURCE_NONE/> }.into_any(),
    };
    let disabled = because.is_some();
    view! {
        <Panel id="project-source" title=words::SOURCE_TITLE lead=words::SOURCE_LEAD>
            {present}
            <Form action=SET_SOURCE seen multipart=true label=words::SOURCE_TITLE>
                <FileField
                    name="source"
                    label=label
                    hint=words::SOURCE_HINT
                    accept=".bundle,.tar,.gz,.tgz"
                    message
                    disabled
                />
                <div class="form-actions">
                    <Button
                        label=words::SOURCE_UPLOAD
                        kind
                        icon=IconName::Upload
                        disabled_because=because
                    />
                </div>
            </Form>
            <Disclosure summary=words::SOURCE_HOW open=is_missing>
                <p>{words::SOURCE_HOW_BUNDLE}</p>
                <CodeBlock text=words::SOURCE_BUNDLE_COMMAND label=words::SOURCE_HOW_BUNDLE/>
                <p>{words::SOURCE_HOW_TAR}</p>
                <CodeBlock text=words::SOURCE_TAR_COMMAND label=words::SOURCE_HOW_TAR/>
            </Disclosure>
        </Panel>
    }
}

#[component]
fn Present(now: domain::Timestamp, source: Source, by: Option<String>) -> impl IntoView {
    let by = by.unwrap_or_else(|| frame::SOMEBODY.to_owned());
    view! {
        <Facts>
            <Fact label=words::SOURCE_FILE>
                <strong>{source.name}</strong>
                " "
                <span class="muted">
                    {words::source_kind(source.kind)} ", " {amounts::bytes(source.size)}
                </span>
            </Fact>
            <Fact label=words::SOURCE_BY>
                {by} " " <span class="muted"><Ago now at=source.at/></span>
            </Fact>
            <Fact label=words::SOURCE_HASH>
                <code class="hash">{source.sha256}</code>
            </Fact>
        </Facts>
    }
}
