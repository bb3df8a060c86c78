//! The scenes: each page in each of its states.

use std::sync::Arc;

use app::app::Page;
use app::failure_page::Failure;
use app::page::{Form, FormEcho, Loaded, PageData, Query};
use app::routes::Route;
use domain::actor::{Actor, Permission, Principal, Role};
use domain::error::{Error, Field, Problem};
use domain::event::{Event, EventBody, Head, Stream};
use domain::task::{TaskStage, TaskState};
use domain::views::{Frame, MyWork, ProjectSettings, TaskDetail, TaskList};

use crate::demo::{Demo, NOW, minutes_ago};

/// One page in one state.
pub struct Scene {
    pub name: &'static str,
    pub page: Page,
}

/// All of them.
pub fn all() -> Vec<Scene> {
    let demo = Demo::new();
    let mut scenes = outside();
    scenes.extend(work(&demo));
    scenes.extend(lists(&demo));
    scenes.extend(task_forms(&demo));
    scenes.extend(project_forms(&demo));
    scenes.extend(no_pages(&demo));
    scenes
}

fn scene(name: &'static str, page: Loaded) -> Scene {
    Scene { name, page: Page::Loaded(Arc::new(page)) }
}

fn page(demo: &Demo, role: Role, path: &str, data: PageData) -> Loaded {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Loaded {
        status: 200,
        route: Route::parse(path).unwrap(),
        query: Query::parse(query),
        principal: demo.member(role),
        frame: demo.frame(),
        data,
        shown: None,
        echo: None,
        patch: None,
        log: None,
        form_key: "0123456789abcdef0123456789abcdef".to_owned(),
        now: NOW,
    }
}

fn echo(mut page: Loaded, error: Error, fields: &[(&str, &str)]) -> Loaded {
    let fields = fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    page.echo = Some(FormEcho { form: Form::new(fields, None), error });
    page
}

fn outside() -> Vec<Scene> {
    let demo = Demo::new();
    let stranger = |path: &str, data| Loaded {
        principal: Principal::SignedOut,
        frame: Frame::default(),
        ..page(&demo, Role::Owner, path, data)
    };
    let set_up = |asks_token| stranger("/setup", PageData::SetUp { asks_token });
    let sign_in = || stranger("/sign-in", PageData::SignIn { next: "/".to_owned() });
    let email = [("email", "ada@harborlane.example")];
    vec![
        scene("setup", set_up(false)),
        scene(
            "setup-invalid",
            echo(
                set_up(true),
                Error::invalid(Field::Password, Problem::TooShort { min: 12 }),
                &[("workspace", "Harbor Lane"), ("name", "Ada Byrne"), email[0]],
            ),
        ),
        scene("sign-in", sign_in()),
        scene(
            "sign-in-wrong",
            echo(sign_in(), Error::invalid(Field::Password, Problem::WrongCredentials), &email),
        ),
        scene("sign-in-paused", echo(sign_in(), Error::TooMany { retry_after_s: 822 }, &email)),
    ]
}

fn work(demo: &Demo) -> Vec<Scene> {
    let tasks = demo.tasks();
    let of = |stages: &[TaskStage]| {
        tasks.iter().filter(|task| stages.contains(&task.state.stage())).cloned().collect()
    };
    use TaskStage as S;
    let full = MyWork {
        needs_me: of(&[S::Review, S::Failed, S::ChangesRequested]),
        running: of(&[S::Running]),
        done_lately: of(&[S::Done]),
        has_tasks: true,
    };
    let quiet = MyWork { has_tasks: true, ..MyWork::default() };
    let show = |role, work| page(demo, role, "/", PageData::MyWork(work));
    let first = Loaded { frame: Frame::default(), ..show(Role::Owner, MyWork::default()) };
    let waiting = Loaded { frame: Frame::default(), ..show(Role::Viewer, MyWork::default()) };
    vec![
        scene("work", show(Role::Owner, full)),
        scene("work-quiet", show(Role::Member, quiet)),
        scene("work-first", first),
        scene("work-first-viewer", waiting),
        scene("work-project", show(Role::Owner, MyWork::default())),
    ]
}

fn list(demo: &Demo) -> TaskList {
    let tasks = demo.tasks();
    let counts = TaskStage::ALL
        .into_iter()
        .map(|stage| (stage, tasks.iter().filter(|t| t.state.stage() == stage).count() as i64))
        .collect();
    let next = tasks
        .last()
        .map(|task| domain::views::TaskCursor { updated_at: task.updated_at, id: task.id });
    TaskList {
        project: demo.payments.clone(),
        tasks,
        counts,
        next,
        agents: vec![demo.agent.clone()],
    }
}

fn lists(demo: &Demo) -> Vec<Scene> {
    let show = |role, path, list| page(demo, role, path, PageData::Tasks(Box::new(list)));
    let empty = TaskList {
        project: demo.shop.clone(),
        tasks: vec![],
        counts: vec![],
        next: None,
        agents: vec![],
    };
    let none = TaskList { tasks: vec![], next: None, ..list(demo) };
    vec![
        scene("tasks", show(Role::Member, "/projects/PAY", list(demo))),
        scene("tasks-viewer", show(Role::Viewer, "/projects/PAY", list(demo))),
        scene(
            "tasks-no-match",
            show(Role::Member, "/projects/PAY?stage=review&q=invoice&label=bug", none),
        ),
        scene("tasks-empty", show(Role::Owner, "/projects/SHOP", empty)),
    ]
}

