use haversack_model::{Document, Media};
use serde_json::Value;

use crate::skip::SkipReason;

use super::build::Builder;
use super::decode::decode;
use super::title;

/// Longest output of a cell that is kept, in characters: the start says what it is.
const MAX_OUTPUT: usize = 1_000;

/// Reads a Jupyter notebook (nbformat 3 and 4) as Markdown with fenced code.
pub(super) fn read(builder: &Builder<'_>, bytes: Vec<u8>) -> Result<Document, SkipReason> {
    let damaged = |error: &str| SkipReason::Damaged { error: error.to_owned() };
    let decoded = decode(bytes)?;
    let notebook: Value = serde_json::from_str(&decoded.text).map_err(|error| damaged(&error.to_string()))?;
    let old = || notebook.pointer("/worksheets/0/cells");
    let cells = notebook.get("cells").or_else(old).and_then(Value::as_array);
    let cells = cells.ok_or_else(|| damaged("a notebook without cells"))?;
    let language = ["/metadata/language_info/name", "/metadata/kernelspec/language"]
        .into_iter()
        .find_map(|place| notebook.pointer(place)?.as_str())
        .unwrap_or("python");
    let mut text = String::new();
    for cell in cells {
        write_cell(cell, language, &mut text);
    }
    let mut facts = builder.facts();
    facts.note("code", language);
    let named = notebook.pointer("/metadata/title").and_then(Value::as_str).map(crate::inline::one_line);
    facts.title = named.filter(|title| !title.is_empty()).or_else(|| title::markdown(&text));
    builder.document(text, 0, Media::Markdown, facts)
}

fn write_cell(cell: &Value, language: &str, out: &mut String) {
    let source = joined(cell.get("source").or_else(|| cell.get("input")));
    match cell.get("cell_type").and_then(Value::as_str) {
        Some("code") => {
            fenced(&source, language, out);
            for output in cell.get("outputs").and_then(Value::as_array).into_iter().flatten() {
                fenced(&shortened(&output_text(output)), "text", out);
            }
        }
        Some("heading") => {
            let level = cell.get("level").and_then(Value::as_u64).unwrap_or(1).clamp(1, 6);
            paragraph(&format!("{} {}", "#".repeat(usize::try_from(level).unwrap_or(1)), source.trim()), out);
        }
        _ => paragraph(&source, out),
    }
}

/// The plain text of an output: what was printed, shown, or raised.
fn output_text(output: &Value) -> String {
    if let Some(name) = output.get("ename").and_then(Value::as_str) {
        return format!("{name}: {}", output.get("evalue").and_then(Value::as_str).unwrap_or(""));
    }
    joined(output.get("text").or_else(|| output.pointer("/data/text~1plain")))
}

/// Text that nbformat writes as a string or as a list of lines.
fn joined(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_OUTPUT) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

fn paragraph(text: &str, out: &mut String) {
    if !text.trim().is_empty() {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
}

fn fenced(text: &str, language: &str, out: &mut String) {
    if text.trim().is_empty() {
        return;
    }
    // A fence is longer than any run of backticks within it.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    paragraph(&format!("{fence}{language}\n{}\n{fence}", text.trim_end()), out);
}
