use std::io::Read;

use haversack::{Format, Order, Pack, Request, Verdict, reason_text};

use super::{scope, store, suggest, workspace};
use crate::Answer;
use crate::args::{FormatArg, Global, OrderArg, PackArgs};
use crate::failure::Failure;
use crate::output::{BAD, FAINT, GOOD, Output, STRONG, count, paint};

pub(crate) fn run(global: &Global, output: &Output, args: &PackArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let store = store(&workspace)?;
    let context = store.context(&args.context).map_err(|error| suggest(&workspace, &args.context, error))?;
    let pack = context.pack(&request(args)?)?;
    if output.json {
        output.value(&pack)?;
    } else {
        output.raw(&pack.text)?;
        if !pack.text.is_empty() && !pack.text.ends_with('\n') {
            output.raw("\n")?;
        }
    }
    if args.explain {
        output.stderr(&explanation(&pack));
    }
    pack.warnings.iter().for_each(|warning| output.warning(warning));
    output.note(&paint(FAINT, summary(&pack)));
    Ok(Answer::Done)
}

fn request(args: &PackArgs) -> Result<Request, Failure> {
    let query = if args.query == "-" { stdin()? } else { args.query.clone() };
    let mut request =
        Request::new(query).principal(scope::principal(&args.scope)).filter(scope::filter(&args.scope)?);
    request.budget = args.budget;
    request.tokenizer.clone_from(&args.tokenizer);
    request.format = args.format.map(|format| match format {
        FormatArg::Markdown => Format::Markdown,
        FormatArg::Xml => Format::Xml,
        FormatArg::Json => Format::Json,
        FormatArg::Plain => Format::Plain,
    });
    request.order = args.order.map(|order| match order {
        OrderArg::Relevance => Order::Relevance,
        OrderArg::Document => Order::Document,
        OrderArg::Edges => Order::Edges,
    });
    Ok(request)
}

fn stdin() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::usage("the query on stdin is not UTF-8", "convert it first"))
}

/// One line on what a pack holds.
pub(crate) fn summary(pack: &Pack) -> String {
    format!(
        "pack {} of {}: {} of {} tokens ({}), {}, {:.1} ms",
        pack.pack_id.short(),
        pack.version.short(),
        pack.tokens,
        pack.budget,
        pack.tokenizer,
        count(pack.passages.len(), "passage"),
        pack.timings_us.total as f64 / 1_000.0,
    )
}

/// Every candidate with what became of it.
fn explanation(pack: &Pack) -> String {
    let mut text = paint(
        STRONG,
        format!("{:>4} {:<7} {:>6} {:>7} {:>6}  candidate", "rank", "", "score", "lexical", "dense"),
    );
    let score = |score: Option<f32>| score.map_or("-".to_owned(), |score| format!("{score:.3}"));
    for (i, decision) in pack.decisions.iter().enumerate() {
        let verdict = match decision.verdict {
            Verdict::Kept => paint(GOOD, format!("{:<7}", "kept")),
            Verdict::Dropped => paint(BAD, format!("{:<7}", "dropped")),
        };
        text.push_str(&format!(
            "\n{:>4} {verdict} {:>6} {:>7} {:>6}  {}[{}..{}] {}",
            i + 1,
            score(decision.scores.fused),
            score(decision.scores.lexical),
            score(decision.scores.dense),
            decision.document,
            decision.span.from,
            decision.span.to,
            paint(FAINT, reason_text(&decision.reason)),
        ));
    }
    text
}
