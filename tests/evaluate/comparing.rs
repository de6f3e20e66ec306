//! `eval impact`, `eval compare` and `eval report`: only tasks whose packs changed are asked again.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::examined::{Examined, days};

const SIDES: [&str; 4] = ["docs~1", "docs", "--suite", "leases"];

fn changed(impact: &Value) -> BTreeSet<String> {
    let tasks = impact["tasks"].as_array().unwrap().iter().filter(|task| task["changed"] == true);
    tasks.map(|task| task["task"].as_str().unwrap().to_owned()).collect()
}

/// The fact of one page is another.
fn one_page_changed() -> Examined {
    let examined = Examined::new(24, 12);
    examined.page(3, 9_999, "white");
    examined.build();
    examined
}

#[test]
fn an_impact_names_the_packs_that_differ_and_asks_nobody() {
    let examined = one_page_changed();
    let impact = examined.json(&[&["impact"], &SIDES[..], &["--agent", "reader", "--trials", "2"]].concat());
    let touched = changed(&impact);
    assert!(touched.contains("t03") && touched.len() < 12, "{touched:?}");
    let (changed, unchanged) = (impact["changed"].as_u64().unwrap(), impact["unchanged"].as_u64().unwrap());
    assert_eq!((changed, changed + unchanged), (touched.len() as u64, 12));
    assert_eq!(impact["calls_needed"], 4 * changed);
    assert_eq!(impact["calls_saved"], 4 * unchanged);
    let third = &impact["tasks"][3];
    assert_eq!((third["entered"].as_array().unwrap().len(), third["left"].as_array().unwrap().len()), (1, 1));
    // As packs made one by one say.
    for task in impact["tasks"].as_array().unwrap() {
        let query = examined.query(task["task"].as_str().unwrap());
        let id = |address: &str| {
            examined.place.json(&["pack", address, &query, "--budget", "120"])["pack_id"].clone()
        };
        assert_eq!((id("docs~1"), id("docs")), (task["pack_a"].clone(), task["pack_b"].clone()));
    }
    assert!(examined.asked().is_empty());
}

#[test]
fn a_comparison_asks_where_packs_differ() {
    let examined = one_page_changed();
    let touched = changed(&examined.json(&[&["impact"], &SIDES[..]].concat()));
    let compare = [&["compare"], &SIDES[..], &["--agent", "reader"]].concat();
    let found = examined.json(&compare);
    let counts = examined.counted();
    assert_eq!(counts.keys().cloned().collect::<BTreeSet<_>>(), touched);
    assert!(counts.values().all(|count| *count == 2), "{counts:?}");
    assert_eq!(found["calls"], 2 * touched.len());
    assert_eq!(found["impact"]["calls_saved"], 2 * (12 - touched.len()));
    let comparison = &found["comparison"];
    assert_eq!((&comparison["tasks"], &comparison["losses"]), (&Value::from(12), &Value::from(1)));
    assert_eq!((&comparison["wins"], &comparison["ties"]), (&Value::from(0), &Value::from(11)));
    assert_eq!(comparison["unasked"], 12 - touched.len());
    for task in comparison["per_task"].as_array().unwrap() {
        let id = task["task"].as_str().unwrap();
        assert_eq!(task["asked"], touched.contains(id), "{task}");
        assert_eq!(task["effect"], if id == "t03" { -1.0 } else { 0.0 }, "{task}");
    }
    // Again: all is known.
    let again = examined.json(&compare);
    assert_eq!((&again["calls"], &again["reused"]), (&Value::from(0), &Value::from(2 * touched.len())));
    assert_eq!(again["comparison"], found["comparison"]);
    assert!(examined.asked().is_empty());
    // With --all the others are asked, once for both versions.
    let all = examined.json(&[&compare[..], &["--all"]].concat());
    let asked = examined.counted();
    assert_eq!(asked.len(), 12 - touched.len());
    assert!(asked.values().all(|count| *count == 1), "{asked:?}");
    assert_eq!(all["comparison"]["unasked"], 0);
    let mean_b = all["comparison"]["mean_b"].as_f64().unwrap();
    assert!((mean_b - 11.0 / 12.0).abs() < 1e-12, "{mean_b}");
    let (code, text, _) = examined.place.run(&[&["eval"], &compare[..]].concat());
    assert!(code == 0 && text.contains("too few tasks") && text.contains("t03 -1.000"), "{text}");
}

