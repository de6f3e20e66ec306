//! What must hold of the whole path, from files to pack.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use haversack::{
    BuildOptions, BuildReport, DiffOptions, Machine, Pack, Principal, Request, Silent, Store, Verdict,
    Workspace,
};
use proptest::prelude::*;

/// Documents by path.
type Files = BTreeMap<String, String>;

const RECIPE: &str = "name = \"docs\"\n[[corpus]]\nname = \"docs\"\npath = \"../../docs\"\n\
    [embedding]\nmodel = \"hash\"\n[packing]\nmin_score = 0\n";

fn write(root: &Path, recipe: &str, files: &Files) {
    let docs = root.join("docs");
    let _ = fs::remove_dir_all(&docs);
    fs::create_dir_all(&docs).unwrap();
    for (path, text) in files {
        fs::write(docs.join(path), text).unwrap();
    }
    fs::create_dir_all(root.join("contexts/docs")).unwrap();
    fs::write(root.join("contexts/docs/recipe.toml"), recipe).unwrap();
}

fn build_with(root: &Path, threads: usize) -> BuildReport {
    let machine = Machine { threads: NonZeroUsize::new(threads), ..Machine::default() };
    let options = BuildOptions { machine, ..BuildOptions::default() };
    haversack::build(&Workspace::at(root), "docs", &options, &Silent).unwrap()
}

fn pack_as(root: &Path, query: &str, budget: usize, principal: Principal) -> Pack {
    let store = Store::open(root.join(".haversack")).unwrap();
    let request = Request::new(query).budget(budget).principal(principal);
    let mut pack = store.context("docs").unwrap().pack(&request).unwrap();
    pack.timings_us = haversack::Timings::default();
    pack
}

fn pack(root: &Path, query: &str, budget: usize) -> Pack {
    pack_as(root, query, budget, Principal::anyone())
}

fn files() -> impl Strategy<Value = Files> {
    let word = prop::sample::select(vec![
        "key", "rotate", "signing", "invoice", "refund", "page", "alert", "region", "drain", "policy",
        "days", "late",
    ]);
    let paragraph = prop::collection::vec(word, 3..40).prop_map(|words| words.join(" "));
    let text = (0..4_u8, prop::collection::vec(paragraph, 1..5)).prop_map(|(heading, paragraphs)| {
        format!("# Title {heading}\n\n{}\n", paragraphs.join(".\n\n## Part\n\n"))
    });
    prop::collection::btree_map("[a-e]{1,3}".prop_map(|name| format!("{name}.md")), text, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn an_incremental_build_packs_as_a_fresh_one(states in prop::collection::vec(files(), 2..4), budget in 20..400_usize) {
        let (history, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let last = states.last().unwrap().clone();
        let mut version = None;
        for state in &states {
            write(history.path(), RECIPE, state);
            version = Some(build_with(history.path(), 2).version);
        }
        write(fresh.path(), RECIPE, &last);
        prop_assert_eq!(version, Some(build_with(fresh.path(), 1).version));
        for query in ["rotate the signing key", "late invoice refund policy", "drain"] {
            let (a, b) = (pack(history.path(), query, budget), pack(fresh.path(), query, budget));
            prop_assert!(a.tokens <= budget);
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn documents_that_a_principal_may_not_read_change_nothing(open in files(), secret in files()) {
        let (with, without) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut all = open.clone();
        for (path, text) in &secret {
            all.insert(format!("secret-{path}"), format!("---\nlabels: [hr]\n---\n{text}"));
        }
        write(with.path(), RECIPE, &all);
        write(without.path(), RECIPE, &open);
        build_with(with.path(), 2);
        build_with(without.path(), 2);
        for query in ["rotate the signing key", "late invoice refund policy"] {
            let (mut a, mut b) = (pack(with.path(), query, 300), pack(without.path(), query, 300));
            // The versions differ, as they must; nothing else may.
            for pack in [&mut a, &mut b] {
                pack.version = haversack::Digest::of(b"");
            }
            prop_assert_eq!(a, b);
        }
        let hr = pack_as(with.path(), "rotate the signing key", 2_000, Principal::new("ana", ["hr"]));
        prop_assert!(hr.decisions.len() >= secret.len().min(1));
    }
}

fn sample() -> Files {
    let page = |n: usize| {
        let topic = ["keys", "invoices", "alerts", "regions"][n % 4];
        (
            format!("p{n}.md"),
            format!("# Page {n}\n\nThis page is about {topic} number {n}.\n\n## More\n\nWords on {topic}.\n"),
        )
    };
    (0..40).map(page).collect()
}

#[test]
fn losing_every_index_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), RECIPE, &sample());
    build_with(folder.path(), 2);
    let before = pack(folder.path(), "invoices number 5", 200);
    let store = Store::open(folder.path().join(".haversack")).unwrap();
    for cache in ["segments", "indexes", "cache"] {
        fs::remove_dir_all(folder.path().join(".haversack").join(cache)).unwrap();
        let error = store.context("docs").err().unwrap();
        assert!(matches!(error, haversack::Error::IndexMissing { .. }), "{error}");
    }
    let repairs = haversack::repair(&store, true, &Machine::default(), &Silent).unwrap();
    assert!(repairs.iter().all(|repair| repair.rebuilt));
    assert_eq!(pack(folder.path(), "invoices number 5", 200), before);
}

#[test]
fn a_rebuild_of_unchanged_inputs_makes_no_version_and_no_work() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), RECIPE, &sample());
    let first = build_with(folder.path(), 2);
    let again = build_with(folder.path(), 2);
    assert!(!first.unchanged && again.unchanged);
    assert_eq!((first.version, again.chunks.embedded), (again.version, 0));
    let mut edited = sample();
    edited.insert("p7.md".to_owned(), "# Page 7\n\nAltogether new.\n".to_owned());
    write(folder.path(), RECIPE, &edited);
    let third = build_with(folder.path(), 2);
    assert_eq!((third.documents.changed, third.documents.added, third.chunks.embedded), (1, 0, 1));
}

