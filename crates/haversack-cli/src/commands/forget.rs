use haversack::Forgotten;

use super::{now, store, workspace};
use crate::Answer;
use crate::args::{ForgetArgs, Global};
use crate::failure::Failure;
use crate::output::{Output, STRONG, count, paint};
use crate::progress::Bars;

pub(crate) fn run(global: &Global, output: &Output, args: &ForgetArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let store = store(&workspace)?;
    let document = args.document.parse().map_err(|error: haversack::InvalidDocumentId| {
        Failure::usage(error.to_string(), "ids of documents: haversack show CONTEXT --documents")
    })?;
    if !args.yes {
        let versions = haversack::versions_with(&store, &document)?;
        if output.json {
            output
                .value(&serde_json::json!({"document": document, "versions": versions, "erased": false}))?;
        } else {
            output.data(&format!(
                "{document} stands in {}; nothing was erased\n",
                count(versions.len() as u64, "version")
            ))?;
            output.note("erasing cannot be undone; `--yes` does it");
        }
        return Ok(if versions.is_empty() { Answer::No } else { Answer::Done });
    }
    // Before the document is gone from the versions that it is looked for in; again afterwards it is found there as erased.
    let quoting = haversack::forget_runs(&store, &document, args.runs)?;
    let forgotten = haversack::forget(&store, &document, &args.reason, now(), &Bars::new(output))?;
    if output.json {
        let runs = serde_json::json!({"may_quote": quoting, "removed": args.runs});
        let mut value = serde_json::to_value(&forgotten)?;
        value["runs"] = runs;
        output.value(&value)?;
    } else {
        output.data(&text(&forgotten))?;
        if !quoting.is_empty() && args.runs {
            output.data(&format!("removed {}\n", count(quoting.len() as u64, "recorded run")))?;
        } else if !quoting.is_empty() {
            output.warning(&format!(
                "{} may quote it in answers; `--runs` removes them",
                count(quoting.len() as u64, "recorded run")
            ));
        }
        output.note("its source, backups and remotes are not touched: remove it there too");
    }
    Ok(Answer::Done)
}

fn text(forgotten: &Forgotten) -> String {
    let erasure = &forgotten.erasure;
    let mut text = format!(
        "erased {}: {}, {}, {} and {}\n",
        paint(STRONG, &erasure.document),
        count(erasure.records.len() as u64, "state"),
        count(erasure.texts.len() as u64, "text"),
        count(forgotten.segments as u64, "segment written again").replace("agains", "again"),
        count(forgotten.vectors as u64, "cached vector"),
    );
    for (kept, others) in &erasure.kept {
        let others: Vec<&str> = others.iter().map(haversack::DocumentId::as_str).collect();
        text.push_str(&format!(
            "  text {} stays, for it is also that of {}\n",
            kept.short(),
            others.join(", ")
        ));
    }
    text
}
