use haversack::{RankedChunk, Request};

use super::{scope, store, suggest, workspace};
use crate::Answer;
use crate::args::{Global, SearchArgs};
use crate::failure::Failure;
use crate::output::{FAINT, Output, STRONG, one_line, paint, width};

pub(crate) fn run(global: &Global, output: &Output, args: &SearchArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let store = store(&workspace)?;
    let context = store.context(&args.context).map_err(|error| suggest(&workspace, &args.context, error))?;
    let request = Request::new(&args.query)
        .principal(scope::principal(&args.scope))
        .filter(scope::filter(&args.scope)?);
    let ranked = context.search(&request, args.limit)?;
    ranked.warnings.iter().for_each(|warning| output.warning(warning));
    if output.json {
        output.value(&ranked)?;
        return Ok(Answer::Done);
    }
    if ranked.candidates.is_empty() && args.limit > 0 {
        output.note("nothing matches");
    }
    let columns = width();
    for (i, candidate) in ranked.candidates.iter().enumerate() {
        output.data(&entry(i + 1, candidate, columns))?;
    }
    Ok(Answer::Done)
}

fn entry(rank: usize, candidate: &RankedChunk, columns: usize) -> String {
    let scores = [("lexical", candidate.scores.lexical), ("dense", candidate.scores.dense)];
    let scores: Vec<String> =
        scores.iter().filter_map(|(name, score)| score.map(|score| format!("{name} {score:.3}"))).collect();
    let lines = candidate.lines;
    let place = format!("{}#L{}-L{}", candidate.document, lines.first, lines.last);
    format!(
        "{rank:>3} {:.3} {} {}\n        {}\n",
        candidate.score,
        paint(STRONG, place),
        paint(FAINT, scores.join(", ")),
        one_line(&candidate.text, columns.saturating_sub(8)),
    )
}
