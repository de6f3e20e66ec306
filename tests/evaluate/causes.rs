//! `eval attribute`, `eval bisect`, `eval sweep` and `eval bias` find what was planted, and nothing else.

use serde_json::{Value, json};

use crate::examined::{Examined, NAMES, days, factors, task};

const SIDES: [&str; 4] = ["docs~1", "docs", "--suite", "leases"];

/// The factors that an attribution found.
fn found(attribution: &Value) -> Vec<String> {
    let all = attribution["factors"].as_array().unwrap().iter();
    factors(&all.filter(|factor| factor["found"] == true).map(|factor| factor["factor"].clone()).collect())
}

/// Six pages are painted; the facts of some are others; the recipe says something else.
fn edited(facts: &[usize], packing: &str, tables: &str) -> Examined {
    let examined = Examined::new(16, 8);
    edit(&examined, facts, packing, tables);
    examined
}

fn edit(examined: &Examined, facts: &[usize], packing: &str, tables: &str) {
    (0..6).for_each(|page| examined.page(page, days(page), "green"));
    facts.iter().for_each(|page| examined.page(*page, 7_000 + page, "green"));
    examined.recipe(packing, tables);
    examined.build();
}

#[test]
fn an_attribution_finds_the_page_and_not_its_neighbours_or_the_field() {
    // The reader finds days wherever they stand.
    let examined = edited(&[2], "order = \"document\"", "");
    let args = [&["attribute"], &SIDES[..], &["--agent", "reader"]].concat();
    let first = examined.json(&args);
    assert_eq!(found(&first), ["mirvane.md"], "{first}");
    assert_eq!(first["factors"].as_array().unwrap().len(), 7, "six pages and a field");
    assert_eq!(first["calls"], examined.asked().len());
    let effect = &first["factors"][0];
    assert_eq!(effect["per_task"]["t02"], -1.0, "{effect}");
    assert!((effect["suite_effect"].as_f64().unwrap() + 1.0 / 8.0).abs() < 1e-9, "{effect}");
    // Again: the same, and nobody is asked.
    let second = examined.json(&args);
    assert!(examined.asked().is_empty());
    assert_eq!((&second["calls"], &second["factors"]), (&Value::from(0), &first["factors"]));
}

#[test]
fn an_attribution_finds_a_field_that_matters() {
    // Who believes the first passage needs the best one first. By words alone colours move nothing.
    let words = "[fusion]\ndense_weight = 0";
    let examined = Examined::new(16, 8);
    examined.recipe("", words);
    examined.build();
    edit(&examined, &[4], "order = \"document\"", words);
    let first = examined.json(&[&["attribute"], &SIDES[..], &["--agent", "first"]].concat());
    assert_eq!(found(&first), ["ostrick.md", "packing.order"], "{first}");
}

#[test]
fn the_built_in_agent_is_explained_across_another_chunking() {
    let examined = edited(&[1, 5], "", "[chunking]\nbreadcrumb = false");
    let args = [&["attribute"], &SIDES[..]].concat();
    let first = examined.json(&args);
    assert_eq!(found(&first), ["phandel.md", "quenta.md"], "{first}");
    assert_eq!(examined.json(&args)["calls"], 0);
    let (code, text, _) = examined.place.run(&[&["eval"], &args[..]].concat());
    assert!(code == 0 && text.starts_with("2 changes move the outcome of some task"), "{text}");
}

#[test]
fn one_version_says_which_pages_carry_the_suite() {
    let examined = Examined::new(10, 5);
    let carried = examined.json(&["attribute", "docs", "--suite", "leases"]);
    let pages = found(&carried["attribution"]);
    let expected: Vec<String> = NAMES[..5].iter().map(|name| format!("{}.md", name.to_lowercase())).collect();
    for page in &expected {
        assert!(pages.contains(page), "{page}: {carried}");
    }
    assert_eq!(pages.len(), expected.len(), "{pages:?}");
}

/// A second page about a name, with days of its own.
fn second_page(examined: &Examined, page: usize, days: usize) {
    let name = NAMES[page];
    let text = format!("# Register\n\nAccording to the register the lease of {name} lasts {days} days.\n");
    examined.write(&format!("docs/register-{}.md", name.to_lowercase()), &text);
}

/// Two pages give the lease of each of the first two names. Either will do for the first; the second has two halves.
fn doubled() -> Examined {
    let examined = Examined::new(8, 0);
    let halves = json!({
        "id": "both", "query": format!("How many days does the lease of {} last?", NAMES[1]), "graders": ["pattern"],
        "expect": {"regex": format!("{0}.*2222|2222.*{0}", days(1))},
    });
    let mut either = task(0);
    either["id"] = "either".into();
    examined.suite(&[either, halves, task(2)]);
    second_page(&examined, 0, days(0));
    second_page(&examined, 1, 2222);
    examined.build();
    for page in 0..2 {
        second_page(&examined, page, 8_000);
        examined.page(page, 8_001, "white");
    }
    examined.page(3, days(3), "green");
    examined.page(2, 8_002, "white");
    examined.build();
    examined
}

