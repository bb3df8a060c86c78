//! Every page and every form there is, in one list, for whoever must think of each: the tests that go
//! through all of them. A page without a row doesn't compile, and a form without one isn't taken:
//! [`crate::page::submit`] asks here before it does anything.

use domain::actor::Permission;

use crate::routes::{Route, SIGN_OUT_PATH, SWITCH_PATH, SettingsTab};
use crate::theme::THEME_PATH;

/// Who may have something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Anybody, signed in or not.
    Nothing,
    /// A member whose role has the permission.
    Has(Permission),
}

/// A page, or an address that only takes forms.
#[derive(Clone, Copy, Debug)]
pub struct PageRow {
    /// Its address, with the names of what is to be put in in braces.
    pub address: &'static str,
    /// Who sees it.
    pub needs: Needs,
    /// The forms that it takes.
    pub forms: &'static [FormRow],
}

impl PageRow {
    /// Whether the page has a form of this action.
    #[must_use]
    pub fn takes(&self, action: &str) -> bool {
        self.forms.iter().any(|form| form.action == action)
    }
}

/// A form.
#[derive(Clone, Copy, Debug)]
pub struct FormRow {
    /// Its `action`; empty for the only form of an address that is no page.
    pub action: &'static str,
    /// Who may send it.
    pub needs: Needs,
    /// Fields with which it would do something. Names in braces stand for what is to be put in;
    /// `{seen}` is the version of what the address names, `{file}` a file.
    pub fields: &'static [(&'static str, &'static str)],
}

const VIEW: Needs = Needs::Has(Permission::View);
const EDIT: Needs = Needs::Has(Permission::EditTasks);
const OPERATE: Needs = Needs::Has(Permission::OperateRuns);
const DECIDE: Needs = Needs::Has(Permission::Decide);
const AUDIT: Needs = Needs::Has(Permission::ReadAudit);
const PEOPLE: Needs = Needs::Has(Permission::ManageMembers);
const REMOVE: Needs = Needs::Has(Permission::RemoveMembers);
const WORKSPACE: Needs = Needs::Has(Permission::ManageWorkspace);
const PROJECTS: Needs = Needs::Has(Permission::ManageProjects);

/// Makes the match over all routes and the list of rows out of the same lines.
macro_rules! pages {
    ($($route:pat => $address:literal, $needs:expr, [$($action:literal: $may:expr, $fields:expr;)*];)+) => {
        /// Every page.
        pub const PAGES: &[PageRow] = &[$(PageRow {
            address: $address,
            needs: $needs,
            forms: &[$(FormRow { action: $action, needs: $may, fields: &$fields }),*],
        }),+];

        /// The row of a page.
        #[must_use]
        pub fn row(route: &Route) -> &'static PageRow {
            match route {
                $($route => {
                    const ROW: PageRow = PageRow {
                        address: $address,
                        needs: $needs,
                        forms: &[$(FormRow { action: $action, needs: $may, fields: &$fields }),*],
                    };
                    &ROW
                })+
            }
        }
    };
}

const TASK: [(&str, &str); 7] = [
    ("title", "Sent by a test"),
    ("description", "Because."),
    ("priority", "medium"),
    ("labels", ""),
    ("agent", ""),
    ("steps", "true"),
    ("seen", "{seen}"),
];

