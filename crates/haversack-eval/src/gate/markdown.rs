//! A summary for a pull request, in GitHub's Markdown.

use std::fmt::Write as _;

use super::judge::regressed;
use super::result::{GateCheck, GateResult};
use crate::html::finding::Finding;
use crate::html::writer::visible;
use crate::{Comparison, Pair};

/// Tasks that are listed for a check.
const MOST: usize = 50;

impl GateResult {
    /// A summary for a pull request: the result, a table of checks, and folded lists of the tasks behind those that failed
    /// and of regressions.
    ///
    /// Names that others chose stand in code spans, in which nothing is a mention, a link or markup.
    #[must_use]
    pub fn to_markdown(&self, comparison: Option<&Comparison>, pairs: &[Pair]) -> String {
        let mut text = String::new();
        let failed = self.failures().count();
        let _ = if self.passed {
            writeln!(text, "### ✅ Gate passed: {} checks\n", self.checks.len())
        } else {
            writeln!(text, "### ❌ Gate failed: {failed} of {} checks\n", self.checks.len())
        };
        if let Some(comparison) = comparison {
            let _ = writeln!(text, "{}\n", Finding::of(comparison).sentence(comparison));
        }
        text.push_str("| | check | is | wanted |\n| --- | --- | --: | --: |\n");
        // What failed first: a reader may stop there.
        let (passed, failures): (Vec<_>, Vec<_>) = self.checks.iter().partition(|check| check.passed);
        for check in failures.iter().chain(&passed) {
            let mark = if check.passed { "✅" } else { "❌" };
            let (name, is, wanted) = (in_cell(&check.name), check.actual_text(), check.wanted);
            let _ = writeln!(text, "| {mark} | {name} | {is} | {wanted} |");
        }
        failures.iter().for_each(|check| reasons(&mut text, check));
        let regressions = regressed(pairs);
        if !regressions.is_empty() && self.check("limit.regressions").is_none_or(|check| check.passed) {
            folded(&mut text, "Tasks that passed in A and fail in B", &regressions);
        }
        text
    }
}

fn reasons(text: &mut String, check: &GateCheck) {
    let _ = writeln!(text, "\n{}: {}", code(&check.name), code(&check.detail));
    if !check.tasks.is_empty() {
        folded(text, "Tasks that count against it", &check.tasks);
    }
}

fn folded(text: &mut String, name: &'static str, tasks: &[String]) {
    let _ = writeln!(text, "\n<details><summary>{name}: {}</summary>\n", tasks.len());
    for task in tasks.iter().take(MOST) {
        let _ = writeln!(text, "- {}", code(task));
    }
    if tasks.len() > MOST {
        let _ = writeln!(text, "- and {} more", tasks.len() - MOST);
    }
    text.push_str("\n</details>\n");
}

/// A code span of one line: its fence is longer than any run of backticks within, so nothing in it is markup.
fn code(text: &str) -> String {
    let cut: String = text.chars().take(300).collect();
    let line = visible(&cut.replace(['\n', '\r', '\t'], " "));
    let line = if line.trim().is_empty() { "(empty)".to_owned() } else { line };
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // Spaces keep a backtick at an end from being part of the fence; one on each side is not shown.
    let pad = if line.starts_with(['`', ' ']) || line.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// A code span in a cell of a table, where a bar would end the cell even within code, and a backslash before it would
/// undo its escape.
fn in_cell(text: &str) -> String {
    let mut cell = String::new();
    for c in code(text).chars() {
        if c == '|' {
            let slashes = cell.chars().rev().take_while(|c| *c == '\\').count();
            cell.push_str(&"\\".repeat(slashes + 1));
        }
        cell.push(c);
    }
    cell
}
