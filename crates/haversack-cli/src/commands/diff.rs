use haversack::{Cause, Diff, DiffOptions, PackDiff, PassageChange};

use super::{scope, store, suggest, workspace};
use crate::Answer;
use crate::args::{DiffArgs, Global};
use crate::failure::Failure;
use crate::output::{BAD, FAINT, GOOD, Output, STRONG, WARN, one_line, paint, width};

pub(crate) fn run(global: &Global, output: &Output, args: &DiffArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let options = DiffOptions {
        queries: args.queries.clone(),
        budget: args.budget,
        principal: scope::principal(&args.scope),
        filter: scope::filter(&args.scope)?,
    };
    let store = store(&workspace)?;
    for address in [&args.a, &args.b] {
        store.resolve(address).map_err(|error| suggest(&workspace, address, error))?;
    }
    let diff = haversack::diff(&store, &args.a, &args.b, &options)?;
    if output.json {
        output.value(&diff)?
    } else {
        output.data(&text(&diff))?
    }
    Ok(Answer::Done)
}

/// A diff, for people.
pub(crate) fn text(diff: &Diff) -> String {
    let mut text = format!("{}\n", paint(STRONG, format!("{} -> {}", diff.a.short(), diff.b.short())));
    let sources = &diff.sources;
    text.push_str(&format!(
        "sources   +{} ~{} -{}\n",
        sources.added.len(),
        sources.changed.len(),
        sources.removed.len()
    ));
    sources.added.iter().for_each(|document| text.push_str(&format!("  {} {document}\n", paint(GOOD, "+"))));
    for change in &sources.changed {
        let what = change.what.join(", ");
        text.push_str(&format!("  {} {} {}\n", paint(WARN, "~"), change.document, paint(FAINT, what)));
    }
    sources.removed.iter().for_each(|document| text.push_str(&format!("  {} {document}\n", paint(BAD, "-"))));
    text.push_str(&format!("recipe    {}\n", if diff.recipe.is_empty() { "same" } else { "" }));
    for field in &diff.recipe {
        let show = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
        let (a, b) = (field.a.as_ref().map(ToString::to_string), field.b.as_ref().map(ToString::to_string));
        text.push_str(&format!("  {} {}: {} -> {}\n", paint(WARN, "~"), field.field, show(a), show(b)));
    }
    let chunks = &diff.chunks;
    text.push_str(&format!(
        "chunks    +{} -{}, {} moved, {} unchanged\n",
        chunks.added, chunks.removed, chunks.moved, chunks.unchanged
    ));
    diff.packs.iter().for_each(|pack| text.push_str(&pack_text(pack)));
    text
}

fn pack_text(pack: &PackDiff) -> String {
    let query = one_line(&pack.query, width().saturating_sub(12));
    let (before, after) = pack.tokens;
    if pack.same {
        return format!("pack      \"{query}\": same, {after} tokens\n");
    }
    let mut text = format!("pack      \"{query}\": {before} -> {after} tokens\n");
    let mut list = |sign: String, changes: &[PassageChange]| {
        for change in changes {
            let place = match (change.a, change.b) {
                (Some(a), Some(b)) => format!("[{a}] -> [{b}]"),
                (Some(at), None) | (None, Some(at)) => format!("[{at}]"),
                (None, None) => String::new(),
            };
            let why = paint(FAINT, because(&change.because));
            text.push_str(&format!("  {sign} {place} {} {why}\n", change.citation));
        }
    };
    list(paint(GOOD, "+"), &pack.entered);
    list(paint(BAD, "-"), &pack.left);
    list(paint(WARN, "~"), &pack.moved);
    text
}

fn because(cause: &Cause) -> String {
    match cause {
        Cause::DocumentAdded => "document added".to_owned(),
        Cause::DocumentRemoved => "document removed".to_owned(),
        Cause::DocumentChanged { what } => format!("document changed: {}", what.join(", ")),
        Cause::Recipe { fields, alone: true } => format!("because of {}", fields.join(", ")),
        Cause::Recipe { fields, alone: false } => format!("one of {}", fields.join(", ")),
        Cause::Displaced { documents } => {
            let names: Vec<String> = documents.iter().take(3).map(ToString::to_string).collect();
            let more = documents.len().saturating_sub(names.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("displaced by changes of {}{more}", names.join(", "))
        }
    }
}
