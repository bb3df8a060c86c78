//! The endpoints, by chapter: their rows of the table, the shapes of bodies and answers, the handlers.

pub mod agents;
pub mod audit;
pub mod audit_export;
pub mod events;
pub mod evidence;
pub mod evidence_upload;
pub mod invitations;
pub mod keys;
pub mod me;
pub mod member_changes;
pub mod members;
pub mod project_changes;
pub mod projects;
pub mod run_log;
pub mod runs;
pub mod sandboxes;
pub mod sessions;
pub mod task_changes;
pub mod task_list;
pub mod tasks;
pub mod tokens;
pub mod validations;
pub mod workspace_changes;
pub mod workspaces;
