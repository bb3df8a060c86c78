//! What a newcomer sees instead of an empty page: the way to the first accepted work.

use std::sync::Arc;

use domain::actor::Permission;
use leptos::prelude::*;

use crate::page::Loaded;
use crate::routes::Route;
use crate::text::work as words;
use crate::ui::{ButtonKind, Icon, IconName, LinkButton};

/// How far a newcomer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Behind,
    Next,
    Ahead,
}

/// One step of the way.
struct Step {
    title: &'static str,
    why: &'static str,
    progress: Progress,
    /// Its button, where this person can do it already.
    link: Option<(&'static str, String)>,
}

/// The way: project, source, task, decision. What is behind is ticked, the next has its button.
#[component]
pub fn Welcome(
    /// The page.
    page: Arc<Loaded>,
) -> impl IntoView {
    let may_create =
        page.member().is_some_and(|member| member.check(Permission::ManageProjects).is_ok());
    let steps: Vec<_> = steps(&page, may_create).into_iter().map(step).collect();
    let waits = page.frame.projects.is_empty() && !may_create;
    view! {
        <section class="welcome" aria-labelledby="welcome-heading">
            <h2 id="welcome-heading">{words::WELCOME_TITLE}</h2>
            <p class="lead">{words::WELCOME_LEAD}</p>
            <ol class="way">{steps}</ol>
            {waits.then(|| view! { <p class="fine-print">{words::WELCOME_WAIT}</p> })}
        </section>
    }
}

fn steps(page: &Loaded, may_create: bool) -> [Step; 4] {
    let project = page.frame.projects.first();
    let has_source = project.is_some_and(|project| project.has_source);
    let project = project.map(|project| project.key.clone());
    let (first, second, third) = match (&project, has_source) {
        (None, _) => (Progress::Next, Progress::Ahead, Progress::Ahead),
        (Some(_), false) => (Progress::Behind, Progress::Next, Progress::Ahead),
        (Some(_), true) => (Progress::Behind, Progress::Behind, Progress::Next),
    };
    let create =
        (project.is_none() && may_create).then(|| (words::STEP_PROJECT, Route::NewProject.path()));
    let upload = project
        .clone()
        .filter(|_| may_create && !has_source)
        .map(|project| (words::STEP_SOURCE_LINK, Route::ProjectSettings { project }.path()));
    let may_write = page.member().is_some_and(|member| member.check(Permission::EditTasks).is_ok());
    let write = project
        .filter(|_| may_write)
        .map(|project| (words::STEP_TASK, Route::NewTask { project }.path()));
    [
        Step {
            title: words::STEP_PROJECT,
            why: words::STEP_PROJECT_WHY,
            progress: first,
            link: create,
        },
        Step {
            title: words::STEP_SOURCE,
            why: words::STEP_SOURCE_WHY,
            progress: second,
            link: upload,
        },
        Step { title: words::STEP_TASK, why: words::STEP_TASK_WHY, progress: third, link: write },
        Step {
            title: words::STEP_START,
            why: words::STEP_START_WHY,
            progress: Progress::Ahead,
            link: None,
        },
    ]
}

fn step(step: Step) -> impl IntoView {
    let class = match step.progress {
        Progress::Behind => "way-step way-behind",
        Progress::Next => "way-step way-next",
        Progress::Ahead => "way-step",
    };
    let is_behind = step.progress == Progress::Behind;
    let kind = match step.progress {
        Progress::Next => ButtonKind::Primary,
        Progress::Behind | Progress::Ahead => ButtonKind::Secondary,
    };
    view! {
        <li class=class>
            <div class="way-words">
                <h3>
                    {step.title}
                    {is_behind
                        .then(|| {
                            view! {
                                <span class="way-tick tone-good">
                                    <Icon name=IconName::CircleCheck/>
                                    <span class="visually-hidden">{words::STEP_DONE}</span>
                                </span>
                            }
                        })}
                </h3>
                <p>{step.why}</p>
            </div>
            {step
                .link
                .map(|(label, href)| {
                    view! { <LinkButton label href kind/> }
                })}
        </li>
    }
}
