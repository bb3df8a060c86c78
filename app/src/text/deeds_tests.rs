//! What the log tells of each deed.

use domain::Timestamp;
use domain::account::Email;
use domain::audit::{AuditEntry, Proof};
use domain::context::RequestOrigin;

use super::*;

const OLGA: &str = "usr_01hv3v6k3e0123456789abcdef";
const LEE: &str = "usr_01hv3v6k3e0123456789abcdeg";

fn text(name: &str) -> Option<AuditName> {
    Some(AuditName::Text(name.to_owned()))
}

fn third_run() -> Option<AuditName> {
    Some(AuditName::Run(RunName { task: "MONO-12".to_owned(), attempt: 3 }))
}

/// Something that Olga did.
fn line(action: &str, target: Option<AuditName>, particulars: Option<Particulars>) -> AuditLine {
    AuditLine {
        entry: AuditEntry {
            id: "aud_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            workspace: "wsp_01hv3v6k3e0123456789abcdef".parse().unwrap(),
            at: Timestamp(1),
            actor: Actor::User(OLGA.parse().unwrap()),
            proof: Proof::Secret,
            action: action.to_owned(),
            target: LEE.to_owned(),
            outcome: Outcome::Done,
            detail: None,
            particulars,
            origin: RequestOrigin::default(),
        },
        by: text("Olga"),
        key: None,
        target,
    }
}

fn refusal(action: &str, target: &str, why: &str) -> AuditLine {
    let mut line = line(action, None, None);
    line.entry.target = target.to_owned();
    line.entry.outcome = Outcome::Refused;
    line.entry.detail = Some(why.to_owned());
    line
}

#[test]
fn a_deed_is_told_with_what_was_given() {
    let email = Email::parse("lee@example.com").ok();
    let role = Role::Member;
    let invited = Particulars::Invitation { role, email };
    let link = Particulars::Invitation { role: Role::Admin, email: None };
    let promoted = Particulars::Role { from: Role::Viewer, to: Role::Member };
    let name = Particulars::Name { name: "Space".to_owned() };
    let approved = Particulars::Decision { approved: true };
    let files = Particulars::Count { count: 2 };
    let none = Particulars::Count { count: 0 };
    let review = Particulars::Stage { to: TaskStage::Backlog };
    for (action, target, told, sentence) in [
        ("member_invited", None, Some(invited), "Olga invited lee@example.com as a member"),
        ("member_invited", None, Some(link), "Olga made a link that lets somebody in as an admin"),
        ("member_invited", None, None, "Olga invited somebody"),
        (
            "member_role_changed",
            text("Lee"),
            Some(promoted),
            "Olga changed Lee's role from viewer to member",
        ),
        ("member_removed", text("Lee"), None, "Olga removed Lee from the workspace"),
        ("workspace_renamed", None, Some(name), "Olga renamed the workspace to “Space”"),
        ("workspace_renamed", None, None, "Olga renamed the workspace to another name"),
        (
            "allowed_origins_changed",
            None,
            Some(none),
            "Olga let pages of no other site use the API",
        ),
        ("validation_decided", text("MONO-12"), Some(approved), "Olga approved MONO-12"),
        ("task_moved", text("MONO-12"), Some(review), "Olga moved MONO-12 to backlog"),
        ("run_queued", third_run(), None, "Olga started run 3 of MONO-12"),
        ("evidence_captured", third_run(), Some(files), "Olga added 2 files to run 3 of MONO-12"),
        ("api_key_revoked", text("CI"), None, "Olga revoked the key “CI”"),
    ] {
        assert_eq!(super::sentence(&line(action, target, told)), sentence);
    }
    let mut left = line("member_removed", text("Olga"), None);
    left.entry.target = OLGA.to_owned();
    assert_eq!(sentence(&left), "Olga left the workspace");
}

#[test]
fn whoever_did_it_has_a_name() {
    let mut by_run = line("evidence_captured", third_run(), None);
    by_run.by = third_run();
    assert_eq!(sentence(&by_run), "Run 3 of MONO-12 added files to run 3 of MONO-12");
    by_run.by = None;
    assert!(sentence(&by_run).starts_with("usr_"), "the id, for want of a name");
}

#[test]
fn a_refusal_says_what_was_missing() {
    let page = refusal(REQUEST_REFUSED, "GET /settings/audit", "read_audit");
    assert_eq!(sentence(&page), "Olga was refused GET /settings/audit");
    let lacked = "It takes the permission to read the audit log, which an admin has.";
    assert_eq!(reason(&page).as_deref(), Some(lacked));
    let program = refusal(REQUEST_REFUSED, "POST /api/v1/keys", "keys:write");
    let lacked = "The API key that was used lacks the scope keys:write.";
    assert_eq!(reason(&program).as_deref(), Some(lacked));
    let key = refusal(KEY_REFUSED, "CI", "revoked");
    assert_eq!(sentence(&key), "A request with the key “CI” of Olga was refused");
    assert_eq!(reason(&key).as_deref(), Some("The key was revoked."));
    let guess = refusal(domain::account::SIGN_IN_REFUSED, LEE, "wrong_credentials");
    assert_eq!(sentence(&guess), "Somebody failed to sign in as Olga");
    assert_eq!(reason(&line("task_created", None, None)), None);
}

/// What somebody does by a request, by the first event that it makes, or by the name of what makes none.
const DEEDS: [&str; 34] = [
    "installation_set_up",
    "workspace_created",
    "workspace_renamed",
    "allowed_origins_changed",
    "member_joined",
    "member_invited",
    "invitation_revoked",
    "member_role_changed",
    "member_removed",
    "password_reset_offered",
    "api_key_created",
    "api_key_revoked",
    "agent_added",
    "project_created",
    "source_uploaded",
    "gate_changed",
    "task_created",
    "task_edited",
    "task_moved",
    "validation_decided",
    "run_queued",
    "run_cancel_requested",
    "run_ended",
    "evidence_captured",
    "sandbox_requested",
    "sandbox_moved",
    "command_requested",
    domain::account::SIGNED_IN,
    domain::account::SIGNED_OUT,
    domain::account::PASSWORD_CHANGED,
    domain::account::PASSWORD_RESET,
    domain::account::PROFILE_RENAMED,
    domain::account::SESSION_REVOKED,
    domain::account::SESSIONS_REVOKED,
];

#[test]
fn no_deed_is_told_by_its_name() {
    for name in DEEDS {
        let sentence = sentence(&line(name, text("MONO-12"), None));
        assert!(!sentence.contains("did this"), "{sentence}");
    }
}
