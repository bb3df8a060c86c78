//! Events' names.

use super::EventBody;

impl EventBody {
    /// The event's name, as in its JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::InstallationSetUp { .. } => "installation_set_up",
            Self::WorkspaceCreated { .. } => "workspace_created",
            Self::MemberJoined { .. } => "member_joined",
            Self::WorkspaceRenamed { .. } => "workspace_renamed",
            Self::AllowedOriginsChanged { .. } => "allowed_origins_changed",
            Self::MemberInvited { .. } => "member_invited",
            Self::InvitationRevoked { .. } => "invitation_revoked",
            Self::MemberRoleChanged { .. } => "member_role_changed",
            Self::MemberRemoved { .. } => "member_removed",
            Self::PasswordResetOffered { .. } => "password_reset_offered",
            Self::ApiKeyCreated(_) => "api_key_created",
            Self::ApiKeyRevoked { .. } => "api_key_revoked",
            Self::AgentAdded { .. } => "agent_added",
            Self::ProjectCreated { .. } => "project_created",
            Self::SourceUploaded { .. } => "source_uploaded",
            Self::GateChanged { .. } => "gate_changed",
            Self::TaskCreated(_) => "task_created",
            Self::TaskEdited { .. } => "task_edited",
            Self::TaskMoved { .. } => "task_moved",
            Self::ValidationsOpened { .. } => "validations_opened",
            Self::ValidationDecided { .. } => "validation_decided",
            Self::ValidationsStaled { .. } => "validations_staled",
            Self::RunQueued(_) => "run_queued",
            Self::RunClaimed { .. } => "run_claimed",
            Self::RunStarted => "run_started",
            Self::RunCancelRequested => "run_cancel_requested",
            Self::EvidenceCaptured { .. } => "evidence_captured",
            Self::RunEnded { .. } => "run_ended",
            Self::LateReportRecorded { .. } => "late_report_recorded",
            Self::SandboxRequested(_) => "sandbox_requested",
            Self::SandboxMoved { .. } => "sandbox_moved",
            Self::CommandRequested(_) => "command_requested",
            Self::CommandStarted { .. } => "command_started",
            Self::CommandEnded { .. } => "command_ended",
        }
    }
}
