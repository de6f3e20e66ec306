use haversack::{Action, Entry};
use serde::Serialize;

use super::{context_or_only, date, store, suggest, workspace};
use crate::Answer;
use crate::args::{Global, LogArgs};
use crate::failure::Failure;
use crate::output::{FAINT, GOOD, Output, STRONG, paint};

#[derive(Serialize)]
struct Logged<'l> {
    #[serde(flatten)]
    entry: &'l Entry,
    tags: Vec<&'l str>,
    /// Whether the version is not here: removed by `gc`, or never pulled.
    pruned: bool,
}

pub(crate) fn run(global: &Global, output: &Output, args: &LogArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let context = context_or_only(&workspace, args.context.as_deref())?;
    let line = store(&workspace)?.line(&context).map_err(|error| suggest(&workspace, &context, error))?;
    let tags = |entry: &Entry| {
        let named = line.tags.iter().filter(|(_, version)| **version == entry.version);
        named.map(|(tag, _)| tag.as_str()).collect::<Vec<_>>()
    };
    let newest = line.entries.iter().rev().take(args.limit.unwrap_or(usize::MAX));
    if output.json {
        let pruned = |entry: &Entry| line.pruned.contains(&entry.version);
        let logged = |entry| Logged { entry, tags: tags(entry), pruned: pruned(entry) };
        let entries: Vec<_> = newest.map(logged).collect();
        output.value(&entries)?;
        return Ok(Answer::Done);
    }
    for (back, entry) in newest.enumerate() {
        let action = match entry.action {
            Action::Build => "build",
            Action::Rollback => "rollback",
            Action::Pull => "pull",
        };
        let mut text = format!(
            "{} {} {action:<8} {}",
            paint(STRONG, entry.version.short()),
            date(entry.at),
            paint(FAINT, format!("{context}~{back}"))
        );
        for tag in tags(entry) {
            text.push_str(&format!(" {}", paint(GOOD, tag)));
        }
        if line.pruned.contains(&entry.version) {
            text.push_str(&format!(" {}", paint(FAINT, "(not here)")));
        }
        if !entry.message.is_empty() {
            text.push_str(&format!("  {}", entry.message));
        }
        output.data(&format!("{text}\n"))?;
    }
    Ok(Answer::Done)
}
