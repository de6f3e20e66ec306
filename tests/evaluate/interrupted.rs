//! A run that is killed or interrupted goes on where it was; `HAVERSACK_KILLS=100` for more kills.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use haversack::Store;
use haversack::evaluate::runs;
use serde_json::Value;

use crate::common::{Random, from_env, strict};
use crate::examined::Examined;

const RUN: [&str; 6] = ["eval", "run", "leases", "--context", "docs", "--agent"];

/// Runs of the store, newest first, with the tasks that have an outcome.
fn recorded(examined: &Examined) -> Vec<(String, BTreeSet<String>)> {
    let store = Store::open(examined.place.store()).unwrap();
    let listing = runs(&store).all().unwrap();
    assert!(listing.unreadable.is_empty(), "{:?}", listing.unreadable);
    let tasks = |recording: &haversack_eval::Recording| {
        recording.entries.values().map(|entry| entry.outcome.task.clone()).collect()
    };
    let mut all: Vec<_> = listing
        .recordings
        .iter()
        .map(|recording| (recording.header.run.to_string(), tasks(recording)))
        .collect();
    all.sort_by(|a: &(String, _), b| b.0.cmp(&a.0));
    all
}

/// Starts a command that ends by itself, by a signal after a while, or not at all.
fn strike(examined: &Examined, args: &[&str], (signal, after): (&str, Duration)) -> Output {
    let child = examined.place.command(args).spawn().unwrap();
    std::thread::sleep(after);
    let id = child.id().to_string();
    Command::new("/bin/sh").args(["-c", "kill -$0 $1 2>/dev/null", signal, &id]).status().unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn whatever_is_killed_can_be_resumed_and_asks_nothing_twice() {
    let kills = from_env("HAVERSACK_KILLS", 5);
    let mut random = Random::seeded();
    let examined = Examined::new(16, 16);
    let began = Instant::now();
    assert_eq!(examined.place.run(&[&RUN[..], &["slow"]].concat()).0, 0);
    let usual = began.elapsed();
    let mut struck = 0;
    while struck < kills {
        std::fs::remove_dir_all(examined.place.store().join("runs")).unwrap();
        examined.asked();
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        let mut in_flight = 0;
        loop {
            let before = recorded(&examined);
            let resume: Vec<&str> = match before.first() {
                Some((run, _)) => vec!["slow", "--resume", run, "--json"],
                None => vec!["slow", "--json"],
            };
            let args = [&RUN[..], &resume].concat();
            let after = Duration::from_micros(random.below(usual.as_micros() as usize) as u64);
            // Every second time nothing hits it.
            let kill = struck < kills && random.below(2) == 0;
            let signal = if kill { "KILL" } else { "CONT" };
            let output = strike(&examined, &args, (signal, after));
            let now = examined.counted();
            if let Some((run, answered)) = before.first() {
                let again: Vec<_> = answered.iter().filter(|task| now.contains_key(*task)).collect();
                assert!(again.is_empty(), "{run}: {again:?} were answered and are asked again");
            }
            now.into_iter().for_each(|(task, count)| *asked.entry(task).or_default() += count);
            if output.status.code().is_some() {
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                let record = strict(&String::from_utf8_lossy(&output.stdout));
                assert_eq!(
                    (&record["complete"], &record["mean_score"]),
                    (&Value::from(true), &Value::from(1.0))
                );
                break;
            }
            (struck, in_flight) = (struck + 1, in_flight + 1);
        }
        let all = recorded(&examined);
        assert_eq!((all.len(), all[0].1.len()), (1, 16));
        assert!(asked.len() == 16 && asked.values().sum::<usize>() <= 16 + in_flight, "{asked:?}");
    }
}

#[test]
fn ctrl_c_leaves_a_run_that_can_be_resumed() {
    let examined = Examined::new(16, 16);
    let args = [&RUN[..], &["slow"]].concat();
    let child = examined.place.command(&args).spawn().unwrap();
    let began = Instant::now();
    while recorded(&examined).first().is_none_or(|(_, answered)| answered.len() < 3) {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing is answered");
        std::thread::sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(Command::new("/bin/sh").args(["-c", "kill -INT $0", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let (run, answered) = recorded(&examined).remove(0);
    assert!((3..16).contains(&answered.len()), "{}", answered.len());
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("not complete") && said.contains(&format!("--resume {run}")), "{said}");
    let asked = examined.counted();
    assert_eq!(asked.keys().cloned().collect::<BTreeSet<_>>(), answered, "what was asked is recorded");
    // It is listed as what it is, and a beginning of its id is enough.
    let listed = examined.json(&["runs"]);
    assert_eq!((&listed[0]["complete"], &listed[0]["run"]), (&Value::from(false), &Value::from(run.clone())));
    let resumed = examined.ends(0, &[&args[..], &["--resume", &run[..run.len() - 2]]].concat());
    assert_eq!((&resumed["complete"], &resumed["run"]), (&Value::from(true), &Value::from(run)));
    let rest = examined.counted();
    assert_eq!(rest.len(), 16 - answered.len());
    assert!(rest.keys().all(|task| !answered.contains(task)), "{rest:?}");
}

#[test]
fn ctrl_c_elsewhere_says_how_to_go_on() {
    let examined = Examined::new(16, 10);
    (0..10).for_each(|page| examined.page(page, 5_000 + page, "white"));
    examined.build();
    let cases: [&[&str]; 3] = [
        &["compare", "docs~1", "docs"],
        &["bias", "docs"],
        &["sweep", "docs", "--vary", "packing.budget=60,61"],
    ];
    for case in cases {
        let args = [&["eval"], case, &["--suite", "leases", "--agent", "slow"]].concat();
        let child = examined.place.command(&args).spawn().unwrap();
        let began = Instant::now();
        while examined.asked_so_far() < 3 {
            assert!(began.elapsed() < Duration::from_secs(60), "nothing is asked");
            std::thread::sleep(Duration::from_millis(5));
        }
        let id = child.id().to_string();
        assert!(Command::new("/bin/sh").args(["-c", "kill -INT $0", &id]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{case:?}: {said}");
        assert!(said.starts_with("error: stopped before the end") && said.contains("hint:"), "{said}");
        let before = examined.asked().len();
        examined.ends(0, &args);
        let after = examined.asked().len();
        assert!(before >= 3 && after > 0, "{case:?}: {before} and {after}");
        examined.ends(0, &args);
        assert_eq!(examined.asked_so_far(), 0);
        // In a store that knows nothing it takes as many calls as both halves did.
        std::fs::remove_dir_all(examined.place.store().join("runs")).unwrap();
        examined.ends(0, &args);
        assert_eq!(examined.asked().len(), before + after, "{case:?}: nothing is asked twice");
        std::fs::remove_dir_all(examined.place.store().join("runs")).unwrap();
    }
}
