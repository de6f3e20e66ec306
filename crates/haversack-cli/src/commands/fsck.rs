use haversack::{Check, Problem, Repair};
use serde::Serialize;

use super::{machine, store, workspace};
use crate::Answer;
use crate::args::{FsckArgs, Global};
use crate::failure::Failure;
use crate::output::{BAD, GOOD, Output, count, paint};
use crate::progress::Bars;

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    check: Check,
    indexes: Vec<Repair>,
    ok: bool,
}

pub(crate) fn run(global: &Global, output: &Output, args: &FsckArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let store = store(&workspace)?;
    let check = store.check()?;
    let indexes = haversack::repair(&store, args.repair, &machine(), &Bars::new(output))?;
    let indexes_damaged = indexes.iter().any(|index| index.problem.is_some());
    let damaged = !check.problems.is_empty();
    let ok =
        check.problems.is_empty() && indexes.iter().all(|index| index.problem.is_none() || index.rebuilt);
    if output.json {
        output.value(&Report { check, indexes, ok })?;
    } else {
        output.data(&text(&check, &indexes))?;
        if !args.repair && indexes_damaged {
            output.note("indexes are caches: `haversack fsck --repair` rebuilds them from the objects");
        }
        if damaged {
            output.note("objects are written again from their sources by `haversack build --reread`");
        }
    }
    Ok(if ok { Answer::Done } else { Answer::No })
}

fn text(check: &Check, indexes: &[Repair]) -> String {
    let mut text = format!(
        "{}, {}, {} no version needs\n",
        count(check.versions, "whole version"),
        count(check.objects, "object"),
        check.orphans
    );
    for problem in &check.problems {
        let said = match problem {
            Problem::Version { context, version, error } => format!("{context} {}: {error}", version.short()),
            Problem::Line { context, error } => format!("{context}: {error}"),
        };
        text.push_str(&format!("  {} {said}\n", paint(BAD, "damaged")));
    }
    for index in indexes {
        match (&index.problem, index.rebuilt) {
            (None, _) => {}
            (Some(problem), true) => {
                text.push_str(&format!(
                    "  {} index of {}: {problem}\n",
                    paint(GOOD, "rebuilt"),
                    index.version.short()
                ));
            }
            (Some(problem), false) => {
                let why = index
                    .failure
                    .as_ref()
                    .map_or(String::new(), |failure| format!("; not rebuilt: {failure}"));
                let version = index.version.short();
                text.push_str(&format!("  {} index of {version}: {problem}{why}\n", paint(BAD, "damaged")));
            }
        }
    }
    let sound = indexes.iter().filter(|index| index.problem.is_none() || index.rebuilt).count();
    text.push_str(
        &format!("{} of {} sound\n", sound, count(indexes.len(), "index")).replace("indexs", "indexes"),
    );
    text
}
