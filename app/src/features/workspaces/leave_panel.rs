//! Leaving a workspace.

use leptos::prelude::*;

use super::forms::LEAVE;
use crate::text::workspaces as words;
use crate::ui::{Button, ButtonKind, Form, Panel};

/// The form that leaves.
#[component]
pub fn LeavePanel(
    /// Why this person can't.
    because: Option<String>,
) -> impl IntoView {
    view! {
        <Panel id="leave" title=words::LEAVE_TITLE lead=words::LEAVE_LEAD>
            <Form action=LEAVE label=words::LEAVE_TITLE>
                <div class="form-actions">
                    <Button
                        label=words::LEAVE
                        kind=ButtonKind::Danger
                        disabled_because=because
                    />
                </div>
            </Form>
        </Panel>
    }
}
