//! A small comparison, in which every free text is what a test wants.

use std::collections::BTreeMap;

use haversack_eval::{
    AgentSide, Answer, Attribution, Change, CompareOptions, Comparison, Estimate, Factor, FactorEffect,
    Grade, Noise, Outcome, PackSide, Pair, PassageSide, Passes, Power, Provenance, ReportPage, Status,
    SuiteSide, SweepPoint, TaskPacks, Usage, Verdict, VersionSide, compare,
};
use haversack_model::{Digest, DocumentId, Trust};

/// The pairs of `fixture`: a win, a loss, two ties. Of tags `x` and `y`.
pub fn pairs(text: &str) -> Vec<Pair> {
    let pair = |name: &str, tags: &[&str], same_pack, a: f64, b: f64| Pair {
        task: format!("{name}{text}"),
        tags: tags.iter().map(|tag| format!("{tag}{text}")).collect(),
        same_pack,
        a: vec![a],
        b: vec![b],
        passed_a: vec![a > 0.5],
        passed_b: vec![b > 0.5],
    };
    vec![
        pair("t1", &["x"], false, 0.0, 1.0),
        pair("t2", &["x", "y"], false, 1.0, 0.25),
        pair("t3", &["y"], true, 1.0, 1.0),
        pair("t4", &[], false, 0.0, 0.0),
    ]
}

/// A comparison of pairs; intervals and p-values are given, not computed.
pub fn comparison(pairs: &[Pair]) -> Comparison {
    let sample = self::pairs("");
    let mut comparison =
        compare(if pairs.is_empty() { &sample } else { pairs }, &CompareOptions::default()).unwrap();
    if pairs.is_empty() {
        comparison.per_task.clear();
        comparison.slices.clear();
        (comparison.tasks, comparison.changed) = (0, 0);
        (comparison.wins, comparison.ties, comparison.losses) = (0, 0, 0);
    }
    (comparison.mean_a, comparison.mean_b) = (0.5, 0.5625);
    comparison.effect = Estimate { mean: 0.0625, low: -0.375, high: 0.5 };
    (comparison.p_value, comparison.exact) = (1.0, true);
    comparison.verdict = Verdict::NoDifferenceSeen;
    comparison.passes = Passes { both: 1, only_a: 1, only_b: 1, neither: 1, p_value: 1.0, mid_p_value: 1.0 };
    for slice in &mut comparison.slices {
        slice.effect = Estimate { mean: 0.125, low: -0.75, high: 1.0 };
        (slice.p_value, slice.q_value) = (0.5, 1.0);
    }
    comparison.noise = Noise { trials: 1, deviation: None, floor: None };
    comparison.power =
        Power { alpha: 0.05, power: 0.8, smallest_effect: 0.6, wanted: None, tasks_needed: None };
    comparison
}

/// An outcome of a task.
pub fn outcome(text: &str, task: &str, score: f64) -> Outcome {
    let grade = Grade { score, passed: score > 0.5, reason: format!("because{text}") };
    Outcome {
        task: task.to_owned(),
        trial: 0,
        pack_id: Digest::of(b"pack"),
        status: Status::Answered,
        score,
        passed: score > 0.5,
        grades: BTreeMap::from([(format!("grader{text}"), grade)]),
        answer: Some(Answer {
            text: format!("answer{text}"),
            usage: Usage { calls: 1, cost: 0.25, ..Usage::default() },
            ..Answer::default()
        }),
        error: Some(format!("error{text}")),
        millis: 1_500,
    }
}

fn document(text: &str) -> DocumentId {
    format!("c/{text}").parse().unwrap_or_else(|_| "c/plain".parse().unwrap())
}

