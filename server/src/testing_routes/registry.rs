//! The product's own list of its pages and forms, for tests that go through all of them.

use app::registry::{FormRow, Needs, OTHER_FORMS, PAGES, PageRow};
use serde_json::{Value, json};

use crate::api::{BASE, BodyKind, Operation};

/// Every page, every form with fields that would do something, and who may have each.
#[must_use]
pub fn forms() -> Value {
    let pages: Vec<_> = PAGES.iter().map(page).collect();
    let others: Vec<_> = OTHER_FORMS.iter().map(page).collect();
    json!({ "pages": pages, "others": others })
}

/// Every operation of the API.
#[must_use]
pub fn operations() -> Value {
    let each = |operation: &Operation| {
        let endpoint = operation.endpoint();
        json!({
            "id": endpoint.id,
            "method": endpoint.method.as_str(),
            "path": format!("{BASE}{}", endpoint.path),
            "permission": endpoint.permission(),
            "takes_json": matches!(endpoint.body, BodyKind::Json(_)),
            "success": endpoint.success,
        })
    };
    Operation::ALL.iter().map(each).collect()
}

fn page(row: &PageRow) -> Value {
    let forms: Vec<_> = row.forms.iter().map(form).collect();
    json!({ "address": row.address, "needs": needs(row.needs), "forms": forms })
}

fn form(row: &FormRow) -> Value {
    json!({ "action": row.action, "needs": needs(row.needs), "fields": row.fields })
}

/// The permission, and the least role that has it; nothing where nothing is needed.
fn needs(needs: Needs) -> Value {
    match needs {
        Needs::Nothing => Value::Null,
        Needs::Has(permission) => {
            json!({ "permission": permission, "role": permission.least_role() })
        }
    }
}
