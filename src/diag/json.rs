//! A diagnostic as machines read it.

use serde_json::{Value, json};

use super::{Diagnostic, Label, Severity};

/// Returns the diagnostic as a JSON object; places are `file`, `line` and `column`, from 1.
pub fn to_json(diagnostic: &Diagnostic) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({
        "severity": severity,
        "id": diagnostic.id,
        "what": diagnostic.what,
        "place": diagnostic.primary.as_ref().map(place),
        "also": diagnostic.others.iter().map(place).collect::<Vec<_>>(),
        "file": diagnostic.file,
        "notes": diagnostic.notes,
        "hint": diagnostic.hint,
    })
}

fn place(label: &Label) -> Value {
    let place = label.span.place();
    json!({ "file": place.file, "line": place.line, "column": place.column, "text": label.text })
}