fn side(text: &str, name: &str, task: &str, score: f64) -> PackSide {
    let rendered = format!("# [1]\nshared line\nonly in {name}{text}\nthe Gold{text} stands here\n");
    let passage = |citation: &str, of: &str, trust| PassageSide {
        citation: format!("{citation}{text}"),
        document: document(text),
        text_digest: Digest::of(of.as_bytes()),
        tokens: 7,
        trust,
    };
    PackSide {
        pack_id: Digest::of(rendered.as_bytes()),
        tokens: 14,
        passages: vec![
            passage("shared", "shared", Trust::Standard),
            passage("only", &rendered, Trust::Untrusted),
        ],
        text: rendered,
        outcomes: vec![outcome(text, task, score)],
    }
}

/// A page with everything, every free text ending in `text`.
pub fn page(text: &str) -> ReportPage {
    let comparison = comparison(&pairs(text));
    let packs = comparison.per_task.iter().take(2).map(|task| TaskPacks {
        task: task.task.clone(),
        query: format!("query{text}"),
        answers: vec![format!("gold{text}")],
        a: side(text, "A", &task.task, task.a),
        b: side(text, "B", &task.task, task.b),
    });
    let version = |address: &str| VersionSide {
        address: format!("{address}{text}"),
        version: Digest::of(address.as_bytes()),
        when: format!("2026{text}"),
    };
    let field = Factor::Field { field: format!("packing.{text}") };
    ReportPage {
        title: format!("Title{text}"),
        a: version("a@v1"),
        b: version("a@v2"),
        suite: SuiteSide {
            name: format!("suite{text}"),
            description: format!("asks{text}"),
            digest: Digest::of(b"suite"),
        },
        agent: AgentSide { name: format!("agent{text}"), fingerprint: Digest::of(b"agent") },
        packs: packs.collect(),
        changes: vec![
            Change { what: field.clone(), a: format!("1{text}"), b: format!("2{text}") },
            Change { what: Factor::Added { document: document(text) }, a: String::new(), b: String::new() },
            Change {
                what: Factor::Changed { document: document(text) },
                a: "text, metadata".to_owned(),
                b: String::new(),
            },
        ],
        attribution: Some(attribution(field)),
        sweep: [(100.0, 0.5, true), (200.0, 0.5, false)]
            .map(|(tokens, mean, on_front)| SweepPoint {
                label: format!("setting{text}"),
                settings: BTreeMap::from([(format!("budget{text}"), format!("100{text}"))]),
                tokens,
                score: Estimate { mean, low: 0.4, high: 0.6 },
                failed: u64::from(!on_front),
                on_front,
            })
            .into(),
        gate: None,
        provenance: provenance(text),
        warnings: vec![format!("warning{text}")],
        comparison,
    }
}

fn attribution(field: Factor) -> Attribution {
    let effect = |factor, mean, found| FactorEffect {
        factor,
        tasks: 2,
        effect: Estimate { mean, low: mean - 0.1, high: mean + 0.1 },
        suite_effect: mean / 2.0,
        p_value: 0.01,
        q_value: 0.02,
        found,
        per_task: (1..=8).map(|task| (format!("t{task}"), f64::from(task - 4) / 8.0)).collect(),
    };
    Attribution {
        packs: 40,
        complete: true,
        fdr: 0.1,
        confidence: 0.95,
        factors: vec![
            effect(field, -0.25, true),
            effect(Factor::Present { document: document("d") }, 0.05, false),
        ],
        calls: 20,
        leave_one_out_calls: 40,
        untouched: vec!["t3".to_owned()],
    }
}

fn provenance(text: &str) -> Provenance {
    Provenance {
        program: format!("haversack{text}"),
        command: format!("haversack eval compare{text}"),
        when: format!("2026{text}"),
        seed: 7,
        trials: 1,
        usage: Usage { calls: 8, input_tokens: 1_000, output_tokens: 100, cost: 0.0 },
        reused: 2,
        digests: BTreeMap::from([(format!("gate.toml{text}"), Digest::of(b"gate"))]),
        environment: BTreeMap::from([(format!("Machine{text}"), format!("two cores{text}"))]),
    }
}
