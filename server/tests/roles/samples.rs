//! A request for each operation of the API with which it does what it is for.

use server::api::Endpoint;

/// In which state is what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A task that may be started; its run and file are those of [`About::Reviewed`].
    Ready,
    /// A task that waits for a decision, with its run and a file.
    Reviewed,
    /// A task whose run is alive.
    Running,
}

/// A request. Names in braces stand for what the world has.
pub struct Sample {
    /// The operation's id.
    pub id: &'static str,
    pub about: About,
    pub query: &'static str,
    /// Empty for no body.
    pub media_type: &'static str,
    pub body: &'static str,
}

impl Sample {
    /// Whether the run that asks by its own token asks about itself.
    pub fn about_runs_own(&self) -> bool {
        self.about == About::Running || NOT_ABOUT_A_RUN.contains(&self.id)
    }

    /// Whether a key for another project has no such thing.
    pub fn names_a_project(&self, endpoint: &Endpoint) -> bool {
        const OF_A_PROJECT: [&str; 7] =
            ["{project}", "{task}", "{run}", "{sandbox}", "{evidence}", "{key}", "{validation}"];
        OF_A_PROJECT.iter().any(|name| endpoint.path.contains(name))
    }
}

/// What a run may ask that is about no run at all.
const NOT_ABOUT_A_RUN: [&str; 1] = ["read_me"];

const JSON: &str = "application/json";

/// A read of what is at rest.
const fn read(id: &'static str) -> Sample {
    Sample { id, about: About::Ready, query: "", media_type: "", body: "" }
}

/// A request with a JSON body.
const fn json(id: &'static str, about: About, body: &'static str) -> Sample {
    Sample { id, about, query: "", media_type: JSON, body }
}

/// A request without a body.
const fn bare(id: &'static str, about: About) -> Sample {
    Sample { id, about, query: "", media_type: "", body: "" }
}

/// One for each operation.
pub const SAMPLES: &[Sample] = &[
    read("read_me"),
    read("list_my_sessions"),
    bare("revoke_my_session", About::Ready),
    bare("revoke_my_other_sessions", About::Ready),
    read("list_workspaces"),
    read("read_workspace"),
    json("create_workspace", About::Ready, r#"{"name":"Made by a test"}"#),
    json("change_workspace", About::Ready, r#"{"name":"Changed by a test"}"#),
    read("list_members"),
    read("read_member"),
    json("change_member", About::Ready, r#"{"role":"member"}"#),
    bare("remove_member", About::Ready),
    bare("offer_password_reset", About::Ready),
    read("list_invitations"),
    json("create_invitation", About::Ready, r#"{"role":"viewer"}"#),
    read("read_invitation"),
    bare("revoke_invitation", About::Ready),
    read("create_token"),
    read("list_projects"),
    read("read_project"),
    json("create_project", About::Ready, r#"{"key":"{new_project}","name":"Made by a test"}"#),
    json("set_gate", About::Ready, r#"{"commands":["false"],"approval":true}"#),
    Sample {
        id: "set_source",
        about: About::Ready,
        query: "name=source.tar",
        media_type: "application/octet-stream",
        body: "{tar}",
    },
    read("list_agents"),
    read("list_tasks"),
    json("create_task", About::Ready, r#"{"title":"Made by a test","steps":["true"]}"#),
    bare("read_task", About::Running),
    json("change_task", About::Ready, r#"{"title":"Changed by a test"}"#),
    json("move_task", About::Ready, r#"{"to":"backlog"}"#),
    read("list_runs"),
    bare("start_run", About::Ready),
    read("read_run"),
    bare("cancel_run", About::Running),
    read("list_sandboxes"),
    read("read_sandbox"),
    json("provision_sandbox", About::Ready, r#"{"note":"To look around"}"#),
    Sample { id: "stop_sandbox", about: About::Running, query: "", media_type: "", body: "" },
    read("read_sandbox_metrics"),
    json("execute_in_sandbox", About::Ready, r#"{"command":"true"}"#),
    Sample { id: "read_execution", about: About::Reviewed, query: "", media_type: "", body: "" },
    read("list_validations"),
    Sample { id: "read_validation", about: About::Reviewed, query: "", media_type: "", body: "" },
    read("read_run_log"),
    read("list_evidence"),
    Sample {
        id: "add_evidence",
        about: About::Running,
        query: "",
        media_type: "multipart/form-data; boundary=X",
        body: "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\na\r\n\
               --X--\r\n",
    },
    read("read_evidence"),
    read("read_evidence_content"),
    read("list_events"),
    read("list_validations_of_task"),
    read("list_keys"),
    read("read_key"),
    json(
        "create_key",
        About::Ready,
        r#"{"name":"Made by a test","scopes":["keys:write"],"expires":"30","project":"{beside}"}"#,
    ),
    bare("revoke_key", About::Ready),
    read("list_audit"),
    read("export_audit"),
    json("decide", About::Reviewed, r#"{"decision":"approve"}"#),
];
