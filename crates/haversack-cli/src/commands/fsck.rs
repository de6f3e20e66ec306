use haversack::{Checked, Problem, Repair};

use super::{machine, store, workspace};
use crate::Answer;
use crate::args::{FsckArgs, Global};
use crate::failure::Failure;
use crate::output::{BAD, GOOD, Output, WARN, bytes, count, paint};
use crate::progress::Bars;

pub(crate) fn run(global: &Global, output: &Output, args: &FsckArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let checked = haversack::fsck(&store(&workspace)?, args.repair, &machine(), &Bars::new(output))?;
    if output.json {
        output.value(&checked)?;
    } else {
        output.data(&text(&checked))?;
        if !args.repair && !checked.ok {
            output.note("`haversack fsck --repair` rebuilds indexes and restores what has a whole copy");
        }
        if !checked.objects.problems.is_empty() {
            output.note("objects are written again from their sources by `haversack build --reread`");
        }
    }
    Ok(if checked.ok { Answer::Done } else { Answer::No })
}

fn text(checked: &Checked) -> String {
    let objects = &checked.objects;
    let mut text = String::new();
    for repair in &checked.restored {
        let latest = repair.latest.map_or("nothing".to_owned(), |version| version.short());
        text.push_str(&format!(
            "  {} {} as it was before its last change: {}, latest {latest}\n",
            paint(GOOD, "restored"),
            repair.context,
            count(repair.entries as u64, "step"),
        ));
        for lost in &repair.lost {
            text.push_str(&format!(
                "    {} {} stands in no log any more\n",
                paint(WARN, "stray"),
                lost.short()
            ));
        }
    }
    for pack in &checked.replaced.packs {
        text.push_str(&format!(
            "  {} pack {pack} by the objects in it that are whole\n",
            paint(GOOD, "replaced")
        ));
    }
    text.push_str(&format!(
        "{}, {} in {} ({}), {} no version needs\n",
        count(objects.versions as u64, "whole version"),
        count(objects.objects as u64, "object"),
        count(objects.packs as u64, "pack"),
        bytes(objects.bytes),
        objects.orphans
    ));
    if objects.pruned + objects.erased > 0 {
        text.push_str(&format!(
            "{} removed by gc, {} erased\n",
            count(objects.pruned as u64, "version"),
            count(objects.erased as u64, "document")
        ));
    }
    for problem in &objects.problems {
        text.push_str(&format!("  {} {}\n", paint(BAD, "damaged"), said(problem)));
    }
    for damage in &checked.beside {
        text.push_str(&format!("  {} {}: {}\n", paint(BAD, "damaged"), damage.file.display(), damage.error));
    }
    checked.indexes.iter().for_each(|index| text.push_str(&index_line(index)));
    let sound = checked.indexes.iter().filter(|index| index.problem.is_none() || index.rebuilt);
    let chunks = checked.indexes.iter().map(|index| index.chunks).max().unwrap_or(0);
    text.push_str(&format!(
        "{} of {} indexes sound; the largest holds {}, each with its text, postings and vector\n",
        sound.count(),
        checked.indexes.len(),
        count(chunks, "chunk")
    ));
    let recall = checked.indexes.iter().filter_map(|index| index.graph_recall).reduce(f32::min);
    if let Some(recall) = recall {
        text.push_str(&format!("graphs find {:.1} % of the 10 nearest of a sample\n", recall * 100.0));
    }
    if checked.unneeded_segments + checked.unneeded_indexes > 0 {
        text.push_str(&format!(
            "no version needs {} and the indexes of {} ({}); `haversack gc --apply` removes them\n",
            count(checked.unneeded_segments as u64, "segment"),
            count(checked.unneeded_indexes as u64, "version"),
            bytes(checked.unneeded_bytes)
        ));
    }
    text
}

fn said(problem: &Problem) -> String {
    match problem {
        Problem::Version { context, version, error } => format!("{context} {}: {error}", version.short()),
        Problem::Line { context, error, repairable } => {
            format!("{context}: {error}{}", if *repairable { " (--repair restores it)" } else { "" })
        }
        Problem::Pack { file, error } => format!("{}: {error}", file.display()),
        Problem::Object { file, object, error } => {
            format!("{}: object {}: {error}", file.display(), object.short())
        }
        Problem::Ledger { error } => error.clone(),
        Problem::Erasure { document, error } => format!("{document}: {error}"),
    }
}

fn index_line(index: &Repair) -> String {
    let version = index.version.short();
    match (&index.problem, index.rebuilt) {
        (None, _) => String::new(),
        (Some(problem), true) => format!("  {} index of {version}: {problem}\n", paint(GOOD, "rebuilt")),
        (Some(problem), false) => {
            let failure = index.failure.as_ref();
            let why = failure.map_or(String::new(), |failure| format!("; not rebuilt: {failure}"));
            format!("  {} index of {version}: {problem}{why}\n", paint(BAD, "damaged"))
        }
    }
}
