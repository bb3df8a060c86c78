//! Why something wasn't done, and what to do about it.

use domain::error::{Error, Field, Problem, Refusal};

use super::permissions::{permission, scope};
use super::{amounts, states};

/// What happened, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What happened, in a few words.
    pub title: String,
    /// What to do.
    pub advice: String,
}

impl Message {
    fn new(title: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { title: title.into(), advice: advice.into() }
    }
}

/// Why a request wasn't carried out.
#[must_use]
pub fn error(error: &Error) -> Message {
    match error {
        Error::SignedOut => {
            Message::new("Nothing was changed yet", "Sign in in another tab, then send this again.")
        }
        Error::Forbidden { missing } => Message::new("You may not do this", permission(*missing)),
        Error::OutOfScope { missing } => Message::new("The key may not do this", scope(*missing)),
        Error::NotFound => Message::new(
            "There is nothing here",
            "It may be gone, or it may not be shared with you. Nothing was changed.",
        ),
        Error::Conflict { .. } => Message::new(
            "Someone changed this first",
            "Nothing was overwritten. Your text is still here: compare it with what is there now, \
             then save again.",
        ),
        Error::Invalid { field, problem: found } => {
            Message::new("Something needs another look", problem(field, found))
        }
        Error::Refused(reason) => Message::new("That isn't possible right now", refusal(reason)),
        Error::TooMany { retry_after_s } => Message::new(
            "Too many attempts",
            format!(
                "To keep guessers out, we paused this. Try again in {}.",
                amounts::wait(*retry_after_s)
            ),
        ),
        Error::Unavailable => Message::new(
            "A part of MonoTask isn't answering",
            "What you typed is kept. Send it again in a few seconds: it counts once, even if it was \
             saved already.",
        ),
        Error::Internal => Message::new(
            "Something broke on our side",
            "Nothing you typed caused this, and it is kept. Try again; if it stays, report the \
             request id below.",
        ),
    }
}

/// Why a form wasn't accepted. After a conflict it depends on the form what became of what was typed.
#[must_use]
pub fn form_error(action: &str, why: &Error) -> Message {
    let Error::Conflict { .. } = why else {
        return error(why);
    };
    match action {
        "edit" | "edit_gate" => error(why),
        "reject" => Message::new(
            "Someone changed this task first",
            "It wasn't sent back, and your reason is kept below. Look at what changed, then send \
             it once more if it still holds.",
        ),
        "set_source" => Message::new(
            "Someone changed these settings first",
            "The source wasn't replaced. Look at what is there now, then choose your file once \
             more and upload it.",
        ),
        _ => Message::new(
            "Someone changed this first",
            "Nothing was done. The page shows how it stands now: look again, then decide.",
        ),
    }
}

