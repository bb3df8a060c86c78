//! The audit log, newest first. Its filters stand in its address.

use std::sync::Arc;

use domain::Timestamp;
use domain::audit::{AuditFilter, AuditLine, AuditList, Outcome};
use domain::views::Person;
use leptos::prelude::*;

use super::filter::filter_of;
use crate::page::{Loaded, Query};
use crate::routes::{Route, SettingsTab};
use crate::text::{amounts, audit as words, deeds, settings};
use crate::ui::{
    Badge, Button, ChoiceOption, Column, EmptyState, IconName, LinkButton, PageHeader, Panel,
    SelectField, StackTable, TextField, Tone,
};

/// Where the API gives the log as a file.
const EXPORT_PATH: &str = "/api/v1/audit/export";

/// A part of the log.
#[component]
pub fn AuditPage(
    /// The page.
    page: Arc<Loaded>,
    /// The part.
    list: AuditList,
) -> impl IntoView {
    let path = Route::Settings(SettingsTab::Audit).path();
    let filter = filter_of(&page.query);
    let older = list.next.map(|next| {
        let href = page.query.clone().with("after", &next.encode()).at(&path);
        view! { <LinkButton label=words::OLDER href/> }.into_any()
    });
    let content = if list.lines.is_empty() {
        view! { <EmptyState icon=IconName::Shield title=words::NONE_TITLE advice=words::NONE_ADVICE/> }
            .into_any()
    } else {
        let rows = list.lines.into_iter().map(row).collect();
        view! { <StackTable caption=words::TITLE columns=COLUMNS.to_vec() rows/> }.into_any()
    };
    view! {
        <PageHeader title=settings::tab(SettingsTab::Audit) lead=words::LEAD>
            <LinkButton label=words::EXPORT_CSV href=export(&filter, "csv")/>
            <LinkButton label=words::EXPORT_NDJSON href=export(&filter, "ndjson")/>
        </PageHeader>
        <div class="stack-wide">
            {filters(&page, &list.people)}
            <Panel title=words::TITLE id="entries">{content} {older}</Panel>
        </div>
    }
    .into_any()
}

/// Where the log is as a file, with the same filters: what can't be read of the page's filters nothing
/// there either.
fn export(filter: &AuditFilter, format: &str) -> String {
    let moment = |at: Option<Timestamp>| at.map(amounts::iso).unwrap_or_default();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let asked = [
        ("person", filter.person.map(|person| person.to_string()).unwrap_or_default()),
        ("action", text(filter.action.as_deref())),
        ("outcome", text(filter.outcome.map(Outcome::as_str))),
        ("target", text(filter.target.as_deref())),
        ("from", moment(filter.from)),
        ("until", moment(filter.until)),
    ];
    let query = Query::default().with("format", format);
    let query = asked.iter().fold(query, |query, (name, value)| query.with(name, value));
    query.at(EXPORT_PATH)
}

/// The filters: a form that asks for the same page with other words behind its question mark.
fn filters(page: &Arc<Loaded>, people: &[Person]) -> AnyView {
    let asked = |name: &str| page.query.get(name).unwrap_or_default().to_owned();
    let mut persons = vec![ChoiceOption::new("", words::ANYBODY)];
    persons.extend(
        people.iter().map(|person| ChoiceOption::new(person.id.to_string(), person.name.clone())),
    );
    let mut outcomes = vec![ChoiceOption::new("", words::ANY_OUTCOME)];
    outcomes.extend(
        [Outcome::Done, Outcome::Refused]
            .map(|outcome| ChoiceOption::new(outcome.as_str(), words::outcome(outcome))),
    );
    let (person, action, outcome) = (asked("person"), asked("action"), asked("outcome"));
    let (target, from, until) = (asked("target"), asked("from"), asked("until"));
    view! {
        <Panel title=words::FILTER_TITLE id="filter">
            <form method="get" class="stack">
                <SelectField
                    name="person"
                    label=words::PERSON_LABEL
                    options=persons
                    value=person
                />
                <TextField
                    name="action"
                    label=words::ACTION_LABEL
                    hint=words::ACTION_HINT
                    value=action
                />
                <SelectField
                    name="outcome"
                    label=words::OUTCOME_LABEL
                    options=outcomes
                    value=outcome
                />
                <TextField
                    name="target"
                    label=words::TARGET_LABEL
                    hint=words::TARGET_HINT
                    value=target
                />
                <TextField
                    name="from"
                    label=words::FROM_LABEL
                    hint=words::DAY_HINT
                    value=from
                />
                <TextField
                    name="until"
                    label=words::UNTIL_LABEL
                    hint=words::DAY_HINT
                    value=until
                />
                <div class="form-actions">
                    <Button label=words::SHOW/>
                </div>
            </form>
        </Panel>
    }
    .into_any()
}

const COLUMNS: [Column; 5] = [
    Column::main(words::COLUMN_WHAT),
    Column::short(words::COLUMN_WHEN),
    Column::short(words::COLUMN_OUTCOME),
    Column::text(words::COLUMN_PROOF),
    Column::text(words::COLUMN_FROM),
];

fn row(line: AuditLine) -> Vec<AnyView> {
    let (tone, icon) = match line.entry.outcome {
        Outcome::Done => (Tone::Good, IconName::CircleCheck),
        Outcome::Refused => (Tone::Bad, IconName::CircleCross),
    };
    let (what, reason) = (deeds::sentence(&line), deeds::reason(&line));
    let proof = words::proof(&line);
    let entry = line.entry;
    let label = words::outcome(entry.outcome);
    let origin = view! {
        <span title=entry.origin.agent>
            {entry.origin.network} " " <code>{entry.origin.request_id}</code>
        </span>
    };
    let told = view! {
        {what} {reason.map(|reason| view! { <p class="muted">{reason}</p> })}
    };
    vec![
        told.into_any(),
        amounts::moment(entry.at).into_any(),
        view! { <Badge tone icon label/> }.into_any(),
        proof.into_any(),
        origin.into_any(),
    ]
}