fn segments(root: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> = fs::read_dir(root.join(".haversack/segments"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    names
}

#[test]
fn relabelling_embeds_nothing_and_holds_at_once() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), RECIPE, &sample());
    build_with(folder.path(), 2);
    let rule = "[[corpus.rule]]\npath = \"p1.md\"\nlabels = [\"finance\"]\n[embedding]";
    fs::write(folder.path().join("contexts/docs/recipe.toml"), RECIPE.replace("[embedding]", rule)).unwrap();
    let built = build_with(folder.path(), 2);
    assert_eq!((built.documents.changed, built.chunks.embedded), (1, 0));
    let pack = pack(folder.path(), "page 1 invoices", 2_000);
    assert!(pack.decisions.iter().all(|decision| !decision.document.as_str().ends_with("/p1.md")));
}

#[test]
fn many_small_builds_merge_and_pack_as_one() {
    let (history, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut files = sample();
    for n in 0..20 {
        files.insert(
            format!("p{n}.md"),
            format!("# Page {n}\n\nEdit {n} of the page on invoices number {n}.\n"),
        );
        write(history.path(), RECIPE, &files);
        build_with(history.path(), 2);
    }
    assert!(segments(history.path()).len() > 9, "old segments stay for old versions");
    write(fresh.path(), RECIPE, &files);
    build_with(fresh.path(), 2);
    for query in ["invoices number 5", "page on alerts", "edit 19"] {
        assert_eq!(pack(history.path(), query, 300), pack(fresh.path(), query, 300));
    }
    // Every version on the way still answers, and the oldest as it did.
    let store = Store::open(history.path().join(".haversack")).unwrap();
    for back in 0..20 {
        store.context(&format!("docs~{back}")).unwrap().pack(&Request::new("invoices").budget(200)).unwrap();
    }
    let repairs = haversack::repair(&store, false, &Machine::default(), &Silent).unwrap();
    assert!(repairs.iter().all(|repair| repair.problem.is_none()), "{repairs:?}");
}

fn fsck(root: &Path, mend: bool) -> haversack::Checked {
    let store = Store::open(root.join(".haversack")).unwrap();
    haversack::fsck(&store, mend, &Machine::default(), &Silent).unwrap()
}

#[test]
fn texts_that_were_lost_or_damaged_are_written_again_from_their_sources() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), RECIPE, &sample());
    build_with(folder.path(), 2);
    assert!(fsck(folder.path(), false).ok);
    let packs = folder.path().join(".haversack/packs");
    let pack = fs::read_dir(&packs).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&pack).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 0x40;
    fs::write(&pack, &bytes).unwrap();
    let damaged = fsck(folder.path(), false);
    assert!(!damaged.ok && !damaged.objects.problems.is_empty());
    let reread = BuildOptions { reread: true, ..BuildOptions::default() };
    haversack::build(&Workspace::at(folder.path()), "docs", &reread, &Silent).unwrap();
    assert!(fsck(folder.path(), true).ok);
    fs::remove_file(&pack).ok();
    haversack::build(&Workspace::at(folder.path()), "docs", &reread, &Silent).unwrap();
    let again = fsck(folder.path(), false);
    assert!(again.ok, "{:?}", again.objects.problems);
}

