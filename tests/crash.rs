//! The program is killed at random moments; whatever it was doing, the store is sound afterwards and nothing that a
//! finished command reported is lost. 30 times here; `HAVERSACK_KILLS=500` for more.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a test says what it did")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use common::{Random, Workplace, from_env};
use serde_json::Value;

const PAGES: usize = 40;

/// What is done, and may be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Build,
    Gc,
    Push,
    Pull,
    Repair,
}

const ACTS: [Act; 7] = [Act::Build, Act::Build, Act::Build, Act::Gc, Act::Push, Act::Pull, Act::Repair];

struct World {
    here: Workplace,
    /// Pulls from the remote that `here` pushes to.
    there: Workplace,
    remote: tempfile::TempDir,
    /// How long each act takes when nobody interferes.
    usual: BTreeMap<Act, Duration>,
    state: usize,
    /// Versions that a finished build reported.
    reported: Vec<String>,
}

impl World {
    fn new() -> Self {
        let (here, there) = (Workplace::new(PAGES), Workplace::new(1));
        let remote = tempfile::tempdir().unwrap();
        let (usual, reported) = (BTreeMap::new(), Vec::new());
        let mut world = Self { here, there, remote, usual, state: 0, reported };
        for act in [Act::Build, Act::Push, Act::Pull, Act::Gc, Act::Repair] {
            let began = Instant::now();
            assert!(world.act(act, None, &mut Random(1)), "{act:?} must work undisturbed");
            world.usual.insert(act, began.elapsed());
        }
        world
    }

    fn arguments(&self, act: Act) -> Vec<String> {
        let remote = self.remote.path().display().to_string();
        let words: &[&str] = match act {
            Act::Build => &["build", "docs"],
            Act::Gc => &["gc", "--keep-last", "3", "--apply"],
            Act::Push => &["push", &remote, "docs"],
            Act::Pull => &["pull", &remote, "docs"],
            Act::Repair => &["fsck", "--repair"],
        };
        words.iter().chain(&["--json"]).map(|word| (*word).to_owned()).collect()
    }

    /// Does something; it is killed after the time, if one is given. Whether it came to its end, and well.
    fn act(&mut self, act: Act, kill: Option<Duration>, random: &mut Random) -> bool {
        if act == Act::Build {
            self.state += 1;
            for _ in 0..1 + random.below(3) {
                self.here.write_page(random.below(PAGES), self.state);
            }
        }
        let place = if act == Act::Pull { &self.there } else { &self.here };
        let arguments = self.arguments(act);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut child = place.command(&arguments).spawn().unwrap();
        if let Some(after) = kill {
            std::thread::sleep(after);
            let _ = child.kill();
        }
        let output = child.wait_with_output().unwrap();
        if output.status.code().is_none() {
            return false;
        }
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{act:?}: {said}");
        if act == Act::Build {
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            self.reported.push(report["version"].as_str().unwrap().to_owned());
        }
        true
    }

    /// Everything that must hold at any time.
    fn check(&self, after: &str) {
        for (name, place) in [("here", &self.here), ("there", &self.there)] {
            let (code, out, err) = place.run(&["fsck", "--json"]);
            assert_eq!(code, 0, "{name}, {after}: {out}{err}");
            let (code, _, err) =
                place.run(&["pack", "docs", "what of invoices number 6?", "--budget", "300"]);
            assert_eq!(code, 0, "{name}, {after}: {err}");
        }
        let log = self.here.json(&["log", "docs"]);
        let text = log.to_string();
        let lost: BTreeSet<&String> =
            self.reported.iter().filter(|version| !text.contains(*version)).collect();
        assert!(lost.is_empty(), "{after}: {lost:?} were reported and are in no log");
    }
}

#[test]
fn whatever_is_killed_leaves_a_sound_store() {
    let kills = from_env("HAVERSACK_KILLS", 30);
    let mut random = Random::seeded();
    let mut world = World::new();
    let mut struck: BTreeMap<Act, usize> = BTreeMap::new();
    let mut done = 0;
    let mut tried = 0;
    while done < kills {
        tried += 1;
        assert!(tried < 20 * kills + 100, "too few kills hit: {struck:?}");
        let act = ACTS[random.below(ACTS.len())];
        let usual = world.usual[&act].as_micros() as usize;
        let after = Duration::from_micros(random.below(usual + usual / 4) as u64);
        if !world.act(act, Some(after), &mut random) {
            done += 1;
            *struck.entry(act).or_default() += 1;
            world.check(&format!("{act:?} killed after {after:?}"));
        }
    }
    for act in [Act::Build, Act::Push, Act::Pull, Act::Gc, Act::Repair] {
        assert!(world.act(act, None, &mut random), "{act:?} must work afterwards");
    }
    world.check("the end");
    eprintln!("{done} kills that struck, of {tried}: {struck:?}");
}