/// What is wrong with a field; stands beside it.
#[must_use]
pub fn problem(field: &Field, problem: &Problem) -> String {
    match (field, problem) {
        (Field::Gate, Problem::Empty) => {
            "A gate needs at least one requirement; otherwise any result would count as proven. \
             Add a command, a test report or the approval."
                .to_owned()
        }
        (Field::Source, Problem::Empty) => {
            "Choose a file first: a git bundle or a tar archive.".to_owned()
        }
        (Field::Reason, Problem::Empty) => {
            "Say what should change: the reason is what the next attempt starts from.".to_owned()
        }
        (Field::Scopes, Problem::Empty) => {
            "Choose at least one: a key that may do nothing is of no use.".to_owned()
        }
        (_, Problem::Empty) => "This can't be empty.".to_owned(),
        (_, Problem::TooShort { min }) => format!("Use at least {min} characters."),
        (_, Problem::TooLong { max }) => {
            format!("This is too long: use at most {} characters.", amounts::count(*max as u64))
        }
        (Field::Labels, Problem::TooMany { max }) => format!("Use at most {max} labels."),
        (Field::File, Problem::TooMany { max }) => {
            format!("This is too many: at most {max} files.")
        }
        (_, Problem::TooMany { max }) => format!("Use at most {max} lines."),
        (_, Problem::ControlCharacters) => {
            "This holds invisible or control characters. Type it by hand or paste it as plain text."
                .to_owned()
        }
        (field, Problem::Malformed) => malformed(*field).to_owned(),
        (Field::ProjectKey, Problem::Taken) => {
            "Another project has this key. Choose a different one.".to_owned()
        }
        (Field::File, Problem::Taken) => {
            "The run has another file of this name. Kept files never change: choose another name."
                .to_owned()
        }
        (_, Problem::Taken) => "This is taken. Choose another.".to_owned(),
        (Field::SetupToken, Problem::WrongCredentials) => {
            "That isn't this installation's setup token. Whoever deployed it set it as SETUP_TOKEN."
                .to_owned()
        }
        (Field::PresentPassword, Problem::WrongCredentials) => {
            "This isn't your present password.".to_owned()
        }
        (_, Problem::WrongCredentials) => {
            "The email address and the password don't belong together.".to_owned()
        }
        (Field::Steps, Problem::TooLarge { max }) => {
            format!("One step is too long: a command has at most {}.", amounts::bytes(*max))
        }
        (_, Problem::TooLarge { max }) => {
            format!("This is too large: at most {} are kept.", amounts::bytes(*max))
        }
        (Field::Timeout | Field::TimeToLive, Problem::OutOfRange { min, max }) => {
            let (least, most) = (amounts::duration_ms(*min), amounts::duration_ms(*max));
            format!("Choose from {least} to {most}.")
        }
        (_, Problem::OutOfRange { min, max }) => format!("Choose from {min} to {max}."),
        (_, Problem::KeyReused) => {
            "This form was sent before with other content. What you see has not been saved; send it \
             again to save it as something new."
                .to_owned()
        }
        (_, Problem::NotAnArchive) => {
            "This is neither a git bundle nor a tar archive. Make one with the command below."
                .to_owned()
        }
        (_, Problem::WrongDigest) => {
            "The bytes that came aren't those that were announced. Nothing was kept: send them again."
                .to_owned()
        }
    }
}

const fn malformed(field: Field) -> &'static str {
    match field {
        Field::Email => "This isn't an email address. It looks like name@example.org.",
        Field::ProjectKey => "Use 2 to 8 letters and digits, a letter first: MONO.",
        Field::RepositoryUrl => "Use a whole address that starts with https://.",
        Field::Artifacts | Field::Gate => {
            "One of these patterns leaves the work directory. Use relative paths without '..', \
             such as reports/**/*.xml."
        }
        Field::File => "Use a relative path without '..' as the file's name.",
        Field::Agent => "Choose one of the agents in the list.",
        Field::Role => "Choose one of the roles in the list.",
        Field::AllowedOrigins => {
            "One of these isn't an origin. It looks like https://app.example.org, with nothing \
             behind the host but a port; names outside ASCII begin with xn--."
        }
        Field::Scopes | Field::Expiry => "Choose among what is offered.",
        Field::Project => "Choose one of the projects in the list.",
        Field::Priority => "Choose one of the priorities in the list.",
        _ => "This doesn't have the form that is needed.",
    }
}

/// Why an action isn't possible now. Stands beside the disabled button, and answers the request.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::MissingPermission(missing) => permission(*missing),
        Refusal::MissingScope(missing) => scope(*missing),
        Refusal::WrongTaskStage { stage } => super::wrong_stage::wrong_stage(*stage),
        Refusal::RunEnded { state } => {
            format!("The run has ended already: {}.", states::run(state).label.to_lowercase())
        }
        Refusal::LeaseLost => {
            "Another worker has this run now, or its lease expired. Nothing was changed.".to_owned()
        }
        Refusal::AlreadyStopping => {
            "It is being stopped already, and ends within seconds.".to_owned()
        }
        Refusal::SandboxEnded
        | Refusal::SandboxOfRun
        | Refusal::NoSandboxSlot { .. }
        | Refusal::CommandUnfinished
        | Refusal::NoCommandsLeft { .. } => super::sandboxes::refusal(refusal),
        Refusal::NoAgent => "Choose an agent first: edit the task.".to_owned(),
        Refusal::NoSteps => {
            "The script agent needs at least one step to run: edit the task.".to_owned()
        }
        Refusal::NoSource => {
            "The project has no source to work on yet: upload one in its settings.".to_owned()
        }
        Refusal::ProducerCannotApprove => {
            "You wrote the steps or started the run. Someone who didn't has to approve it."
                .to_owned()
        }
        Refusal::GateChanged => {
            "The gate changed after this revision was judged. Send it back, then run the task again."
                .to_owned()
        }
        Refusal::RequirementNotMet { count } => requirements_not_met(*count),
        Refusal::NothingToDecide => {
            "Nothing waits for a decision here. It may have been decided already.".to_owned()
        }
        Refusal::KeyNeeded => "Only a program that shows its key can do this.".to_owned(),
        Refusal::AlreadySetUp => {
            "This installation has been set up already. Sign in instead.".to_owned()
        }
        Refusal::EvidenceSettled { stage } => format!(
            "The run has ended and nothing waits for a decision on it: its task is {}. Files are \
             added while a run is under way or waits for a decision.",
            states::stage(*stage).label.to_lowercase()
        ),
        Refusal::OnlyInBrowser
        | Refusal::TooManyKeys { .. }
        | Refusal::ConfinedToProject
        | Refusal::OwnReset
        | Refusal::HigherRole
        | Refusal::InOtherWorkspaces
        | Refusal::LinkVoid => account_refusal(refusal).to_owned(),
        about_people => refusal_about_people(about_people),
    }
}