pages! {
    Route::SetUp => "/setup", Needs::Nothing, [
        "set_up": Needs::Nothing, [
            ("workspace", "Sent"), ("name", "Test"), ("email", "sent@test.example"),
            ("password", "sent by a test of forms"),
        ];
    ];
    Route::SignIn => "/sign-in", Needs::Nothing, [
        "sign_in": Needs::Nothing, [("email", "{email}"), ("password", "{password}")];
    ];
    Route::MyWork => "/", VIEW, [];
    Route::NewProject => "/projects/new", PROJECTS, [
        "create": PROJECTS, [("name", "Sent by a test"), ("key", "{new_project}")];
    ];
    Route::Tasks { .. } => "/projects/{project}", VIEW, [];
    Route::NewTask { .. } => "/projects/{project}/new", EDIT, [
        "create": EDIT, TASK;
    ];
    Route::ProjectSettings { .. } => "/projects/{project}/settings", VIEW, [
        "set_source": PROJECTS, [("seen", "{seen}"), ("source", "{file}")];
        "edit_gate": PROJECTS, [
            ("seen", "{seen}"), ("commands", "true"), ("reports", ""), ("approval", "on"),
        ];
    ];
    Route::Task { .. } => "/tasks/{task}", VIEW, [
        "start": OPERATE, [("seen", "{seen}")];
        "approve": DECIDE, [("seen", "{seen}")];
        "reject": DECIDE, [("seen", "{seen}"), ("reason", "Sent by a test")];
        "move": EDIT, [("seen", "{seen}"), ("to", "backlog")];
        "stop_run": OPERATE, [("run", "{run}")];
    ];
    Route::EditTask { .. } => "/tasks/{task}/edit", EDIT, [
        "edit": EDIT, TASK;
    ];
    Route::Run { .. } => "/runs/{run}", VIEW, [
        "cancel": OPERATE, [];
    ];
    Route::Sandboxes => "/sandboxes", VIEW, [];
    Route::Sandbox { .. } => "/sandboxes/{sandbox}", VIEW, [
        "stop": OPERATE, [];
    ];
    Route::Validations => "/validations", VIEW, [];
    Route::Settings(SettingsTab::Profile) => "/settings/profile", VIEW, [
        "rename": VIEW, [("name", "Sent by a test")];
        "change_password": VIEW, [
            ("present_password", "{password}"), ("password", "sent by a test of forms"),
        ];
    ];
    Route::Settings(SettingsTab::Sessions) => "/settings/sessions", VIEW, [
        "revoke": VIEW, [("session", "{session}")];
        "revoke_others": VIEW, [];
    ];
    Route::Settings(SettingsTab::Keys) => "/settings/keys", VIEW, [
        "create": VIEW, [("name", "Sent by a test"), ("scope-read", "on"), ("expires", "30")];
        "revoke": VIEW, [("key", "{key}")];
    ];
    Route::Settings(SettingsTab::Audit) => "/settings/audit", AUDIT, [];
    Route::Settings(SettingsTab::Members) => "/settings/members", VIEW, [
        "invite": PEOPLE, [("role", "viewer"), ("email", "")];
        "change_role": PEOPLE, [
            ("user", "{member}"), ("role", "member"), ("seen", "{member_seen}"),
        ];
        "remove": REMOVE, [("user", "{member}"), ("seen", "{member_seen}")];
        "offer_reset": PEOPLE, [("user", "{member}")];
        "revoke": REMOVE, [("invitation", "{invitation}")];
        "renew": PEOPLE, [("invitation", "{invitation}")];
        "leave": VIEW, [];
    ];
    Route::Settings(SettingsTab::Workspace) => "/settings/workspace", VIEW, [
        "rename": WORKSPACE, [("name", "Sent by a test"), ("seen", "{seen}")];
        "origins": WORKSPACE, [("origins", "https://sent.example"), ("seen", "{seen}")];
        "leave": VIEW, [];
    ];
    Route::NewWorkspace => "/workspaces/new", VIEW, [
        "create": VIEW, [("name", "Sent by a test")];
    ];
    Route::Join { .. } => "/join/{token}", Needs::Nothing, [
        "join": VIEW, [];
        "join_new": Needs::Nothing, [
            ("name", "Test"), ("email", "joins@test.example"),
            ("password", "sent by a test of forms"),
        ];
        "join_known": Needs::Nothing, [("email", "{email}"), ("password", "{password}")];
    ];
    Route::Reset { .. } => "/reset/{reset}", Needs::Nothing, [
        "reset": Needs::Nothing, [("password", "sent by a test of forms")];
    ];
}

/// The addresses that take a form and are no page.
pub const OTHER_FORMS: &[PageRow] = &[
    PageRow {
        address: SWITCH_PATH,
        needs: VIEW,
        forms: &[FormRow {
            action: "switch",
            needs: VIEW,
            fields: &[("workspace", "{other_workspace}")],
        }],
    },
    PageRow {
        address: SIGN_OUT_PATH,
        needs: Needs::Nothing,
        forms: &[FormRow { action: "", needs: Needs::Nothing, fields: &[("action", "sign_out")] }],
    },
    PageRow {
        address: THEME_PATH,
        needs: Needs::Nothing,
        forms: &[FormRow { action: "", needs: Needs::Nothing, fields: &[("theme", "dark")] }],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// What can stand for each name in braces.
    const NAMES: [(&str, &str); 6] = [
        ("{reset}", "89abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234567"),
        ("{token}", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
        ("{project}", "MONO"),
        ("{task}", "MONO-12"),
        ("{run}", "run_01hv3v6k3e0123456789abcdef"),
        ("{sandbox}", "sbx_01hv3v6k3e0123456789abcdef"),
    ];

    fn filled(address: &str) -> String {
        NAMES.iter().fold(address.to_owned(), |so, (name, value)| so.replace(name, value))
    }

    #[test]
    fn every_row_stands_at_its_pages_address() {
        for page in PAGES {
            let path = filled(page.address);
            assert!(!path.contains('{'), "{path}: give its names in NAMES");
            let route = Route::parse(&path).unwrap_or_else(|| panic!("{path} is no page"));
            assert_eq!(row(&route).address, page.address, "{path}");
            assert_eq!(route.path(), path);
        }
        for other in OTHER_FORMS {
            assert_eq!(Route::parse(other.address), None, "{} is a page", other.address);
        }
    }

    #[test]
    fn a_form_is_told_by_its_action() {
        for page in PAGES {
            let mut actions: Vec<_> = page.forms.iter().map(|form| form.action).collect();
            actions.sort_unstable();
            actions.dedup();
            assert_eq!(actions.len(), page.forms.len(), "{}", page.address);
            assert!(!page.takes(""), "{}", page.address);
        }
    }
}
