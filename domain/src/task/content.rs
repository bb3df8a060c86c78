//! What people write into a task.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Field, Problem, Result};
use crate::ids::{AgentId, UserId};
use crate::sandbox::protocol::MAX_COMMAND_BYTES;
use crate::text;

/// Most steps of a task.
pub const MAX_STEPS: usize = 50;
/// Most artifact patterns of a task.
pub const MAX_ARTIFACTS: usize = 20;
/// Most labels of a task.
pub const MAX_LABELS: usize = 10;

/// How soon a task matters.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Not said.
    #[default]
    None,
    /// Some day.
    Low,
    /// In turn.
    Medium,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

impl Priority {
    /// Every priority, least first.
    pub const ALL: [Self; 5] = [Self::None, Self::Low, Self::Medium, Self::High, Self::Urgent];

    /// The word stored, and used in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// The priority of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.as_str() == word)
    }
}

/// One command of a script task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// A shell command, may have several lines.
    pub command: String,
}

/// A task's content, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskContent {
    /// One line.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// How soon it matters.
    pub priority: Priority,
    /// Short words to find it by.
    pub labels: Vec<String>,
    /// The agent that would run it.
    pub agent: Option<AgentId>,
    /// What the `script` agent runs.
    pub steps: Vec<Step>,
    /// Which files of the work directory are kept, as glob patterns.
    pub artifacts: Vec<String>,
    /// Who last changed the steps: a producer of what they make.
    pub steps_author: UserId,
}

/// A task's content as typed into a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TaskDraft {
    /// One line.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// A word of [`Priority`]; empty is `none`.
    pub priority: String,
    /// Separated by commas.
    pub labels: String,
    /// An agent's id; empty is none.
    pub agent: String,
    /// One command a line; a line that ends in `\` goes on in the next, as in the shell.
    pub steps: String,
    /// One pattern a line.
    pub artifacts: String,
}

impl TaskDraft {
    /// The content that the draft stands for, its steps by `author` unless they are those of
    /// `before`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the first field that isn't acceptable.
    pub fn check(&self, author: UserId, before: Option<&TaskContent>) -> Result<TaskContent> {
        let steps = parse_steps(&self.steps)?;
        let steps_author = match before {
            Some(before) if before.steps == steps => before.steps_author,
            _ => author,
        };
        Ok(TaskContent {
            title: text::line(Field::Title, &self.title, 1, 200)?,
            description: text::block(Field::Description, &self.description, 20_000)?,
            priority: parse_priority(&self.priority)?,
            labels: parse_labels(&self.labels)?,
            agent: parse_agent(&self.agent)?,
            steps,
            artifacts: parse_artifacts(&self.artifacts)?,
            steps_author,
        })
    }

    /// The draft that a form shows for existing content.
    pub fn of(content: &TaskContent) -> Self {
        let steps: Vec<_> = content.steps.iter().map(|step| step.command.as_str()).collect();
        Self {
            title: content.title.clone(),
            description: content.description.clone(),
            priority: content.priority.as_str().to_owned(),
            labels: content.labels.join(", "),
            agent: content.agent.map(|id| id.to_string()).unwrap_or_default(),
            steps: steps.join("\n"),
            artifacts: content.artifacts.join("\n"),
        }
    }
}

fn parse_priority(raw: &str) -> Result<Priority> {
    if raw.is_empty() {
        return Ok(Priority::None);
    }
    Priority::parse(raw).ok_or(Error::invalid(Field::Priority, Problem::Malformed))
}

fn parse_agent(raw: &str) -> Result<Option<AgentId>> {
    if raw.is_empty() {
        return Ok(None);
    }
    raw.parse().map(Some).map_err(|_| Error::invalid(Field::Agent, Problem::Malformed))
}