#[test]
fn a_bisection_finds_the_smallest_sets() {
    let examined = doubled();
    let bisect = |task: &str, more: &[&str]| {
        let args = ["--agent", "reader", "--task", task];
        examined.json(&[&["bisect"], &SIDES[..], &args, more].concat())
    };
    let one = bisect("t02", &[]);
    assert_eq!(factors(&one["factors"]), ["mirvane.md"], "{one}");
    assert_eq!((&one["direction"], &one["conclusive"]), (&Value::from("worse"), &Value::from(true)));
    assert_eq!(one["calls"], examined.asked().len());
    assert_eq!(bisect("t02", &[])["calls"], 0, "all is known");
    // Both pages must say otherwise before the outcome is another.
    let two = bisect("either", &["--all"]);
    assert_eq!(factors(&two["factors"]), ["register-zorbel.md", "zorbel.md"], "{two}");
    assert!(two["others"].is_null(), "{two}");
    // Either page's change is enough.
    let first = bisect("both", &[]);
    assert_eq!((factors(&first["factors"]).len(), &first["redundant"]), (1, &Value::from(true)), "{first}");
    let all = bisect("both", &["--all"]);
    let mut sets = factors(&all["factors"]);
    sets.extend(factors(&all["others"][0]));
    sets.sort();
    assert_eq!(sets, ["quenta.md", "register-quenta.md"], "{all}");
    assert_eq!(all["others"].as_array().unwrap().len(), 1);
}

#[test]
fn a_bisection_without_a_difference_says_no() {
    let examined = Examined::new(8, 4);
    examined.page(1, days(1), "green");
    examined.build();
    let args = [&["eval", "bisect"], &SIDES[..], &["--task", "t01"]].concat();
    let none = examined.ends(0, &args);
    assert_eq!((&none["direction"], &none["factors"]), (&Value::from("same"), &json!([])), "{none}");
}

#[test]
fn a_log_is_bisected_to_the_version_that_broke_it() {
    let examined = Examined::new(8, 4);
    examined.tag("v1");
    let mut versions = Vec::new();
    for state in 1..6 {
        examined.page(6, days(6), ["green", "red", "blue", "grey", "pink"][state - 1]);
        if state == 3 {
            examined.page(2, 4_444, "white");
        }
        let built = examined.place.json(&["build", "docs"]);
        versions.push(built["version"].as_str().unwrap().to_owned());
    }
    let args = ["bisect", "docs@v1..docs", "--suite", "leases", "--agent", "reader"];
    let found = examined.json(&[&args[..], &["--task", "t02"]].concat());
    assert_eq!(found["versions"].as_array().unwrap().len(), 6);
    let first_bad = found["first_bad"].as_str().unwrap().trim_start_matches("docs@");
    assert!(versions[2].contains(first_bad), "{found} {versions:?}");
    let last_good = found["last_good"].as_str().unwrap().trim_start_matches("docs@");
    assert!(versions[1].contains(last_good), "{found}");
    // The whole suite, by the built-in agent.
    let whole = examined.json(&["bisect", "docs@v1..docs", "--suite", "leases"]);
    assert_eq!(whole["first_bad"], found["first_bad"]);
}

#[test]
fn a_sweep_runs_every_combination_and_marks_the_front() {
    let examined = Examined::new(12, 6);
    let points = examined.json(&[
        "sweep",
        "docs",
        "--suite",
        "leases",
        "--vary",
        "packing.budget=8,60,240",
        "--vary",
        "chunking.breadcrumb=true,false",
    ]);
    let points = points.as_array().unwrap();
    assert_eq!(points.len(), 6);
    let number = |point: &Value, path: &str| point.pointer(path).unwrap().as_f64().unwrap();
    for point in points {
        let dominated = points.iter().any(|other| {
            let (tokens, score) = (number(other, "/tokens"), number(other, "/score/mean"));
            let (own_tokens, own_score) = (number(point, "/tokens"), number(point, "/score/mean"));
            tokens <= own_tokens && score >= own_score && (tokens < own_tokens || score > own_score)
        });
        assert_eq!(point["on_front"], !dominated, "{point}");
        let budget: f64 = point["settings"]["packing.budget"].as_str().unwrap().parse().unwrap();
        assert!(number(point, "/tokens") <= budget, "{point}");
        assert_eq!(number(point, "/score/mean"), if budget < 10.0 { 0.0 } else { 1.0 }, "{point}");
    }
    // No version was made of it, and nothing is left to ask.
    assert_eq!(examined.place.json(&["log", "docs"]).as_array().unwrap().len(), 1);
    let (code, text, err) = examined.place.run(&[
        "eval",
        "sweep",
        "docs",
        "--suite",
        "leases",
        "--vary",
        "packing.budget=60,240",
    ]);
    assert_eq!((code, text.lines().count()), (0, 2), "{text}{err}");
    assert!(text.starts_with('*') && text.lines().nth(1).unwrap().starts_with(' '), "{text}");
}

#[test]
fn an_agent_that_believes_the_first_passage_is_found_out() {
    let examined = Examined::new(12, 8);
    let bias = |agent: &str| examined.json(&["bias", "docs", "--suite", "leases", "--agent", agent]);
    let first = bias("first");
    assert_eq!((&first["tasks"], &first["unstable"]), (&Value::from(8), &Value::from(8)), "{first}");
    for effect in [&first["support_first"], &first["first_cited"]] {
        assert!(effect["effect"]["low"].as_f64().unwrap() > 0.0, "{effect}");
    }
    assert_eq!(first["support_first"]["effect"]["mean"], 1.0);
    let none = bias("extractive");
    assert_eq!((&none["unstable"], &none["answers"]), (&Value::from(0), &first["answers"]), "{none}");
    assert_eq!(none["support_first"]["effect"]["mean"], 0.0);
    let asked = examined.asked().len();
    assert_eq!(first["answers"], asked);
    bias("first");
    assert!(examined.asked().is_empty(), "all is known");
}