#[test]
fn versions_that_differ_in_many_tasks_are_told_apart() {
    let examined = Examined::new(16, 12);
    (0..9).for_each(|page| examined.page(page, 5_000 + page, "white"));
    examined.build();
    for agent in ["extractive", "reader"] {
        let found = examined.json(&[&["compare"], &SIDES[..], &["--agent", agent]].concat());
        assert_eq!(found["comparison"]["verdict"], "worse", "{agent}: {found}");
        assert_eq!(found["comparison"]["passes"]["only_a"], 9);
        assert_eq!(found["failed"][1]["calls"], 0);
    }
    let back = examined.json(&["compare", "docs", "docs~1", "--suite", "leases", "--bca", "--wanted", "0.1"]);
    assert_eq!((&back["comparison"]["verdict"], &back["calls"]), (&Value::from("better"), &Value::from(0)));
    assert!(back["comparison"]["power"]["tasks_needed"].as_u64().unwrap() > 0);
}

#[test]
fn a_sequential_comparison_asks_no_more_once_it_is_sure() {
    let examined = Examined::new(24, 24);
    (0..24).for_each(|page| examined.page(page, 5_000 + page, "white"));
    examined.build();
    let found = examined.json(&[&["compare"], &SIDES[..], &["--agent", "reader", "--sequential"]].concat());
    let comparison = &found["comparison"];
    assert_eq!(
        (&comparison["verdict"], &comparison["test"]),
        (&Value::from("worse"), &Value::from("betting"))
    );
    let tasks = comparison["tasks"].as_u64().unwrap();
    assert!(tasks < 24, "{tasks}");
    assert_eq!((&found["calls"], examined.asked().len() as u64), (&Value::from(2 * tasks), 2 * tasks));
    // A version against itself is the same, and surely so.
    let same = examined.json(&["compare", "docs", "docs", "--suite", "leases"]);
    assert_eq!(same["comparison"]["effect"], serde_json::json!({"mean": 0.0, "low": 0.0, "high": 0.0}));
}

#[test]
fn a_report_is_one_page_that_loads_nothing() {
    let examined = Examined::new(16, 8);
    (0..7).for_each(|page| examined.page(page, days(page) + 1, "white"));
    examined.build();
    examined.write("gate.toml", "[effect]\nmargin = 0.1\n");
    let args = [
        &["report"],
        &SIDES[..],
        &["--out", "page.html", "--attribute", "--vary", "packing.budget=60,120", "--policy", "gate.toml"],
    ]
    .concat();
    let said = examined.json(&args);
    assert!(said.is_object());
    let page = examined.read("page.html");
    assert!(page.to_lowercase().contains("worse"), "the verdict is missing");
    for name in ["t03", "docs/tulgor.md", "packing.budget=60", "Checks of the policy"] {
        assert!(page.contains(name), "{name}");
    }
    for attribute in ["src=", "href="] {
        for (at, _) in page.match_indices(attribute) {
            let value = page[at + attribute.len()..].trim_start_matches(['"', '\'']);
            assert!(value.starts_with('#'), "{}", &value[..value.len().min(60)]);
        }
    }
    assert!(!page.contains("@import") && !page.contains("url(http"));
    let (code, text, err) = examined.place.run(&[&["eval"], &args[..]].concat());
    assert!(code == 0 && text.contains("page.html"), "{text}{err}");
}
