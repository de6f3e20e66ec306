//! The examples of docs/agents.md do what the page says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use haversack_eval::{AgentError, AgentSetting, AgentSpec, Question, RecordedAnswer, SuiteHeader};
use haversack_model::{Digest, Lines, Pack, Passage, Scores, Span, Timings, Trust};

const PAGE: &str = include_str!("../../../docs/agents.md");

/// The blocks of a language, in their order.
fn blocks(language: &str) -> Vec<&'static str> {
    let open = format!("```{language}\n");
    PAGE.split(open.as_str()).skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

fn pack(texts: &[(&str, &str)]) -> Pack {
    let passage = |(document, text): &(&str, &str)| Passage {
        citation: format!("{document}#L1-L1"),
        document: document.parse().unwrap(),
        span: Span::new(0, text.len()),
        lines: Lines { first: 1, last: 1 },
        tokens: 5,
        trust: Trust::Standard,
        score: 1.0,
        scores: Scores::default(),
        breadcrumb: Vec::new(),
        text: (*text).to_owned(),
    };
    let text: String = texts.iter().map(|(_, text)| *text).collect();
    Pack {
        pack_id: Digest::of(text.as_bytes()),
        version: Digest::of(b"v"),
        query: String::new(),
        budget: 100,
        tokenizer: "o200k".to_owned(),
        tokens: 10,
        text,
        passages: texts.iter().map(passage).collect(),
        decisions: Vec::new(),
        warnings: Vec::new(),
        timings_us: Timings::default(),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[test]
fn every_table_is_one_that_is_read() {
    let tables = blocks("toml");
    assert_eq!(tables.len(), 4);
    let mut kinds: Vec<&str> = Vec::new();
    for table in tables {
        let header = SuiteHeader::parse(table, "docs/agents.md").unwrap();
        kinds.extend(header.agents.values().map(AgentSpec::kind));
    }
    assert_eq!(kinds, ["command", "openai", "openai", "replay", "extractive"]);
}

#[test]
fn recorded_answers_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let lines = blocks("jsonl")[0];
    std::fs::write(folder.path().join("answers.jsonl"), lines).unwrap();
    let setting = AgentSetting { folder: folder.path(), variable: &variable };
    let header = SuiteHeader::parse(blocks("toml")[2], "docs/agents.md").unwrap();
    let agent = header.agents["recorded"].open(&setting).unwrap();
    assert!(lines.contains(&agent.fingerprint().to_string()));
    let recorded: RecordedAnswer = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    let mut pack = pack(&[]);
    let ask = |pack: &Pack| agent.answer(&Question { task: "t1", query: "q", pack, trial: 0 });
    assert!(matches!(ask(&pack), Err(AgentError::NotRecorded { .. })));
    pack.pack_id = recorded.pack_id;
    assert_eq!(ask(&pack).unwrap(), recorded.answer);
}

/// Where there is no Python there is nothing to try.
#[test]
fn the_program_works_in_both_modes() {
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("agent.py"), blocks("python")[0]).unwrap();
    let table = blocks("toml")[0];
    for mode in ["once", "serve"] {
        let header = SuiteHeader::parse(&format!("{table}mode = \"{mode}\"\n"), "docs/agents.md").unwrap();
        let setting = AgentSetting { folder: folder.path(), variable: &variable };
        let agent = header.agents["mine"].open(&setting).unwrap();
        let ask = |pack: &Pack| {
            agent.answer(&Question { task: "t", query: "when do keys rotate?", pack, trial: 0 }).unwrap()
        };
        let pack = pack(&[("d/a.md", "coffee is free"), ("d/b.md", "keys rotate in märz")]);
        let answer = ask(&pack);
        assert_eq!((answer.text.as_str(), answer.abstained), ("keys rotate in märz", false), "{mode}");
        assert_eq!(answer.citations, ["d/b.md#L1-L1"]);
        assert!(ask(&self::pack(&[])).abstained);
    }
}
