//! Packs, agents and plans for tests.

use haversack_model::{Digest, Lines, Pack, Passage, Scores, Span, Timings, Trust};
use serde_json::json;

use super::RunPlan;
use crate::{AgentRecord, Environment, Suite, Task};

/// A pack of passages, each a text of a document of its name.
pub(crate) fn pack(query: &str, texts: &[&str]) -> Pack {
    let passages: Vec<Passage> = texts.iter().enumerate().map(|(index, text)| passage(index, text)).collect();
    let text = texts.join("\n");
    Pack {
        pack_id: Digest::of(text.as_bytes()),
        version: Digest::of(b"version"),
        query: query.to_owned(),
        budget: 100,
        tokenizer: "o200k".to_owned(),
        tokens: texts.len(),
        text,
        passages,
        decisions: Vec::new(),
        warnings: Vec::new(),
        timings_us: Timings::default(),
    }
}

fn passage(index: usize, text: &str) -> Passage {
    Passage {
        citation: format!("c/{text}#{}", index + 1),
        document: format!("c/{text}").parse().unwrap(),
        span: Span::new(0, text.len()),
        lines: Lines::from((1, 1)),
        tokens: 1,
        trust: Trust::Standard,
        score: 1.0 / (index as f32 + 1.0),
        scores: Scores::default(),
        breadcrumb: Vec::new(),
        text: text.to_owned(),
    }
}

/// A suite of tasks `t00`, `t01`, ..., whose queries are their ids.
pub(crate) fn suite(tasks: usize) -> Suite {
    let mut suite = Suite::new("sample");
    suite.tasks = (0..tasks)
        .map(|number| {
            let id = format!("t{number:02}");
            let mut task = Task::new(&id, &id);
            task.tags = vec![if number % 2 == 0 { "even" } else { "odd" }.to_owned()];
            task
        })
        .collect();
    suite
}

pub(crate) fn plan(suite: &Suite) -> RunPlan<'_> {
    let agent = AgentRecord {
        name: "sample".to_owned(),
        fingerprint: Digest::of(b"agent"),
        spec: json!({"kind": "sample", "temperature": 1e-9}),
    };
    let environment =
        Environment { program: "test 1".into(), os: "linux".into(), arch: "x86_64".into(), cpus: 2 };
    RunPlan::new(suite, "docs@latest", Digest::of(b"version"), agent, Digest::of(b"graders"), environment)
}
