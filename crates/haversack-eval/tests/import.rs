//! Imports of folders that are made here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use haversack_eval::import::{CorpusPath, ImportOptions, ImportWarning, Imported, import};
use haversack_eval::{EvalError, Suite};
use haversack_model::Recipe;
use proptest::prelude::*;

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

const BEIR: [(&str, &str); 4] = [
    ("corpus.jsonl", "{\"_id\":\"1\",\"title\":\"A\",\"text\":\"x\"}\n{\"_id\":2,\"text\":\"y\"}\n"),
    (
        "queries.jsonl",
        "{\"_id\":\"q1\",\"text\":\"who\",\"metadata\":{\"hops\":\"2hop\",\"url\":[1]}}\n{\"_id\":7,\"text\":\"what\"}\n",
    ),
    ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\t1\t1\nq1\t9\t1\nlost\t1\t1\n"),
    (
        "answers.jsonl",
        "{\"_id\":\"q1\",\"answers\":[\"Ana\",\" \"],\"more\":1}\n{\"_id\":\"gone\",\"answers\":\"x\"}\n",
    ),
];

fn options(spans: bool) -> ImportOptions {
    ImportOptions { name: "tiny".to_owned(), path: CorpusPath::Absolute, spans }
}

fn import_files(files: &[(&str, &str)], spans: bool) -> Result<Imported, EvalError> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    import(folder.path(), &options(spans))
}

#[test]
fn a_beir_folder_becomes_a_recipe_and_a_suite() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &BEIR);
    let path = CorpusPath::RelativeTo(folder.path().join("out/contexts/tiny"));
    let got = import(folder.path(), &ImportOptions { path, ..options(false) }).unwrap();

    let recipe = Recipe::parse(&got.recipe).unwrap();
    assert_eq!((recipe.name.as_str(), recipe.corpora.len()), ("tiny", 1));
    assert_eq!(recipe.corpora[0].path, "../../../corpus.jsonl");
    assert_eq!(
        (recipe.corpora[0].records.id.as_str(), &recipe.corpora[0].records.text[..]),
        ("_id", &["text".to_owned()][..])
    );

    assert_eq!((got.documents, got.judged, got.unjudged), (2, 1, 1));
    assert_eq!(
        got.warnings,
        [
            ImportWarning::AnswersWithoutQuery { answers: 1, first: "gone".to_owned() },
            ImportWarning::JudgedWithoutText { queries: 1, first: "lost".to_owned() },
            ImportWarning::JudgedNotInCorpus { documents: 1, first: "9".to_owned() },
        ]
    );
    let [first, second] = &got.suite.tasks[..] else { panic!("two tasks") };
    assert_eq!((first.answers.join("|"), first.tags.join("|")), ("Ana".to_owned(), "hops:2hop".to_owned()));
    assert_eq!((second.id.as_str(), second.tags.join("|")), ("7", "unjudged".to_owned()));
    assert_eq!(got.suite.gold(first).documents[0].as_str(), "tiny/corpus.jsonl#1");

    let out = tempfile::tempdir().unwrap();
    got.suite.save(out.path()).unwrap();
    let mut again = Suite::open(out.path()).unwrap();
    again.header.digests.clear();
    assert_eq!(again, got.suite);
}

#[test]
fn trec_files_become_a_suite_over_a_folder() {
    let files = [
        ("docs/a.md", "x"),
        ("docs/sub/b.md", "y"),
        ("topics.txt", "<top>\n<num> Number: 301\n<title> who\n</top>\n"),
        ("qrels.txt", "301 0 sub/b.md 1\n"),
    ];
    let got = import_files(&files, false).unwrap();
    assert_eq!((got.documents, got.warnings.len()), (2, 0));
    assert_eq!(got.suite.gold(&got.suite.tasks[0]).documents[0].as_str(), "tiny/sub/b.md");
}

#[test]
fn gold_spans_of_characters_become_spans_of_bytes() {
    let files = [
        ("raw/corpora/talk.md", "Grüße an Ana. Danke."),
        ("queries.jsonl", "{\"_id\":\"q\",\"text\":\"who\"}\n{\"_id\":\"r\",\"text\":\"what\"}\n"),
        (
            "answers.jsonl",
            "{\"_id\":\"q\",\"source\":\"talk\",\"spans\":[{\"start\":6,\"end\":13,\"text\":\"an Ana.\"}]}\n",
        ),
    ];
    let got = import_files(&files, true).unwrap();
    let span = &got.suite.tasks[0].spans[0];
    assert_eq!((span.document.as_str(), span.from, span.to), ("tiny/talk.md", 8, 15));
    assert_eq!((got.judged, got.unjudged, got.documents), (1, 1, 1));
    assert_eq!(got.suite.qrels.relevant("q").collect::<Vec<_>>(), ["talk.md"]);

    let wrong = [files[0], files[1], (files[2].0, &files[2].1.replace("\"an Ana.\"", "\"an Anna\""))];
    let error = import_files(&wrong, true).unwrap_err().to_string();
    assert!(
        error.ends_with("answers.jsonl:1: span 6..13 of `talk.md` does not hold the text given with it"),
        "{error}"
    );
    let elsewhere = [files[0], files[1], (files[2].0, &files[2].1.replace("\"talk\"", "\"../talk\""))];
    assert!(import_files(&elsewhere, true).unwrap_err().to_string().contains("no raw document `../talk`"));
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    for (name, text, message) in [
        (
            "corpus.jsonl",
            "{\"_id\":\"1\",\"text\":\"\"}\n{\"_id\":\"1\",\"text\":\"\"}\n",
            "corpus.jsonl:2: document `1` stands twice",
        ),
        ("corpus.jsonl", "{\"text\":\"\"}\n", "corpus.jsonl:1: lacks `_id`"),
        (
            "corpus.jsonl",
            "{\"_id\":\"a\\nb\"}\n",
            "corpus.jsonl:1: `_id` is empty or holds a control character",
        ),
        (
            "queries.jsonl",
            "{\"_id\":\"q1\",\"text\":\"a\"}\n{\"_id\":\"q1\",\"text\":\"b\"}\n",
            "queries.jsonl:2: query `q1` stands twice",
        ),
        ("queries.jsonl", "{\"_id\":\"q1\"}\n", "queries.jsonl:1: lacks `text`"),
        ("qrels/test.tsv", "q1\t1\n", "test.tsv:1: 2 columns, but a line of qrels has 4"),
        (
            "answers.jsonl",
            "{\"_id\":\"q1\",\"answers\":[1]}\n",
            "answers.jsonl:1: `answers` is not a list of strings",
        ),
    ] {
        let files: Vec<_> = BEIR.iter().map(|(n, t)| (*n, if *n == name { text } else { *t })).collect();
        let error = import_files(&files, false).unwrap_err().to_string();
        assert!(error.ends_with(message), "{error}");
    }
    let error = import_files(&BEIR[..2], false).unwrap_err().to_string();
    assert!(error.ends_with("has no judgments (qrels.tsv, qrels/test.tsv or qrels.txt)"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn hostile_folders_are_errors_not_panics(
        which in 0..4_usize,
        bytes in prop::collection::vec(any::<u8>(), 0..60),
        cut in 0..300_usize,
        spans in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &BEIR);
        write(folder.path(), &[("raw/corpora/a.md", "text")]);
        let path = folder.path().join(BEIR[which].0);
        let mut text = std::fs::read(&path).unwrap();
        let at = cut % (text.len() + 1);
        text.splice(at..at, bytes);
        std::fs::write(&path, text).unwrap();
        let _ = import(folder.path(), &options(spans));
    }
}
