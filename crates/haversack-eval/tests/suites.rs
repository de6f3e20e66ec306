//! The example of docs/suites.md is a suite, and its gold stands where it says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use haversack_eval::{Suite, SuiteHeader, Task};

const PAGE: &str = include_str!("../../../docs/suites.md");

/// The one block of a language.
fn block(language: &str) -> &'static str {
    let mut blocks = PAGE.split(format!("```{language}\n").as_str()).skip(1).collect::<Vec<_>>().into_iter();
    let block = blocks.next().unwrap().split("```").next().unwrap();
    assert!(blocks.next().is_none(), "one block of {language}");
    block
}

#[test]
fn the_example_can_be_pasted() {
    let folder = tempfile::tempdir().unwrap();
    for (name, language) in [("suite.toml", "toml"), ("tasks.jsonl", "jsonl"), ("qrels.tsv", "tsv")] {
        std::fs::write(folder.path().join(name), block(language)).unwrap();
    }
    let suite = Suite::open(folder.path()).unwrap();
    assert_eq!((suite.tasks.len(), suite.unjudged()), (3, 1));
    assert!(suite.tasks.iter().any(|task| task.unanswerable));
    let labels = |task| suite.principal(task).labels.len();
    assert_eq!(suite.tasks.iter().map(labels).collect::<Vec<_>>(), [0, 1, 0]);

    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora");
    let read = |id: &dyn std::fmt::Display| std::fs::read_to_string(corpora.join(id.to_string())).unwrap();
    for task in &suite.tasks {
        let gold = suite.gold(task);
        assert_eq!(gold.documents.is_empty(), task.unanswerable, "{}", task.id);
        for document in &gold.documents {
            assert!(gold.answers.iter().any(|answer| read(document).contains(answer)), "{}", task.id);
        }
        for span in &gold.spans {
            let text = read(&span.document);
            assert!(
                gold.answers.iter().any(|answer| text[span.from..span.to].contains(answer)),
                "{}",
                task.id
            );
        }
    }
    for document in suite.document_qrels().queries().flat_map(|(_, judged)| judged.keys()) {
        assert!(!read(document).is_empty());
    }
}

/// The keys that an error about an unknown one lists.
fn known<T: serde::de::DeserializeOwned>(json: &str) -> Vec<String> {
    let error = serde_json::from_str::<T>(json).err().unwrap().to_string();
    error.split('`').skip(1).step_by(2).filter(|key| *key != "zz").map(str::to_owned).collect()
}

#[test]
fn the_page_names_every_key() {
    let (_, page) = PAGE.split_once("## `suite.toml`").unwrap();
    let (header, page) = page.split_once("## A task").unwrap();
    let (task, _) = page.split_once("## What gold").unwrap();
    let named =
        |page: &str, forms: &[String]| forms.iter().any(|form| page.contains(&format!("\n| `{form}")));
    let (keys, of_tasks) = (known::<SuiteHeader>(r#"{"zz":1}"#), known::<Task>(r#"{"zz":1}"#));
    assert_eq!((keys.len(), of_tasks.len()), (13, 11));
    for key in keys {
        assert!(named(header, &[format!("{key}`"), format!("{key}."), format!("[{key}")]), "{key}");
    }
    for key in known::<SuiteHeader>(r#"{"name":"s","run":{"zz":1}}"#) {
        assert!(named(header, &[format!("run.{key}`")]), "run.{key}");
    }
    for key in of_tasks {
        assert!(named(task, &[format!("{key}`")]), "{key}");
    }
}
