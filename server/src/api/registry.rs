//! Every endpoint: its name, its row and its handler. One without a row or a handler doesn't compile.

use super::endpoints::{
    agents, audit, audit_export, events, evidence, evidence_upload, invitations, keys, me,
    member_changes, members, project_changes, projects, run_log, runs, sandboxes, sessions,
    task_changes, task_list, tasks, tokens, validations, workspace_changes, workspaces,
};
use super::{ApiAnswer, ApiError, Call, Endpoint};

macro_rules! endpoints {
    ($($operation:ident: $row:path, $handler:path;)+) => {
        /// Something that the API does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each one's row tells what it does")]
        pub enum Operation {
            $($operation,)+
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$operation,)+];

            /// Its row of the table.
            #[must_use]
            pub fn endpoint(self) -> &'static Endpoint {
                match self {
                    $(Self::$operation => const { &$row },)+
                }
            }

            /// Carries a request out.
            pub(super) async fn carry_out(self, call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
                match self {
                    $(Self::$operation => Box::pin($handler(call)).await,)+
                }
            }
        }
    };
}

endpoints! {
    ReadMe: me::READ, me::read;
    ListMySessions: sessions::LIST, sessions::list;
    RevokeMySession: sessions::REVOKE, sessions::revoke;
    RevokeMyOtherSessions: sessions::REVOKE_OTHERS, sessions::revoke_others;
    CreateToken: tokens::CREATE, tokens::create;
    ListWorkspaces: workspaces::LIST, workspaces::list;
    ReadWorkspace: workspaces::READ, workspaces::read;
    CreateWorkspace: workspace_changes::CREATE, workspace_changes::create;
    ChangeWorkspace: workspace_changes::CHANGE, workspace_changes::change;
    ListMembers: members::LIST, members::list;
    ReadMember: members::READ, members::read;
    ChangeMember: member_changes::CHANGE, member_changes::change;
    RemoveMember: member_changes::REMOVE, member_changes::remove;
    OfferPasswordReset: member_changes::OFFER_RESET, member_changes::offer;
    ListInvitations: invitations::LIST, invitations::list;
    CreateInvitation: invitations::CREATE, invitations::create;
    ReadInvitation: invitations::READ, invitations::read;
    RevokeInvitation: invitations::REVOKE, invitations::revoke;
    ListProjects: projects::LIST, projects::list;
    CreateProject: projects::CREATE, projects::create;
    ReadProject: projects::READ, projects::read;
    SetGate: project_changes::SET_GATE, project_changes::set_gate;
    SetSource: project_changes::SET_SOURCE, project_changes::set_source;
    ListAgents: agents::LIST, agents::list;
    ListTasks: task_list::LIST, task_list::list;
    CreateTask: task_changes::CREATE, task_changes::create;
    ReadTask: tasks::READ, tasks::read;
    ChangeTask: task_changes::CHANGE, task_changes::change;
    MoveTask: task_changes::MOVE, task_changes::move_by_hand;
    ListRuns: runs::LIST, runs::list;
    StartRun: runs::START, runs::start;
    ReadRun: runs::READ, runs::read;
    CancelRun: runs::CANCEL, runs::cancel;
    ListValidations: validations::LIST, validations::list;
    ListValidationsOfTask: validations::LIST_OF_TASK, validations::list_of_task;
    ReadValidation: validations::READ, validations::read;
    Decide: validations::DECIDE, validations::decide;
    ListSandboxes: sandboxes::LIST, sandboxes::list;
    ReadSandbox: sandboxes::READ, sandboxes::read;
    ProvisionSandbox: sandboxes::PROVISION, sandboxes::provision;
    StopSandbox: sandboxes::STOP, sandboxes::stop;
    ReadSandboxMetrics: sandboxes::METRICS, sandboxes::metrics;
    ExecuteInSandbox: sandboxes::EXECUTE, sandboxes::execute;
    ReadExecution: sandboxes::READ_EXECUTION, sandboxes::read_execution;
    ReadRunLog: run_log::READ, run_log::read;
    ListEvidence: evidence::LIST, evidence::list;
    AddEvidence: evidence_upload::ADD, evidence_upload::add;
    ReadEvidence: evidence::READ, evidence::read;
    ReadEvidenceContent: evidence::CONTENT, evidence::content;
    ListEvents: events::LIST, events::list;
    ListKeys: keys::LIST, keys::list;
    ReadKey: keys::READ, keys::read;
    CreateKey: keys::CREATE, keys::create;
    RevokeKey: keys::REVOKE, keys::revoke;
    ListAudit: audit::LIST, audit::list;
    ExportAudit: audit_export::EXPORT, audit_export::export;
}
