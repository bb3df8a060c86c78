//! The kept files of a run.

use domain::actor::Actor;
use domain::run::{Evidence, EvidenceKind};
use leptos::prelude::*;

use super::evidence_path;
use crate::features::people::People;
use crate::text::{amounts, runs as words};
use crate::ui::ScrollTable;

/// How much of a hash is shown; the whole stands in its title.
const SHORT_HASH: usize = 12;

/// The kept files, each with its kind, size and hash.
#[component]
pub fn EvidenceList(
    /// The files.
    evidence: Vec<Evidence>,
    /// Whoever may have added one.
    people: People,
) -> impl IntoView {
    let pictures: Vec<_> = evidence
        .iter()
        .filter(|kept| kept.file.kind == EvidenceKind::Screenshot)
        .map(|kept| {
            let path = evidence_path(kept.file.id);
            let view = format!("{path}?view=1");
            let picture = view.clone();
            view! {
                <a class="picture" href=view data-no-prefetch="">
                    <img src=picture alt=kept.file.name.clone() loading="lazy"/>
                </a>
            }
        })
        .collect();
    let rows: Vec<_> = evidence.into_iter().map(|kept| row(kept, &people)).collect();
    view! {
        {(!pictures.is_empty()).then(|| view! { <div class="pictures">{pictures}</div> })}
        <ScrollTable caption=words::EVIDENCE>
            <thead>
                <tr>
                    <th scope="col">{words::COLUMN_FILE}</th>
                    <th scope="col">{words::COLUMN_KIND}</th>
                    <th scope="col">{words::COLUMN_SIZE}</th>
                    <th scope="col">{words::COLUMN_HASH}</th>
                    <th scope="col">
                        <span class="visually-hidden">{words::DOWNLOAD}</span>
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </ScrollTable>
    }
}

fn row(kept: Evidence, people: &People) -> AnyView {
    let added = match kept.added_by {
        Some(Actor::User(user)) => Some(words::added_by(&people.name_within(user))),
        Some(Actor::Run(_) | Actor::System) | None => None,
    };
    let added = added.map(|by| view! { <span class="muted added-by">{by}</span> });
    let file = kept.file;
    let path = evidence_path(file.id);
    let short: String = file.sha256.chars().take(SHORT_HASH).collect();
    view! {
        <tr>
            <td>
                <a href=format!("{path}?view=1") data-no-prefetch="">{file.name}</a>
                {added}
            </td>
            <td class="nowrap">{words::evidence_kind(file.kind)}</td>
            <td class="nowrap">{amounts::bytes(file.size)}</td>
            <td><code class="hash" title=file.sha256>{short}</code></td>
            <td><a href=path download="" data-no-prefetch="">{words::DOWNLOAD}</a></td>
        </tr>
    }
    .into_any()
}
