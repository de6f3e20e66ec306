//! What each reader makes of a file.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;

use haversack_corpus::{SkipReason, Skipped, read, scan};
use haversack_model::{CorpusRule, CorpusSource, Document, Media, Trust};

fn source() -> CorpusSource {
    CorpusSource::standard("c", ".")
}

fn read_with(source: &CorpusSource, name: &str, bytes: &[u8]) -> Result<Vec<Document>, Skipped> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    let found = scan(source, folder.path()).unwrap();
    assert_eq!((found.files.len(), found.skipped.len()), (1, 0), "{name}");
    read(source, &found.files[0])
}

fn one(name: &str, bytes: &[u8]) -> Document {
    let mut documents = read_with(&source(), name, bytes).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn fails(name: &str, bytes: &[u8]) -> SkipReason {
    let reason = read_with(&source(), name, bytes).unwrap_err().reason;
    assert!(reason.is_loss(), "{reason}");
    reason
}

fn labels(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn front_matter_adds_labels_and_lowers_trust() {
    let mut source = source();
    source.labels = labels(&["staff"]);
    source.trust = Trust::Trusted;
    source.metadata.insert("team".to_owned(), "a".to_owned());
    let rule = |path: &str, trust: Option<Trust>| CorpusRule {
        path: path.to_owned(),
        labels: labels(&["rule"]),
        trust,
        language: Some("fr".to_owned()),
        metadata: [("team".to_owned(), "b".to_owned())].into(),
    };
    source.rules = vec![rule("hr/**", Some(Trust::Standard)), rule("other/*", Some(Trust::Untrusted))];
    let text =
        "---\ntitle: Pay bands\nlabels: hr, board\ntrust: trusted\ntags: [x, y]\nstatus: final\n---\n# H1\n";
    let document = read_with(&source, "hr/pay.md", text.as_bytes()).unwrap().remove(0);
    let record = document.record.clone();
    assert_eq!((record.id.as_str(), record.title.as_str()), ("c/hr/pay.md", "Pay bands"));
    assert_eq!(record.labels, labels(&["staff", "rule", "hr", "board"]));
    assert_eq!((record.trust, record.language.as_deref()), (Trust::Standard, Some("fr")));
    let metadata: Vec<_> = record.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(metadata, [("status", "final"), ("tags", "x, y"), ("team", "b")]);
    assert_eq!((document.body(), document.text.as_str()), ("# H1\n", text));
    let lower = read_with(&source, "a.md", b"---\ntrust: Untrusted\n---\n").unwrap().remove(0);
    assert_eq!(lower.record.trust, Trust::Untrusted);
}

#[test]
fn front_matter_that_could_hide_labels_is_a_loss() {
    assert!(matches!(fails("a.md", b"---\nlabels: [x\n---\n"), SkipReason::FrontMatter { .. }));
    assert!(matches!(fails("a.md", b"---\ntrust: high\n---\n"), SkipReason::FrontMatter { .. }));
    assert!(matches!(fails("a.md", b"---\nlabels: {a: b}\n---\n"), SkipReason::FrontMatter { .. }));
    assert!(matches!(fails("a.txt", b"+++\nlabels = [\n+++\n"), SkipReason::FrontMatter { .. }));
}

#[test]
fn titles_come_from_the_best_source() {
    assert_eq!(one("x.md", b"text\n\n# The *H1*\n").record.title, "The H1");
    assert_eq!(one("x.rst", b"Guide\n=====\n\nText\n").record.title, "Guide");
    assert_eq!(one("some/notes.txt", b"text").record.title, "notes");
    let code = one("src/a.py", b"x = 1\n").record;
    assert_eq!(
        (code.title.as_str(), code.media, code.metadata["code"].as_str()),
        ("src/a.py", Media::Code, "python")
    );
}

#[test]
fn html_keeps_content_and_drops_the_frame() {
    let html = r##"<!doctype html><html lang="en-GB"><head><title>Keys | ACME</title>
        <meta name="labels" content="ops, sec"><meta name="trust" content="untrusted"><style>x{}</style></head>
        <body><nav>Home About</nav><header>Banner</header><main><h1>Keys<a class="headerlink" href="#k">¶</a></h1>
        <p>Rotate   the <code>key</code> &amp; wait.<br>Then stop.</p><ul><li>one<ul><li>inner</li></ul></li><li>two</li></ul>
        <ol start="3"><li>third</li></ol><pre><code class="language-sh">ls  -l
cd</code></pre><table><tr><th>a</th><th>b|c</th></tr><tr><td>1</td><td>2</td></tr></table>
        <blockquote><p>said</p></blockquote><script>alert(1)</script></main><footer>Legal</footer></body></html>"##;
    let document = one("k.html", html.as_bytes());
    let expected = "# Keys\n\nRotate the `key` & wait.\nThen stop.\n\n- one\n  - inner\n- two\n\n3. third\n\n\
        ```sh\nls  -l\ncd\n```\n\n| a | b\\|c |\n|---|---|\n| 1 | 2 |\n\n> said\n";
    assert_eq!(document.text, expected);
    let record = document.record;
    assert_eq!((record.title.as_str(), record.language.as_deref()), ("Keys", Some("en")));
    assert_eq!((record.labels, record.trust), (labels(&["ops", "sec"]), Trust::Untrusted));
}

#[test]
fn html_without_main_is_read_whole() {
    let document = one("a.htm", b"<title>T</title><div>One<p>Two</div><main></main><p>Three");
    assert_eq!((document.text.as_str(), document.record.title.as_str()), ("One\n\nTwo\n\nThree\n", "T"));
}

#[test]
fn notebooks_become_markdown() {
    let notebook = r##"{"cells": [
        {"cell_type": "markdown", "source": ["# Title\n", "Words"]},
        {"cell_type": "code", "source": "print('```')", "outputs": [{"text": ["hi\n"]}, {"ename": "E", "evalue": "bad"}]}],
        "metadata": {"language_info": {"name": "python"}}}"##;
    let document = one("a.ipynb", notebook.as_bytes());
    let expected =
        "# Title\nWords\n\n````python\nprint('```')\n````\n\n```text\nhi\n```\n\n```text\nE: bad\n```\n";
    assert_eq!((document.text.as_str(), document.record.title.as_str()), (expected, "Title"));
    assert!(matches!(fails("b.ipynb", b"{\"cells\": [}"), SkipReason::Damaged { .. }));
}