/// Why something about people and workspaces isn't possible.
fn refusal_about_people(refusal: &Refusal) -> String {
    match refusal {
        Refusal::LastOwner => {
            "A workspace needs an owner. Make somebody else an owner first.".to_owned()
        }
        Refusal::AboveOwnRole => {
            "Only someone whose role is as high can do this: nobody gives or takes what they don't \
             have themselves."
                .to_owned()
        }
        Refusal::LinkOver => {
            "This link doesn't let anybody in. It may have been used, taken back, or be too old. Ask \
             whoever sent it for a new one."
                .to_owned()
        }
        Refusal::OtherAddress | Refusal::AlreadyMember | Refusal::NoWorkspace => {
            joining_refusal(refusal).to_owned()
        }
        Refusal::OtherWorkspace => {
            "This page belongs to another workspace than the one you have open now. Nothing was \
             changed. Switch back to it first, then send this there."
                .to_owned()
        }
        Refusal::TooManyInvitations { max } => {
            format!("{max} invitations wait to be accepted. Revoke some that aren't needed first.")
        }
        Refusal::TooManyWorkspaces { max } => {
            format!("Nobody can be in more than {max} workspaces. Leave one that you don't need.")
        }
        _ => "The rules don't allow this now.".to_owned(),
    }
}

/// Why somebody can't come in.
const fn joining_refusal(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::OtherAddress => {
            "This invitation was made for another email address. Join with that one, or ask for a \
             new link."
        }
        Refusal::AlreadyMember => "This person is a member already.",
        _ => {
            "Your password is right, but you aren't a member of any workspace. Ask for an invitation; \
             its link lets you join with this account."
        }
    }
}

fn requirements_not_met(count: usize) -> String {
    if count == 1 {
        "One requirement of the gate isn't met. Send it back, then run it again.".to_owned()
    } else {
        format!("{count} requirements of the gate aren't met. Send it back, then run it again.")
    }
}

/// Why something isn't possible with an account or a key.
const fn account_refusal(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::OnlyInBrowser => {
            "Only a person who is signed in with a browser can do this; API keys can't."
        }
        Refusal::TooManyKeys { .. } => {
            "You have as many live keys as one person may. Revoke one that you don't need any more."
        }
        Refusal::ConfinedToProject => {
            "The API key is for one project and can only make keys for that project."
        }
        Refusal::OwnReset => {
            "Change your own password on your profile: for that you need the present one."
        }
        Refusal::HigherRole => {
            "Their role is higher than yours. Ask somebody whose role is at least theirs."
        }
        Refusal::InOtherWorkspaces => {
            "They belong to other workspaces too, which the link would open. Whoever runs this \
             installation can help them."
        }
        _ => {
            "This link was used already, was replaced by a newer one, or is more than a day old. \
             Ask for a new one."
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::task::TaskStage;

    use super::*;

    #[test]
    fn every_refusal_is_a_sentence() {
        for stage in TaskStage::ALL {
            assert!(refusal(&Refusal::WrongTaskStage { stage }).ends_with('.'));
        }
        assert!(refusal(&Refusal::RequirementNotMet { count: 2 }).starts_with("2 "));
    }

    #[test]
    fn a_wait_is_told_in_plain_words() {
        let message = error(&Error::TooMany { retry_after_s: 840 });
        assert!(message.advice.contains("14 minutes"), "{}", message.advice);
    }
}
