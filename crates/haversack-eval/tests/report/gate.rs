use std::collections::BTreeMap;

use haversack_eval::{
    Averaging, GateInput, GateResult, Measure, MeasureReport, Outcome, PackTrust, Pair, Policy, Report,
    Status,
};

use crate::fixture::{comparison, outcome, pairs};

const POLICY: &str = r#"
[effect]
margin = 0.4
improvement = 0.0
confidence = 0.95
tasks = 4
[limit]
regressions = 0
untrusted_passages = 1
untrusted_share = 0.1
cost = 1.0
failed_calls = 0.25
[tag.x]
score = 0.625
effect = 0.2
failure_rate = 0.4
[measure]
"answer@2000tok" = 0.7
"#;

fn judge(policy: &str, change: impl FnOnce(&mut Facts)) -> GateResult {
    let mut facts = Facts::new();
    change(&mut facts);
    let comparison = comparison(&pairs(""));
    Policy::parse(policy, "gate.toml").unwrap().judge(&GateInput {
        baseline: None,
        comparison: Some(&comparison),
        pairs: Some(&facts.pairs),
        outcomes: Some(&facts.outcomes),
        packs: Some(&facts.packs),
        measures: Some(&facts.report),
    })
}

struct Facts {
    pairs: Vec<Pair>,
    outcomes: Vec<Outcome>,
    packs: BTreeMap<String, PackTrust>,
    report: Report,
}

impl Facts {
    fn new() -> Self {
        let pairs = pairs("");
        let outcomes = pairs.iter().map(|pair| outcome("", &pair.task, pair.b[0])).collect();
        let packs = pairs.iter().enumerate().map(|(at, pair)| {
            (pair.task.clone(), PackTrust { passages: 5, untrusted: usize::from(at == 1) })
        });
        let measure: Measure = "answer@2000tok".parse().unwrap();
        let report = Report {
            suite: None,
            version: None,
            averaging: Averaging::Complete,
            queries: 4,
            missing: 0,
            unjudged: 0,
            without_relevant: 0,
            judged_retrieved: 4,
            measures: BTreeMap::from([(
                measure,
                MeasureReport { mean: 0.7, per_task: BTreeMap::from([("t1".to_owned(), 0.7)]) },
            )]),
        };
        Self { packs: packs.collect(), outcomes, pairs, report }
    }
}

#[test]
fn every_demand_is_a_check_with_its_number() {
    let result = judge(POLICY, |_| ());
    let got: Vec<(&str, bool, Option<f64>)> =
        result.checks.iter().map(|check| (check.name.as_str(), check.passed, check.actual)).collect();
    assert_eq!(
        got,
        [
            ("effect.margin", true, Some(-0.375)),
            ("effect.improvement", false, Some(-0.375)),
            ("effect.confidence", true, Some(0.95)),
            ("effect.tasks", true, Some(4.0)),
            ("limit.regressions", false, Some(1.0)),
            ("limit.untrusted_passages", true, Some(1.0)),
            ("limit.untrusted_share", false, Some(0.25)),
            ("limit.cost", true, Some(1.0)),
            ("limit.failed_calls", true, Some(0.0)),
            ("tag.x.score", true, Some(0.625)),
            ("tag.x.effect", false, Some(0.125)),
            ("tag.x.failure_rate", false, Some(0.5)),
            ("measure.answer@2000tok", true, Some(0.7)),
        ]
    );
    assert!(!result.passed);
    assert_eq!(result.check("limit.regressions").unwrap().tasks, ["t2"]);
    assert_eq!(result.check("limit.untrusted_share").unwrap().tasks, ["t2"]);
    assert!(judge("[limit]\nregressions = 1\n", |_| ()).passed);
}

