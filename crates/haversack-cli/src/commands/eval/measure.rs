use haversack::{Context, Principal, Recipe, Request, Retriever};
use haversack_eval::{
    Averaging, Measure, PackView, PassageView, Report, Run, Suite, Task, documents_of, measure_packs,
    measure_run,
};

use super::{open_suite, parse_measures, report_text};
use crate::Answer;
use crate::args::{Global, MeasureArgs, RetrieverArg};
use crate::commands::{store, suggest, workspace};
use crate::failure::Failure;
use crate::output::Output;

/// Chunks that are ranked for a task: enough for 100 documents where a document has a few chunks.
const DEPTH: usize = 1_000;

pub(crate) fn run(global: &Global, output: &Output, args: &MeasureArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let suite = open_suite(&workspace, &args.suite)?;
    let context = store(&workspace)?
        .context(&args.context)
        .map_err(|error| suggest(&workspace, &args.context, error))?;
    let context = with_settings(context, &args.set)?;
    let measures = if args.measures.is_empty() {
        suite.header.measures.clone()
    } else {
        parse_measures(&args.measures)?
    };
    if measures.is_empty() {
        return Err(Failure::usage("the suite names no measures", "give some with --measures nDCG@10,R@100"));
    }
    let retriever = match args.retriever {
        RetrieverArg::Hybrid => Retriever::Hybrid,
        RetrieverArg::Lexical => Retriever::Lexical,
        RetrieverArg::Dense => Retriever::Dense,
    };
    let ranked = rank(&context, &suite, retriever)?;
    if let Some(path) = &args.run {
        let trec = ranked.stripped(&suite.header.id_prefix).to_trec();
        std::fs::write(path, trec).map_err(Failure::file("write", path))?;
    }
    let report = measure(&context, &suite, &measures, &ranked)?;
    if output.json {
        output.value(&report)?
    } else {
        output.data(&report_text(&report))?
    }
    Ok(Answer::Done)
}

/// The context with fields of its recipe changed, `KEY=VALUE` each.
pub(super) fn with_settings(context: Context, settings: &[String]) -> Result<Context, Failure> {
    let mut recipe = context.recipe().clone();
    for setting in settings {
        let Some((key, value)) = setting.split_once('=') else {
            return Err(Failure::usage(
                format!("`--set {setting}` is not KEY=VALUE"),
                "for example --set fusion.dense_weight=0.5",
            ));
        };
        if !Recipe::at_query_time(key) {
            return Err(Failure::usage(
                format!("`{key}` does not work at query time"),
                "set it in the recipe and build; here only retrieval.*, fusion.*, packing.*, guard.*, lexical.k1, lexical.b",
            ));
        }
        let changed = recipe.with(key, value);
        recipe = changed.map_err(|error| Failure::Usage { message: error.to_string(), hint: None })?;
    }
    Ok(context.with_recipe(recipe))
}

/// Rankings of documents for every task.
pub(super) fn rank(context: &Context, suite: &Suite, retriever: Retriever) -> Result<Run, Failure> {
    let mut run = Run::new("haversack");
    for task in &suite.tasks {
        let ranked = context.ranking(&request(suite, task), retriever, DEPTH)?;
        let chunks =
            ranked.candidates.into_iter().map(|chunk| (chunk.document.to_string(), f64::from(chunk.score)));
        run.insert(&task.id, documents_of(chunks)).map_err(|error| {
            Failure::usage(format!("task `{}` cannot be ranked: {error}", task.id), "check tasks.jsonl")
        })?;
    }
    Ok(run)
}

/// Measures of rankings from `ranked`, and measures of packs from packs that are made here.
pub(super) fn measure(
    context: &Context,
    suite: &Suite,
    measures: &[Measure],
    ranked: &Run,
) -> Result<Report, Failure> {
    let (rankings, packs): (Vec<Measure>, Vec<Measure>) =
        measures.iter().copied().partition(|measure| matches!(measure, Measure::Rank(_)));
    let report = measure_run(&suite.document_qrels(), ranked, &rankings, Averaging::Complete)?;
    let report = report.of(Some(&suite.header.name), Some(&context.version().to_string()));
    let of_packs = measure_packs(suite, &packs, |task, budget| {
        let pack = context.pack(&request(suite, task).budget(budget.get() as usize))?;
        let passages = pack.passages.into_iter().map(|p| PassageView { document: p.document, span: p.span });
        Ok::<_, Failure>(PackView { passages: passages.collect(), text: pack.text })
    })?;
    Ok(report.with(of_packs))
}

fn request(suite: &Suite, task: &Task) -> Request {
    let principal = task.principal.clone().or_else(|| suite.header.principal.clone());
    Request::new(&task.query).principal(principal.unwrap_or_else(Principal::anyone))
}