/// Touches a file while others are read, as an editor that saves during a build does.
struct Touching(std::path::PathBuf);

impl haversack::Progress for Touching {
    fn at(&self, stage: haversack::Stage, _: u64, _: u64) {
        if stage == haversack::Stage::Read {
            let text = fs::read_to_string(&self.0).unwrap();
            fs::write(&self.0, text).unwrap();
        }
    }
}

#[test]
fn a_file_that_is_touched_during_a_build_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), RECIPE, &sample());
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    for n in 0..40 {
        let file = fs::File::options().write(true).open(folder.path().join(format!("docs/p{n}.md"))).unwrap();
        file.set_modified(long_ago).unwrap();
    }
    // The change time cannot be set back: wait until the files are old enough for the cache to trust.
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    build_with(folder.path(), 2);
    fs::write(folder.path().join("docs/new.md"), "# New\n\nA new page.\n").unwrap();
    let progress = Touching(folder.path().join("docs/p3.md"));
    let built =
        haversack::build(&Workspace::at(folder.path()), "docs", &BuildOptions::default(), &progress).unwrap();
    assert_eq!((built.documents.total, built.documents.removed), (41, 0));
}

#[test]
fn a_diff_names_the_document_and_the_field_that_changed_a_pack() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), RECIPE, &sample());
    build_with(folder.path(), 2);
    let mut edited = sample();
    edited.insert("p5.md".to_owned(), "# Page 5\n\nInvoices number 5 are never late.\n".to_owned());
    write(folder.path(), RECIPE, &edited);
    build_with(folder.path(), 2);
    let store = Store::open(folder.path().join(".haversack")).unwrap();
    let options = DiffOptions {
        queries: vec!["invoices number 5".to_owned()],
        budget: Some(120),
        ..DiffOptions::default()
    };
    let diff = haversack::diff(&store, "docs~1", "docs", &options).unwrap();
    assert_eq!((diff.sources.changed.len(), diff.sources.changed[0].what.clone()), (1, vec!["text"]));
    let entered = &diff.packs[0].entered;
    assert!(
        entered.iter().any(|passage| matches!(passage.because, haversack::Cause::DocumentChanged { .. }))
    );

    write(folder.path(), &format!("{RECIPE}max_per_document = 1\n"), &edited);
    build_with(folder.path(), 2);
    let diff = haversack::diff(&store, "docs~1", "docs", &options).unwrap();
    assert!(diff.sources.changed.is_empty());
    assert_eq!(
        diff.recipe.iter().map(|field| field.field.as_str()).collect::<Vec<_>>(),
        ["packing.max_per_document"]
    );
}

#[test]
fn every_candidate_has_one_decision_and_kept_ones_stand_in_the_text() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), RECIPE, &sample());
    build_with(folder.path(), 2);
    let pack = pack(folder.path(), "alerts number 2", 150);
    let mut chunks: Vec<_> = pack.decisions.iter().map(|decision| decision.chunk).collect();
    chunks.sort();
    chunks.dedup();
    assert_eq!(chunks.len(), pack.decisions.len());
    let kept = pack.decisions.iter().filter(|decision| decision.verdict == Verdict::Kept);
    for decision in kept {
        let holds = |p: &haversack::Passage| {
            p.document == decision.document
                && p.span.from <= decision.span.from
                && decision.span.to <= p.span.to
        };
        assert!(pack.passages.iter().any(holds));
    }
}

#[test]
fn a_tokenizer_file_is_part_of_the_version() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &format!("{RECIPE}tokenizer = \"tokens.json\"\n"), &sample());
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../haversack-embed/models/all-MiniLM-L6-v2/tokenizer.json");
    let tokens = folder.path().join("contexts/docs/tokens.json");
    fs::copy(bundled, &tokens).unwrap();
    let first = build_with(folder.path(), 2);
    assert!(pack(folder.path(), "invoices number 5", 100).tokens <= 100);
    let text = fs::read_to_string(&tokens).unwrap();
    fs::write(&tokens, format!("{text}\n")).unwrap();
    let store = Store::open(folder.path().join(".haversack")).unwrap();
    assert!(matches!(store.context("docs").err(), Some(haversack::Error::Stage { .. })));
    assert_ne!(build_with(folder.path(), 2).version, first.version);
}
