//! What keeps a sandbox apart from its host, where that is too little.

use domain::sandbox::Sandbox;
use domain::sandbox::protocol::Isolation;
use leptos::prelude::*;

use crate::text::sandboxes as words;
use crate::ui::{Notice, Tone};

/// Whether nothing keeps a sandbox apart from its host.
pub(super) fn is_unsafe(sandbox: &Sandbox) -> bool {
    sandbox.isolation == Some(Isolation::Unsafe)
}

/// A warning on everything that was made in a sandbox that nothing isolates; otherwise nothing.
#[component]
pub fn IsolationWarning(
    /// The sandbox, once there is one.
    sandbox: Option<Sandbox>,
) -> impl IntoView {
    sandbox.filter(is_unsafe).map(|_| {
        view! {
            <Notice
                tone=Tone::Attention
                title=words::NOT_ISOLATED
                advice=words::NOT_ISOLATED_ADVICE
            />
        }
    })
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::event::Head;
    use domain::ids::{ProjectId, RunId, SandboxId, TaskId, WorkspaceId};
    use domain::ports::Random;
    use domain::sandbox::{Purpose, SandboxRequested, SandboxSpec, SandboxState};

    use super::*;

    struct Zeros;

    impl Random for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    fn sandbox(isolation: Option<Isolation>) -> Sandbox {
        let now = Timestamp(0);
        Sandbox {
            request: SandboxRequested {
                id: SandboxId::generate(now, &Zeros),
                project: ProjectId::generate(now, &Zeros),
                purpose: Purpose::Run {
                    task: TaskId::generate(now, &Zeros),
                    run: RunId::generate(now, &Zeros),
                },
                spec: SandboxSpec::default(),
            },
            workspace: WorkspaceId::generate(now, &Zeros),
            state: SandboxState::Ready { since: now },
            isolation,
            executions: 0,
            executing: None,
            created_at: now,
            head: Head::start(),
        }
    }

    #[test]
    fn only_a_sandbox_that_nothing_isolates_is_warned_of() {
        let shown = |isolation| {
            let sandbox = Some(sandbox(isolation));
            view! { <IsolationWarning sandbox/> }.to_html()
        };
        assert!(shown(Some(Isolation::Unsafe)).contains("--unsafe-no-isolation"));
        assert!(!shown(Some(Isolation::Bubblewrap)).contains("isolat"));
        assert!(!shown(None).contains("isolat"), "an older runner doesn't say");
    }
}
