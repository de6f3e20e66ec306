use haversack::{BuildOptions, BuildReport, Machine, Workspace};

use super::{context_or_only, machine, now, suggest, workspace};
use crate::Answer;
use crate::args::{BuildArgs, Global};
use crate::failure::Failure;
use crate::output::{FAINT, Output, STRONG, count, paint};
use crate::progress::Bars;

/// Skipped sources that are listed before the rest is only counted.
const SHOWN: usize = 10;

pub(crate) fn run(global: &Global, output: &Output, args: &BuildArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let context = context_or_only(&workspace, args.context.as_deref())?;
    let machine = Machine { threads: args.threads, ..machine() };
    let options = BuildOptions { message: args.message.clone(), now: now(), reread: args.reread, machine };
    let report = build(&workspace, &context, &options, output)?;
    if output.json {
        output.value(&report)?;
    } else {
        output.data(&text(&report))?;
        report.warnings.iter().for_each(|warning| output.warning(warning));
    }
    Ok(Answer::Done)
}

/// Builds with progress shown.
pub(crate) fn build(
    workspace: &Workspace,
    context: &str,
    options: &BuildOptions,
    output: &Output,
) -> Result<BuildReport, Failure> {
    let bars = Bars::new(output);
    haversack::build(workspace, context, options, &bars).map_err(|error| suggest(workspace, context, error))
}

/// What a build did, for people.
pub(crate) fn text(report: &BuildReport) -> String {
    let (documents, chunks) = (&report.documents, &report.chunks);
    let version = paint(STRONG, report.version.short());
    let was = match (report.unchanged, report.parent) {
        (true, _) => "unchanged, no new version".to_owned(),
        (false, None) => "first version".to_owned(),
        (false, Some(parent)) => format!("after {}", parent.short()),
    };
    let mut text = format!(
        "{} {version} ({was})\n  documents {:>7}   +{} ~{} -{}\n  chunks    {:>7}   {} embedded, {} reused\n",
        report.context,
        documents.total,
        documents.added,
        documents.changed,
        documents.removed,
        chunks.total,
        chunks.embedded,
        chunks.cached,
    );
    if !report.skipped.is_empty() {
        text.push_str(&format!("  skipped   {:>7}\n", report.skipped.len()));
        for skipped in report.skipped.iter().take(SHOWN) {
            text.push_str(&format!("    {} {}\n", skipped.path, paint(FAINT, &skipped.reason)));
        }
        if report.skipped.len() > SHOWN {
            text.push_str(&format!("    and {} more (all with --json)\n", report.skipped.len() - SHOWN));
        }
    }
    text.push_str(&format!("  {:.1} s\n", report.elapsed_ms as f64 / 1_000.0));
    text
}

/// One line on what a build did.
pub(crate) fn line(report: &BuildReport) -> String {
    format!(
        "{} in {}, {} embedded, {:.1} s",
        count(report.chunks.total, "chunk"),
        count(report.documents.total, "document"),
        report.chunks.embedded,
        report.elapsed_ms as f64 / 1_000.0
    )
}