fn parse_labels(raw: &str) -> Result<Vec<String>> {
    let mut labels: Vec<String> = vec![];
    for part in raw.split(',').filter(|part| !part.trim().is_empty()) {
        let label = text::line(Field::Labels, part, 1, 30)?;
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    if labels.len() > MAX_LABELS {
        return Err(Error::invalid(Field::Labels, Problem::TooMany { max: MAX_LABELS }));
    }
    Ok(labels)
}

fn parse_steps(raw: &str) -> Result<Vec<Step>> {
    let script = text::block(Field::Steps, raw, 20_000)?;
    let mut steps = vec![];
    let mut command = String::new();
    for line in script.lines() {
        command.push_str(line);
        if line.ends_with('\\') {
            command.push('\n');
            continue;
        }
        let whole = std::mem::take(&mut command);
        if !whole.trim().is_empty() {
            steps.push(Step { command: whole.trim().to_owned() });
        }
    }
    if !command.trim().is_empty() {
        steps.push(Step { command: command.trim().to_owned() });
    }
    // In bytes, as the sandbox's host counts them.
    if steps.iter().any(|step| step.command.len() > MAX_COMMAND_BYTES) {
        let max = MAX_COMMAND_BYTES as u64;
        return Err(Error::invalid(Field::Steps, Problem::TooLarge { max }));
    }
    if steps.len() > MAX_STEPS {
        return Err(Error::invalid(Field::Steps, Problem::TooMany { max: MAX_STEPS }));
    }
    Ok(steps)
}

fn parse_artifacts(raw: &str) -> Result<Vec<String>> {
    let mut patterns = vec![];
    for part in text::block(Field::Artifacts, raw, 4_000)?.lines() {
        let pattern = part.trim();
        if pattern.is_empty() {
            continue;
        }
        if !is_safe_pattern(pattern) {
            return Err(Error::invalid(Field::Artifacts, Problem::Malformed));
        }
        patterns.push(pattern.to_owned());
    }
    if patterns.len() > MAX_ARTIFACTS {
        return Err(Error::invalid(Field::Artifacts, Problem::TooMany { max: MAX_ARTIFACTS }));
    }
    Ok(patterns)
}

/// A glob pattern that stays below the work directory.
pub fn is_safe_pattern(pattern: &str) -> bool {
    !pattern.is_empty()
        && pattern.len() <= 200
        && !pattern.starts_with('/')
        && pattern.split('/').all(|part| part != "..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    fn author(seed: i64) -> UserId {
        struct Fixed;
        impl crate::ports::Random for Fixed {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(1);
            }
        }
        UserId::generate(Timestamp(seed), &Fixed)
    }

    #[test]
    fn steps_are_lines_and_a_backslash_continues_one() {
        let draft = TaskDraft {
            title: "T".to_owned(),
            steps: "echo a\n\nprintf x \\\n  y\n".to_owned(),
            ..TaskDraft::default()
        };
        let content = draft.check(author(1), None).unwrap();
        let commands: Vec<_> = content.steps.iter().map(|s| s.command.as_str()).collect();
        assert_eq!(commands, ["echo a", "printf x \\\n  y"]);
        let again = TaskDraft::of(&content).check(author(2), Some(&content)).unwrap();
        assert_eq!(again, content, "a form shown and sent back changes nothing");
    }

    #[test]
    fn whoever_changes_the_steps_is_their_author() {
        let draft =
            TaskDraft { title: "T".to_owned(), steps: "a".to_owned(), ..TaskDraft::default() };
        let first = draft.check(author(1), None).unwrap();
        let changed = TaskDraft { steps: "b".to_owned(), ..draft.clone() };
        assert_eq!(changed.check(author(2), Some(&first)).unwrap().steps_author, author(2));
        assert_eq!(draft.check(author(2), Some(&first)).unwrap().steps_author, author(1));
    }

    #[test]
    fn a_step_is_measured_in_bytes_as_its_host_measures_it() {
        let draft =
            |steps: String| TaskDraft { title: "T".to_owned(), steps, ..Default::default() };
        let max = MAX_COMMAND_BYTES as u64;
        let too_large = Err(Error::invalid(Field::Steps, Problem::TooLarge { max }));
        // 18,000 characters, which the form takes, and 72,000 bytes, which no host does.
        assert_eq!(draft("\u{1F980}".repeat(18_000)).check(author(1), None), too_large);
        assert!(draft("\u{1F980}".repeat(16_000)).check(author(1), None).is_ok());
    }

    #[test]
    fn patterns_that_leave_the_work_directory_are_refused() {
        for bad in ["/etc/passwd", "../x", "a/../../b"] {
            let draft = TaskDraft {
                title: "T".to_owned(),
                artifacts: bad.to_owned(),
                ..TaskDraft::default()
            };
            assert!(draft.check(author(1), None).is_err(), "{bad}");
        }
    }
}
