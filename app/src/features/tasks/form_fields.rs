//! The fields that writing and changing a task share.

use domain::agent::Agent;
use domain::error::Field;
use domain::task::{Priority, TaskDraft};
use leptos::prelude::*;

use crate::page::FormEcho;
use crate::text::{frame, states, tasks as words};
use crate::ui::{ChoiceOption, SelectField, TextArea, TextField};

/// The fields of a task's content, in two groups: what, and how it runs.
#[component]
pub fn TaskFields(
    /// What they hold.
    draft: TaskDraft,
    /// The workspace's agents.
    agents: Vec<Agent>,
    /// Why the form wasn't accepted.
    echo: Option<FormEcho>,
) -> impl IntoView {
    let message = |field| echo.as_ref().and_then(|echo| echo.message(field));
    let [title, description, priority, labels] =
        [Field::Title, Field::Description, Field::Priority, Field::Labels].map(message);
    view! {
        <fieldset class="group">
            <legend>{words::WHAT}</legend>
            <TextField
                name="title"
                label=words::TITLE_LABEL
                value=draft.title.clone()
                example=words::TITLE_EXAMPLE
                message=title
            />
            <TextArea
                name="description"
                label=words::DESCRIPTION_LABEL
                aside=frame::OPTIONAL
                value=draft.description.clone()
                hint=words::DESCRIPTION_HINT
                example=words::DESCRIPTION_EXAMPLE
                rows=7
                message=description
            />
            <div class="field-pair">
                <SelectField
                    name="priority"
                    label=words::PRIORITY_LABEL
                    options=priorities()
                    value=draft.priority.clone()
                    message=priority
                />
                <TextField
                    name="labels"
                    label=words::LABELS_LABEL
                    aside=frame::OPTIONAL
                    value=draft.labels.clone()
                    hint=words::LABELS_HINT
                    example=words::LABELS_EXAMPLE
                    message=labels
                />
            </div>
        </fieldset>
        <HowItRuns draft agents echo/>
    }
}

/// Who does the task, and how.
#[component]
fn HowItRuns(draft: TaskDraft, agents: Vec<Agent>, echo: Option<FormEcho>) -> impl IntoView {
    let message = |field| echo.as_ref().and_then(|echo| echo.message(field));
    let [agent, steps, artifacts] = [Field::Agent, Field::Steps, Field::Artifacts].map(message);
    view! {
        <fieldset class="group">
            <legend>{words::HOW}</legend>
            <SelectField
                name="agent"
                label=words::AGENT_LABEL
                options=agent_options(&agents)
                value=draft.agent
                hint=words::AGENT_HINT
                message=agent
            />
            <TextArea
                name="steps"
                label=words::STEPS_LABEL
                value=draft.steps
                hint=words::STEPS_HINT
                example=words::STEPS_EXAMPLE
                rows=6
                mono=true
                message=steps
            />
            <TextArea
                name="artifacts"
                label=words::ARTIFACTS_LABEL
                aside=frame::OPTIONAL
                value=draft.artifacts
                hint=words::ARTIFACTS_HINT
                example=words::ARTIFACTS_EXAMPLE
                rows=3
                mono=true
                message=artifacts
            />
        </fieldset>
    }
}

fn priorities() -> Vec<ChoiceOption> {
    Priority::ALL
        .into_iter()
        .map(|priority| ChoiceOption::new(priority.as_str(), states::priority(priority)))
        .collect()
}

fn agent_options(agents: &[Agent]) -> Vec<ChoiceOption> {
    agents
        .iter()
        .map(|agent| ChoiceOption::new(agent.id.to_string(), agent.name.clone()))
        .chain([ChoiceOption::new("", words::AGENT_NONE)])
        .collect()
}
