//! The built-in agent over small packs: what it answers is pinned, and what holds for any text is tested as such.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use haversack_eval::{Agent, Answer, AnswerForm, Extractive, ExtractiveOptions, Question};
use haversack_model::{Digest, Lines, Pack, Passage, Scores, Span, Timings, Trust};
use proptest::prelude::*;
use serde::Deserialize;

/// A pack of whole documents; a title is a breadcrumb, as the chunker makes it.
fn pack(query: &str, documents: &[(String, String)]) -> Pack {
    let passage = |(number, (document, text)): (usize, &(String, String))| {
        let lines = text.lines().count().max(1) as u32;
        let title = text.lines().find_map(|line| line.strip_prefix("# "));
        Passage {
            citation: format!("{document}#L1-L{lines}"),
            document: document.parse().unwrap(),
            span: Span { from: 0, to: text.len() },
            lines: Lines { first: 1, last: lines },
            tokens: text.len() / 4,
            trust: Trust::Standard,
            score: 1.0 / (1.0 + number as f32),
            scores: Scores::default(),
            breadcrumb: title.map(str::to_owned).into_iter().collect(),
            text: text.clone(),
        }
    };
    let passages: Vec<Passage> = documents.iter().enumerate().map(passage).collect();
    let text: String = passages.iter().map(|passage| passage.text.as_str()).collect();
    Pack {
        pack_id: Digest::of(text.as_bytes()),
        version: Digest::of(b"version"),
        query: query.to_owned(),
        budget: 2_000,
        tokenizer: "o200k_base".to_owned(),
        tokens: 0,
        text,
        passages,
        decisions: Vec::new(),
        warnings: Vec::new(),
        timings_us: Timings::default(),
    }
}

fn ask(options: ExtractiveOptions, query: &str, documents: &[(&str, &str)]) -> Answer {
    let documents: Vec<_> =
        documents.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect();
    let pack = pack(query, &documents);
    Extractive::new(options).answer(&Question { task: "t", query, pack: &pack, trial: 0 }).unwrap()
}

fn said(query: &str, documents: &[(&str, &str)]) -> String {
    ask(ExtractiveOptions::default(), query, documents).text
}

#[derive(Deserialize)]
struct Line {
    query: String,
    documents: Vec<(String, String)>,
}

/// One line for each question of `questions.jsonl`. To accept what the agent says now, write the left side into the file.
#[test]
fn answers_are_pinned() {
    let mut found = String::new();
    for line in include_str!("extractive/questions.jsonl").lines() {
        let Line { query, documents } = serde_json::from_str(line).unwrap();
        let pack = pack(&query, &documents);
        let agent = Extractive::default();
        let answer = agent.answer(&Question { task: "t", query: &query, pack: &pack, trial: 0 }).unwrap();
        let what = if answer.abstained {
            "-".to_owned()
        } else {
            format!("{:?} {}", answer.text, answer.citations[0])
        };
        found.push_str(&format!("{query}\n    {what}\n"));
    }
    assert_eq!(found, include_str!("extractive/answers.txt"), "\n{found}");
}

#[test]
fn another_fact_gives_another_answer_and_noise_does_not() {
    let query = "How long are raw events kept?";
    let noise = ("h/lunch.md", "# Lunch\n\nThe kitchen is open for 4 hours. Lunch lasts 30 minutes.");
    let other = ("h/logs.md", "# Logs\n\nAudit logs are kept for 7 years.");
    let fact =
        |days: &str| format!("# Retention\n\nRaw events are kept for {days} days. Then they are deleted.");
    let (long, short) = (fact("400"), fact("30"));
    assert_eq!(said(query, &[("h/a.md", &long)]), "400 days");
    assert_eq!(said(query, &[("h/a.md", &short)]), "30 days");
    assert_eq!(said(query, &[noise, ("h/a.md", &long), other]), "400 days");
    assert_eq!(said(query, &[other, noise, ("h/a.md", &long)]), "400 days");
}

#[test]
fn without_the_evidence_or_the_kind_it_abstains() {
    let answer = ask(
        ExtractiveOptions::default(),
        "How long are raw events kept?",
        &[("h/a.md", "Raw events are kept.")],
    );
    assert!(answer.abstained && answer.text.is_empty() && answer.citations.is_empty());
    assert!(
        ask(ExtractiveOptions::default(), "Who is the captain?", &[("h/a.md", "Lunch is at noon.")])
            .abstained
    );
    assert!(ask(ExtractiveOptions::default(), "Who is the captain?", &[]).abstained);
    assert!(ask(ExtractiveOptions::default(), "", &[("h/a.md", "Lunch is at noon.")]).abstained);
}

#[test]
fn options_are_part_of_the_fingerprint() {
    let sentence = ExtractiveOptions { answer: AnswerForm::Sentence, ..ExtractiveOptions::default() };
    let lenient = ExtractiveOptions { coverage: 0.0, ..ExtractiveOptions::default() };
    let print = |options| Extractive::new(options).fingerprint();
    assert_eq!(print(ExtractiveOptions::default()), Extractive::default().fingerprint());
    assert_ne!(print(sentence), print(ExtractiveOptions::default()));
    assert_ne!(print(lenient), print(ExtractiveOptions::default()));
    let text = [("h/a.md", "# Retention\n\nRaw events are kept for 400 days. Then they are deleted.")];
    assert_eq!(
        ask(sentence, "How long are raw events kept?", &text).text,
        "Raw events are kept for 400 days."
    );
}

/// Text with what the reader looks for: numbers, marks, tables, fences, headings, and letters of any script.
fn text() -> impl Strategy<Value = String> {
    let bits = prop_oneof![
        4 => "[a-zA-Z]{1,8} ",
        2 => "[0-9]{1,4}[.,:%-]?[0-9]{0,3} ?",
        2 => "[|`*#_~.;:?!()\"'$€-]{1,3}",
        1 => Just("\n".to_owned()),
        1 => Just("\n```\n".to_owned()),
        1 => Just("\n| a | 5 |\n".to_owned()),
        1 => Just("every 90 days before release 2026.4 ".to_owned()),
        1 => "\\PC{1,5}",
        1 => Just("ẞİǅ\u{301}e\u{fe0f}字。ไทย ".to_owned()),
    ];
    proptest::collection::vec(bits, 0..40).prop_map(|bits| bits.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(
        ask in prop_oneof!["(how long|how many|who|where|which code|what|why|when|is) ", Just(String::new())],
        rest in text(),
        texts in proptest::collection::vec(text(), 0..4),
        sentence in any::<bool>(),
    ) {
        let query = ask + &rest;
        let documents: Vec<_> = texts.into_iter().enumerate().map(|(at, text)| (format!("h/{at}.md"), text)).collect();
        let pack = pack(&query, &documents);
        let answer = if sentence { AnswerForm::Sentence } else { AnswerForm::Span };
        let agent = Extractive::new(ExtractiveOptions { answer, coverage: 0.0 });
        let question = Question { task: "t", query: &query, pack: &pack, trial: 0 };
        let answer = agent.answer(&question).unwrap();
        prop_assert_eq!(&answer, &agent.answer(&question).unwrap());
        if answer.abstained {
            prop_assert!(answer.text.is_empty() && answer.citations.is_empty());
        } else {
            prop_assert_eq!(answer.citations.len(), 1);
            let cited = pack.passages.iter().find(|passage| passage.citation() == answer.citations[0]);
            prop_assert!(!answer.text.is_empty() && cited.is_some_and(|passage| passage.text.contains(&answer.text)));
        }
    }
}
