use haversack::evaluate::{Named, PageFacts};

use super::asking::{Counter, Place, clock, comparing};
use super::{attribute, gate, sweep};
use crate::Answer;
use crate::args::{AttributingArgs, Global, ReportArgs};
use crate::commands::{context_of, date};
use crate::failure::Failure;
use crate::output::{Output, bytes};
use crate::progress::Bars;

pub(crate) fn run(global: &Global, output: &Output, args: &ReportArgs) -> Result<Answer, Failure> {
    let settings = sweep::settings(&args.vary)?;
    let place = Place::open(global, &args.asking.suite)?;
    let policy = args.policy.clone().map(|path| gate::policy(&place, Some(path))).transpose()?;
    let (a, b) = (place.context(&args.a)?, place.context(&args.b)?);
    let sides = (Named { address: &args.a, context: &a }, Named { address: &args.b, context: &b });
    let page = Counter::new(output).watch(|watch| {
        let evaluator = place.evaluator(&args.asking.asking, watch)?;
        let packs = evaluator.packs(&a, &b)?;
        let all = args.comparing.all || evaluator.repeatable() || policy.is_some();
        let mut options = comparing(&args.comparing);
        if let Some(confidence) = policy.as_ref().and_then(|policy| policy.effect.confidence) {
            options.alpha = 1.0 - confidence;
        }
        let compared = evaluator.compare(sides, &packs, all, &options)?;
        let mut facts = PageFacts {
            command: std::env::args().collect::<Vec<_>>().join(" "),
            when: date(clock() / 1_000),
            built: [built(&place, &args.a, a.version())?, built(&place, &args.b, b.version())?],
            ..PageFacts::default()
        };
        if args.attribute {
            let attributing = AttributingArgs { fdr: 0.1, max_calls: None };
            let options = attribute::options(&evaluator, &attributing, args.asking.asking.seed);
            facts.attribution = Some(evaluator.attribute((&a, &b), &options, &Bars::new(output))?);
        }
        if !settings.is_empty() {
            facts.sweep = evaluator.sweep(sides.1, &settings, &Bars::new(output))?;
        }
        if let Some(policy) = &policy {
            facts.gate = Some(gate::result(&place, policy, &b, (&compared, &packs))?);
        }
        Ok::<_, Failure>(evaluator.page(sides, &packs, &compared, facts)?)
    })?;
    let html = page.to_html();
    std::fs::write(&args.out, &html).map_err(Failure::file("write", &args.out))?;
    if output.json {
        output.value(&page)?;
    } else {
        output.data(&format!("{}: {}\n", args.out.display(), bytes(html.len() as u64)))?;
    }
    Ok(Answer::Done)
}

/// When a version was published last.
fn built(place: &Place, address: &str, version: haversack::VersionId) -> Result<String, Failure> {
    let line = place.store.line(context_of(address))?;
    let entry = line.entries.iter().rev().find(|entry| entry.version == version);
    Ok(entry.map_or_else(String::new, |entry| date(entry.at)))
}