fn task_forms(demo: &Demo) -> Vec<Scene> {
    let new =
        || page(demo, Role::Member, "/projects/PAY/new", PageData::NewTask(Box::new(list(demo))));
    let detail = detail(demo);
    let edit = || {
        page(demo, Role::Owner, "/tasks/PAY-12/edit", PageData::EditTask(Box::new(detail.clone())))
    };
    let running = TaskDetail {
        task: demo.whole_task(TaskState::Running {
            run: demo.tasks()[1].run.as_ref().unwrap().id,
            since: minutes_ago(2),
        }),
        ..detail.clone()
    };
    let typed = [
        ("title", "Refunds round half up"),
        ("description", "Refunding 10.005 pays back 10.00."),
        ("priority", "urgent"),
        ("labels", "bug, billing"),
        ("steps", "git apply fixes/rounding.patch\ncargo test --locked --message-format=json"),
        ("artifacts", "../reports/*.xml"),
        ("seen", "5"),
    ];
    vec![
        scene("task-new", new()),
        scene(
            "task-new-invalid",
            echo(new(), Error::invalid(Field::Artifacts, Problem::Malformed), &typed),
        ),
        scene("task-edit", edit()),
        scene("task-edit-conflict", echo(edit(), Error::Conflict { current: 7 }, &typed)),
        scene(
            "task-edit-running",
            page(demo, Role::Owner, "/tasks/PAY-12/edit", PageData::EditTask(Box::new(running))),
        ),
        scene(
            "task",
            page(demo, Role::Owner, "/tasks/PAY-12", PageData::Task(Box::new(detail.clone()))),
        ),
    ]
}

fn detail(demo: &Demo) -> TaskDetail {
    let task = demo.whole_task(TaskState::Ready { since: minutes_ago(90) });
    let head = Head { version: 5, hash: Head::start().hash };
    let body = EventBody::TaskEdited { content: Box::new(demo.content()) };
    let actor = Actor::User(demo.people[1].id);
    let edited =
        Event::next(&head, task.workspace, Stream::Task(task.id), actor, minutes_ago(6), body);
    TaskDetail {
        project: demo.payments.clone(),
        agents: vec![demo.agent.clone()],
        run: None,
        runs: demo.tasks().into_iter().filter_map(|task| task.run).take(3).collect(),
        validations: vec![],
        evidence: vec![],
        people: demo.people.clone(),
        timeline: vec![edited.unwrap()],
        task,
    }
}

fn project_forms(demo: &Demo) -> Vec<Scene> {
    let settings = |role, path: &str, project: &domain::project::Project| {
        let people = demo.people.clone();
        let data = ProjectSettings { project: project.clone(), people };
        page(demo, role, path, PageData::ProjectSettings(Box::new(data)))
    };
    let new = || page(demo, Role::Owner, "/projects/new", PageData::NewProject);
    let pay = "/projects/PAY/settings";
    let upload = [("action", "set_source"), ("seen", "5")];
    let gate = [
        ("action", "edit_gate"),
        ("seen", "4"),
        ("commands", "cargo test --locked"),
        ("reports", "/etc/*.xml"),
    ];
    let malformed = Error::invalid(Field::Gate, Problem::Malformed);
    vec![
        scene("project-new", new()),
        scene(
            "project-new-taken",
            echo(
                new(),
                Error::invalid(Field::ProjectKey, Problem::Taken),
                &[("name", "Payouts"), ("key", "PAY")],
            ),
        ),
        scene("settings", settings(Role::Admin, pay, &demo.payments)),
        scene("settings-member", settings(Role::Member, pay, &demo.payments)),
        scene("settings-first", settings(Role::Admin, "/projects/SHOP/settings", &demo.shop)),
        scene(
            "settings-no-archive",
            echo(
                settings(Role::Admin, pay, &demo.payments),
                Error::invalid(Field::Source, Problem::NotAnArchive),
                &upload,
            ),
        ),
        scene(
            "settings-gate-invalid",
            echo(settings(Role::Admin, pay, &demo.payments), malformed, &gate),
        ),
        scene(
            "settings-conflict",
            echo(settings(Role::Admin, pay, &demo.payments), Error::Conflict { current: 5 }, &gate),
        ),
    ]
}

fn no_pages(demo: &Demo) -> Vec<Scene> {
    let missing = page(demo, Role::Member, "/tasks/PAY-99", PageData::Missing);
    let forbidden = PageData::Forbidden(Permission::ManageProjects);
    let refused = page(demo, Role::Member, "/projects/new", forbidden);
    let unavailable = echo(
        page(demo, Role::Owner, "/projects/new", PageData::NewProject),
        Error::Unavailable,
        &[("name", "Payouts")],
    );
    vec![
        scene("missing", Loaded { status: 404, ..missing }),
        scene("forbidden", Loaded { status: 403, ..refused }),
        scene("form-unavailable", Loaded { status: 503, ..unavailable }),
        Scene { name: "failure-not-found", page: Page::Failure(Failure::NotFound) },
        Scene { name: "failure-internal", page: Page::Failure(Failure::Internal) },
    ]
}
