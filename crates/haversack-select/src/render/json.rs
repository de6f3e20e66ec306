use haversack_model::Passage;
use serde_json::Value;

use super::header;

/// One object on one line; members always in the same order.
pub(super) fn write(out: &mut String, number: usize, passage: &Passage) {
    out.push_str(&format!("{{\"n\":{number},\"citation\":{}", quote(&passage.citation)));
    if header::is_marked(passage) {
        out.push_str(",\"trust\":\"untrusted\"");
    }
    let breadcrumb = header::breadcrumb(passage);
    if !breadcrumb.is_empty() {
        out.push_str(&format!(",\"breadcrumb\":{}", quote(&breadcrumb)));
    }
    out.push_str(",\"text\":");
    out.push_str(&quote(&passage.text));
    out.push('}');
}

/// A JSON string.
pub(super) fn quote(text: &str) -> String {
    Value::from(text).to_string()
}