#[test]
fn rows_become_documents() {
    let csv = "id,title,question,answer,labels\n7,T,Why?,\"Because\nso\",\"a,b\"\n8,,What?,,\n";
    let mut source = source();
    source.records.id = "id".to_owned();
    let documents = read_with(&source, "faq.csv", csv.as_bytes()).unwrap();
    assert_eq!(documents[0].text, "question: Why?\nanswer: Because\nso");
    assert_eq!(documents[0].record.id.as_str(), "c/faq.csv#7");
    assert_eq!(
        (documents[0].record.title.as_str(), &documents[0].record.labels),
        ("T", &labels(&["a", "b"]))
    );
    assert_eq!((documents[1].text.as_str(), documents[1].record.title.as_str()), ("question: What?", "faq"));
    source.records.text = vec!["answer".to_owned()];
    source.records.metadata = vec!["*".to_owned()];
    let documents = read_with(&source, "faq.csv", csv.as_bytes()).unwrap();
    assert_eq!(
        (documents[0].text.as_str(), documents[0].record.metadata["question"].as_str()),
        ("Because\nso", "Why?")
    );
    let tsv = read_with(&self::source(), "x.tsv", b"text\tn\nhello\t1\n").unwrap();
    assert_eq!((tsv[0].text.as_str(), tsv[0].record.id.as_str()), ("text: hello\nn: 1", "c/x.tsv#1"));
    let latin = read_with(&self::source(), "x.csv", b"a;b\nStra\xDFe;gr\xFCn\n").unwrap();
    assert_eq!(latin[0].text, "a: Straße\nb: grün");
}

#[test]
fn beir_rows_are_read_by_default() {
    let jsonl = "{\"_id\": \"d1\", \"title\": \"T\", \"text\": \"Body\", \"metadata\": {\"year\": 1958, \"who\": [\"A\", \"B\"]}}\n\n\
        {\"_id\": 2, \"title\": \"Only a title\", \"text\": \"\"}\n{\"text\": \"no id\", \"labels\": [\"x\"]}\n";
    let documents = read_with(&source(), "corpus.jsonl", jsonl.as_bytes()).unwrap();
    let seen: Vec<_> = documents.iter().map(|d| (d.record.id.path(), d.text.as_str())).collect();
    assert_eq!(
        seen,
        [("corpus.jsonl#d1", "Body"), ("corpus.jsonl#2", "Only a title"), ("corpus.jsonl#3", "no id")]
    );
    assert_eq!(documents[0].record.metadata["year"], "1958");
    assert_eq!(documents[0].record.metadata["who"], "A, B");
    assert_eq!(documents[2].record.labels, labels(&["x"]));
}

#[test]
fn bad_rows_fail_the_file_and_are_named() {
    let twice = fails("a.jsonl", b"{\"_id\": \"x\"}\n{\"_id\": \"y\"}\n{\"_id\": \"x\"}\n");
    assert_eq!(twice, SkipReason::DuplicateRecord { id: "x".to_owned(), first: 1, second: 3 });
    assert!(matches!(fails("a.jsonl", b"{\"a\": 1}\n{\"a\": \n"), SkipReason::BadRecord { row: 2, .. }));
    assert!(matches!(fails("a.jsonl", b"{\"labels\": 3}\n"), SkipReason::BadRecord { row: 1, .. }));
    assert!(matches!(
        fails("a.jsonl", b"{\"labels\": [], \"labels\": [\"x\"]}"),
        SkipReason::BadRecord { .. }
    ));
    assert!(matches!(fails("a.csv", b"a,b\n1,2\n1,2,3\n"), SkipReason::BadRecord { row: 2, .. }));
    assert!(matches!(fails("a.csv", b"a,a\n1,2\n"), SkipReason::Damaged { .. }));
    let mut source = source();
    source.records.labels = "readers".to_owned();
    let reason = read_with(&source, "a.csv", b"text,reader\nx,y\n").unwrap_err().reason;
    assert_eq!(reason.to_string(), "damaged: no column `readers`");
}

#[test]
fn encodings_are_told_and_noted() {
    let utf16: Vec<u8> =
        [0xFEFF_u16].into_iter().chain("# Grün".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let document = one("a.md", &utf16);
    assert_eq!(
        (document.text.as_str(), document.record.metadata["encoding"].as_str()),
        ("# Grün", "utf-16le")
    );
    assert_eq!(one("a.md", b"\xEF\xBB\xBF---\ntitle: x\n---\nbody").body(), "body");
    let latin = one("a.txt", b"Die Stra\xDFe f\xFChrt \xFCber den Fluss nach S\xFCden.");
    assert!(latin.text.contains("Straße führt"));
}
