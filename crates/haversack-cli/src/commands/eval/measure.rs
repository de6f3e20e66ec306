use haversack::evaluate::{measure, rank};
use haversack::{Context, Recipe, Retriever};

use super::{open_suite, parse_measures, report_text};
use crate::Answer;
use crate::args::{Global, MeasureArgs, RetrieverArg};
use crate::commands::{store, suggest, workspace};
use crate::failure::Failure;
use crate::output::Output;

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
