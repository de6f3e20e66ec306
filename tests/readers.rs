//! Readers and a writer do not disturb one another: each answer is that of one version, whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a test says what it did")]

mod common;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use common::Workplace;
use haversack::{BuildOptions, Request, Retention, Silent, Store, Workspace};

const PAGES: usize = 12;
const BUILDS: usize = 200;

/// Every page names its state: the states that a text names.
fn states(text: &str) -> BTreeSet<&str> {
    text.match_indices("state")
        .map(|(at, _)| text[at + 5..].split(|c: char| !c.is_ascii_digit()).next().unwrap())
        .collect()
}

#[test]
fn two_threads_pack_while_200_builds_run() {
    let place = Workplace::new(PAGES);
    let workspace = Workspace::at(place.root());
    let build = |state: usize| {
        // All pages change together, so a pack that mixes versions would name two states.
        (0..PAGES).for_each(|page| place.write_page(page, state));
        let options = BuildOptions { now: state as u64, ..BuildOptions::default() };
        haversack::build(&workspace, "docs", &options, &Silent).unwrap()
    };
    build(0);
    let (over, packs) = (AtomicBool::new(false), AtomicUsize::new(0));
    let versions = std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let store = Store::open(place.store()).unwrap();
                let mut seen = BTreeSet::new();
                while !over.load(Ordering::Relaxed) {
                    let context = store.context("docs").unwrap();
                    let request = Request::new("what of invoices and keys?").budget(2_000);
                    let (first, second) = (context.pack(&request).unwrap(), context.pack(&request).unwrap());
                    assert_eq!(first.text(), second.text());
                    assert_eq!(first.version, context.version());
                    assert_eq!(states(first.text()).len(), 1, "{}", first.text());
                    assert!(first.passages().len() >= PAGES / 5);
                    seen.insert(context.version());
                    packs.fetch_add(1, Ordering::Relaxed);
                }
                assert!(seen.len() > 1, "the readers saw only one version");
            });
        }
        let mut versions = BTreeSet::new();
        for state in 1..=BUILDS {
            versions.insert(build(state).version);
            if state % 40 == 0 {
                let store = Store::open(place.store()).unwrap();
                let retention = Retention { keep_last: 2, keep_younger_secs: None, keep_tags: true };
                haversack::gc(&store, &retention, true, state as u64).unwrap();
            }
        }
        over.store(true, Ordering::Relaxed);
        versions
    });
    assert_eq!(versions.len(), BUILDS);
    eprintln!("{} packs during {BUILDS} builds", packs.load(Ordering::Relaxed));
}
