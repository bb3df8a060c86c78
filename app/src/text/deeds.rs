//! What an entry of the audit log tells, as a sentence: who did what to what.

use domain::actor::{Actor, Role};
use domain::audit::{
    AuditLine, AuditName, KEY_REFUSED, Missing, Outcome, Particulars, REQUEST_REFUSED, RunName,
};
use domain::task::TaskStage;

use super::amounts::counted;
use super::permissions::{lacking, scope};
use super::states;

/// What MonoTask calls a run: by its number and its task.
#[must_use]
pub fn run(name: &RunName) -> String {
    format!("run {} of {}", name.attempt, name.task)
}

/// Who did it, as a sentence begins.
#[must_use]
pub fn who(line: &AuditLine) -> String {
    match &line.by {
        Some(AuditName::Text(name)) => name.clone(),
        Some(AuditName::Run(name)) => {
            let name = run(name);
            let mut letters = name.chars();
            letters.next().map_or_else(String::new, |first| {
                format!("{}{}", first.to_uppercase(), letters.as_str())
            })
        }
        None => match line.entry.actor {
            Actor::User(user) => user.to_string(),
            Actor::Run(run) => run.to_string(),
            Actor::System => "MonoTask".to_owned(),
        },
    }
}

/// What it was done to; its id where nothing better is known.
#[must_use]
pub fn target(line: &AuditLine) -> String {
    match &line.target {
        Some(AuditName::Text(name)) => name.clone(),
        Some(AuditName::Run(name)) => run(name),
        None => line.entry.target.clone(),
    }
}

/// Who did what to what.
#[must_use]
pub fn sentence(line: &AuditLine) -> String {
    let who = who(line);
    if line.entry.outcome == Outcome::Refused {
        return refused(line, &who);
    }
    format!("{who} {}", deed(line))
}

fn refused(line: &AuditLine, who: &str) -> String {
    let target = target(line);
    match line.entry.action.as_str() {
        domain::account::SIGN_IN_REFUSED => format!("Somebody failed to sign in as {who}"),
        KEY_REFUSED => format!("A request with the key {} of {who} was refused", quoted(&target)),
        REQUEST_REFUSED => format!("{who} was refused {target}"),
        other => format!("{who} was refused: {} {target}", spaced(other)),
    }
}

/// Why it was refused, in words; nothing for what was done.
#[must_use]
pub fn reason(line: &AuditLine) -> Option<String> {
    if line.entry.outcome == Outcome::Done {
        return None;
    }
    let why = line.entry.detail.as_deref()?;
    Some(match (Missing::parse(why), why) {
        (Some(Missing::Permission(permission)), _) => lacking(permission),
        (Some(Missing::Scope(lacked)), _) => scope(lacked),
        (None, "revoked") => "The key was revoked.".to_owned(),
        (None, "expired") => "The key's time was over.".to_owned(),
        (None, "ownerless") => "The key's owner had left the workspace.".to_owned(),
        (None, "wrong_credentials") => "The password was wrong.".to_owned(),
        (None, "forbidden") => "A permission was missing.".to_owned(),
        (None, other) => format!("{}.", spaced(other)),
    })
}

/// What was done, as it goes on after who did it.
fn deed(line: &AuditLine) -> String {
    let target = target(line);
    match line.entry.action.as_str() {
        "signed_in" => "signed in".to_owned(),
        "signed_out" => "signed out".to_owned(),
        "password_changed" => "changed their password".to_owned(),
        "password_reset" => "chose a new password by a reset link".to_owned(),
        "profile_renamed" => "changed their name".to_owned(),
        "session_revoked" => "signed out one of their browsers".to_owned(),
        "other_sessions_revoked" => "signed out all their other browsers".to_owned(),
        "installation_set_up" => "set up this installation".to_owned(),
        "api_key_created" => format!("made the key {}", quoted(&target)),
        "api_key_revoked" => format!("revoked the key {}", quoted(&target)),
        "password_reset_offered" => format!("offered {target} a link that resets their password"),
        "agent_added" => format!("added the agent {}", named(line).unwrap_or_default()),
        "workspace_created" => format!("founded the workspace {}", named(line).unwrap_or_default()),
        "workspace_renamed" => format!("renamed the workspace to {}", or_another_name(line)),
        "allowed_origins_changed" => origins(line),
        "member_invited" => invited(line),
        "invitation_revoked" => invitation_revoked(line),
        "member_joined" => joined(line, &target),
        "member_role_changed" => role_changed(line, &target),
        "member_removed" if is_oneself(line) => "left the workspace".to_owned(),
        "member_removed" => format!("removed {target} from the workspace"),
        "project_created" => format!("created the project {target}"),
        "source_uploaded" => format!("replaced the source of {target}"),
        "gate_changed" => format!("changed the gate of {target}"),
        other => work(other, line, &target),
    }
}