#[test]
fn what_is_not_known_fails() {
    let policy = Policy::parse(POLICY, "gate.toml").unwrap();
    let result = policy.judge(&GateInput::default());
    assert_eq!(result.checks.len(), 13);
    assert!(
        result.checks.iter().all(|check| !check.passed && check.actual.is_none() && !check.detail.is_empty())
    );

    let failed = |result: GateResult, name: &str| {
        let check = result.check(name).unwrap().clone();
        assert!(!check.passed && check.actual.is_none(), "{check:?}");
        check.detail
    };
    assert_eq!(failed(judge("[tag.z]\nscore = 0.0\n", |_| ()), "tag.z.score"), "no task has this tag");
    let other = failed(
        judge("[limit]\nregressions = 9\n", |facts| {
            facts.pairs.pop();
        }),
        "limit.regressions",
    );
    assert_eq!(other, "the outcomes are not of the tasks that were compared");
    let lacking =
        failed(judge("[limit]\nregressions = 9\n", |facts| facts.pairs[0].b.clear()), "limit.regressions");
    assert_eq!(lacking, "task `t1` lacks outcomes");
    let pack = judge("[limit]\nuntrusted_passages = 9\n", |facts| {
        facts.packs.remove("t3");
    });
    assert_eq!(failed(pack, "limit.untrusted_passages"), "the pack of task `t3` was not given");
    let measure = judge("[measure]\n\"nDCG@10\" = 0.0\n", |_| ());
    assert_eq!(failed(measure, "measure.nDCG@10"), "B was not measured by it");
    let no_number = judge("[tag.x]\nscore = 0.0\n", |facts| facts.pairs[0].b[0] = f64::NAN);
    assert!(failed(no_number, "tag.x.score").starts_with("not a number"));
    let unpaid = judge("[limit]\ncost = 9.0\n", |facts| {
        facts.outcomes.iter_mut().for_each(|outcome| outcome.answer = None);
    });
    assert_eq!(failed(unpaid, "limit.cost"), "no answer of B was recorded");
}

#[test]
fn a_failed_call_counts_by_call_and_names_its_task() {
    let result = judge("[limit]\nfailed_calls = 0.2\n", |facts| facts.outcomes[2].status = Status::TimedOut);
    let check = result.check("limit.failed_calls").unwrap();
    assert_eq!(
        (check.passed, check.actual, check.tasks.as_slice()),
        (false, Some(0.25), &["t3".to_owned()][..])
    );
}

#[test]
fn a_policy_that_cannot_be_meant_is_an_error_with_its_line() {
    let error = |text: &str| Policy::parse(text, "gate.toml").unwrap_err().to_string();
    assert_eq!(
        error("[effect]\n\nmargn = 0.1\n"),
        "gate.toml:3: unknown key `effect.margn`; did you mean `effect.margin`?"
    );
    assert_eq!(
        error("[tag.\"a b\"]\nscore = 0.5\nfailure_rat = 0.5\n"),
        "gate.toml:3: unknown key `tag.a b.failure_rat`; did you mean `tag.a b.failure_rate`?"
    );
    assert_eq!(
        error("[tag.x]\n\nscore = 1.5\n"),
        "gate.toml:3: `tag.x.score` is 1.5, but must be from 0 to 1"
    );
    assert_eq!(
        error("[limit]\ncost = nan\n"),
        "gate.toml:2: `limit.cost` is NaN, but must be a finite number from 0 up"
    );
    assert_eq!(
        error("[measure]\n\"answer@2000tok\" = inf\n"),
        "gate.toml:2: `measure.answer@2000tok` is inf, but must be a finite number"
    );
    assert!(error("[limit]\nregressions = -1\n").starts_with("gate.toml:2: "));
    assert!(error("[limit]\nregressions = 1.5\n").starts_with("gate.toml:2: "));
    assert!(error("[measure]\n\"anser@2000tok\" = 0.5\n").starts_with("gate.toml:2: "));
    assert_eq!(error("[effect]\n[tag.x]\n"), "gate.toml:1: the policy demands nothing");
    assert_eq!(error(""), "gate.toml:1: the policy demands nothing");
}

#[test]
fn the_example_of_the_handbook_is_a_policy() {
    let page = include_str!("../../../../docs/gate.md");
    let (_, after) = page.split_once("```toml\n").unwrap();
    let (example, _) = after.split_once("```").unwrap();
    let policy = Policy::parse(example, "gate.toml").unwrap();
    // Every key is shown: a policy with one more would not be the same.
    assert!(policy.effect.margin.is_some() && policy.effect.improvement.is_some());
    assert!(policy.effect.confidence.is_some() && policy.effect.tasks.is_some());
    assert!(policy.limit.regressions.is_some() && policy.limit.untrusted_passages.is_some());
    assert!(policy.limit.untrusted_share.is_some() && policy.limit.cost.is_some());
    assert!(policy.limit.failed_calls.is_some() && !policy.measure.is_empty());
    assert!(policy.tag.values().any(|tag| tag.failure_rate.is_some()));
    assert!(policy.tag.values().any(|tag| tag.score.is_some() && tag.effect.is_some()));
    let written = toml::to_string(&policy).unwrap();
    assert_eq!(Policy::parse(&written, "gate.toml").unwrap(), policy);
}