/// What was done to tasks, runs and sandboxes.
fn work(action: &str, line: &AuditLine, target: &str) -> String {
    match action {
        "task_created" => format!("wrote {target}"),
        "task_edited" => format!("edited {target}"),
        "task_moved" => moved(line, target),
        "validation_decided" => match &line.entry.particulars {
            Some(Particulars::Decision { approved: true }) => format!("approved {target}"),
            Some(Particulars::Decision { approved: false }) => format!("sent {target} back"),
            _ => format!("decided on {target}"),
        },
        "run_queued" => format!("started {target}"),
        "run_cancel_requested" => format!("asked to stop {target}"),
        "run_ended" => format!("stopped {target}"),
        "evidence_captured" => match count(line) {
            Some(count) => format!("added {} to {target}", counted(count, "file", "files")),
            None => format!("added files to {target}"),
        },
        "sandbox_requested" => format!("asked for the sandbox {target}"),
        "sandbox_moved" => format!("stopped the sandbox {target}"),
        "command_requested" => format!("gave the sandbox {target} a command"),
        other => format!("did this: {} · {target}", spaced(other)),
    }
}

fn moved(line: &AuditLine, target: &str) -> String {
    let Some(Particulars::Stage { to }) = &line.entry.particulars else {
        return format!("moved {target}");
    };
    match to {
        TaskStage::Done => format!("accepted {target}"),
        TaskStage::ChangesRequested => format!("sent {target} back"),
        TaskStage::Cancelled => format!("gave up {target}"),
        other => format!("moved {target} to {}", states::stage(*other).label.to_lowercase()),
    }
}

fn invited(line: &AuditLine) -> String {
    match &line.entry.particulars {
        Some(Particulars::Invitation { role, email: Some(email) }) => {
            format!("invited {} as {}", email.as_str(), a_role(*role))
        }
        Some(Particulars::Invitation { role, email: None }) => {
            format!("made a link that lets somebody in as {}", a_role(*role))
        }
        _ => "invited somebody".to_owned(),
    }
}

fn invitation_revoked(line: &AuditLine) -> String {
    match &line.target {
        Some(AuditName::Text(email)) => format!("took back the invitation of {email}"),
        _ => "took back an invitation".to_owned(),
    }
}

fn joined(line: &AuditLine, target: &str) -> String {
    let role = match &line.entry.particulars {
        Some(Particulars::Joining { role }) => format!(" as {}", a_role(*role)),
        _ => String::new(),
    };
    if is_oneself(line) {
        format!("joined the workspace{role}")
    } else {
        format!("added {target} to the workspace{role}")
    }
}

fn role_changed(line: &AuditLine, target: &str) -> String {
    let whose =
        if is_oneself(line) { "their own role".to_owned() } else { format!("{target}'s role") };
    match &line.entry.particulars {
        Some(Particulars::Role { from, to }) => {
            format!("changed {whose} from {} to {}", from.as_str(), to.as_str())
        }
        _ => format!("changed {whose}"),
    }
}

fn origins(line: &AuditLine) -> String {
    match count(line) {
        Some(0) => "let pages of no other site use the API".to_owned(),
        Some(count) => {
            format!("let pages of {} use the API", counted(count, "other site", "other sites"))
        }
        None => "changed which other sites may use the API".to_owned(),
    }
}

fn or_another_name(line: &AuditLine) -> String {
    named(line).unwrap_or_else(|| "another name".to_owned())
}

/// What something was called by the deed.
fn named(line: &AuditLine) -> Option<String> {
    match &line.entry.particulars {
        Some(Particulars::Name { name }) => Some(quoted(name)),
        _ => None,
    }
}

fn count(line: &AuditLine) -> Option<u64> {
    match line.entry.particulars {
        Some(Particulars::Count { count }) => u64::try_from(count).ok(),
        _ => None,
    }
}

fn is_oneself(line: &AuditLine) -> bool {
    matches!(line.entry.actor, Actor::User(user) if user.to_string() == line.entry.target)
}

fn a_role(role: Role) -> &'static str {
    match role {
        Role::Viewer => "a viewer",
        Role::Member => "a member",
        Role::Admin => "an admin",
        Role::Owner => "an owner",
    }
}

fn quoted(name: &str) -> String {
    format!("“{name}”")
}

/// A name of the log's own, for want of words.
fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
#[path = "deeds_tests.rs"]
mod tests;
