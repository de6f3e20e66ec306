//! `eval gate` and `promote`: a version that is worse is not let through.

use serde_json::Value;

use crate::examined::Examined;

const GATE: [&str; 6] = ["eval", "gate", "docs@stable", "docs", "--suite", "leases"];

/// A version with the tag `stable`, and a policy that allows no loss.
fn with_stable() -> Examined {
    let examined = Examined::new(12, 8);
    examined.tag("stable");
    examined.write("evals/leases/gate.toml", "[limit]\nregressions = 0\n[tag.odd]\nscore = 0.9\n");
    examined
}

fn break_a_page(examined: &Examined) {
    examined.page(3, 9_999, "white");
    examined.build();
}

fn stable(examined: &Examined) -> Value {
    examined.place.json(&["show", "docs@stable"])["version"].clone()
}

#[test]
fn a_gate_says_yes_or_no_and_writes_why() {
    let examined = with_stable();
    examined.page(1, crate::examined::days(1), "green");
    examined.build();
    let good = examined.ends(0, &[&GATE[..], &["--junit", "good.xml", "--markdown", "good.md"]].concat());
    assert_eq!(good["passed"], true);
    assert!(!examined.read("good.xml").contains("<failure"));
    break_a_page(&examined);
    let bad = examined
        .ends(1, &[&GATE[..], &["--agent", "reader", "--junit", "bad.xml", "--markdown", "bad.md"]].concat());
    let failed: Vec<&Value> =
        bad["checks"].as_array().unwrap().iter().filter(|check| check["passed"] == false).collect();
    assert_eq!(failed.len(), 2, "{bad}");
    assert_eq!(failed[0]["name"], "limit.regressions");
    // A gate asks about every task: twice where packs differ, else once.
    assert!(examined.counted().len() == 8);
    let junit = examined.read("bad.xml");
    assert!(junit.starts_with("<?xml") && junit.contains("<failure") && junit.contains("limit.regressions"));
    let markdown = examined.read("bad.md");
    assert!(markdown.contains("limit.regressions") && markdown.contains("t03"), "{markdown}");
    let (code, text, _) = examined.place.run(&GATE);
    assert!(code == 1 && text.ends_with("the gate is not passed\n"), "{text}");
}

#[test]
fn a_gate_without_a_policy_is_an_error() {
    let examined = with_stable();
    let refuse = |policy: Option<&str>, expected: &str| {
        if let Some(policy) = policy {
            examined.write("other.toml", policy);
        }
        let (code, out, err) = examined.place.run(&[&GATE[..], &["--policy", "other.toml"]].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.starts_with("error:") && err.contains(expected), "{err}");
    };
    refuse(None, "no policy `other.toml`");
    refuse(Some("[effect]\nmargins = 0.02\n"), "other.toml:2: unknown key `effect.margins`; did you mean");
    refuse(Some(""), "other.toml");
    refuse(Some("[effect]\nmargin = 7\n"), "other.toml:2");
    refuse(Some("[effect\n"), "other.toml:1");
}

#[test]
fn promote_moves_the_tag_only_through_the_gate() {
    let examined = with_stable();
    let before = stable(&examined);
    break_a_page(&examined);
    let promote = ["promote", "docs", "--to", "stable", "--suite", "leases"];
    let (code, text, err) = examined.place.run(&promote);
    assert!(code == 1 && text.contains("not promoted"), "{text}{err}");
    assert_eq!(stable(&examined), before);
    let said = examined.ends(1, &promote);
    assert_eq!((&said["promoted"], &said["gate"]["passed"]), (&Value::from(false), &Value::from(false)));
    assert_eq!((&said["before"], stable(&examined)), (&before, before.clone()));
    examined.page(3, crate::examined::days(3), "green");
    examined.build();
    let (code, text, err) = examined.place.run(&promote);
    assert!(code == 0 && text.contains("promoted docs@stable is"), "{text}{err}");
    let latest = examined.place.json(&["show", "docs"])["version"].clone();
    assert_eq!(stable(&examined), latest);
    assert_ne!(latest, before);
    let said = examined.ends(0, &promote);
    assert_eq!((&said["promoted"], &said["version"]), (&Value::from(true), &latest), "{said}");
}

#[test]
fn a_workspace_can_ask_for_a_gate() {
    let examined = with_stable();
    let before = stable(&examined);
    break_a_page(&examined);
    let promote = ["promote", "docs", "--to", "stable"];
    examined.write("haversack.toml", "[promote.stable]\nsuite = \"leases\"\nagent = \"reader\"\n");
    assert_eq!(examined.ends(1, &promote)["promoted"], false);
    assert!(!examined.asked().is_empty(), "its agent is asked");
    assert_eq!(stable(&examined), before);
    // Another tag is free.
    let free = examined.ends(0, &["promote", "docs", "--to", "next"]);
    assert_eq!(
        (&free["gate"], &free["before"], &free["promoted"]),
        (&Value::Null, &Value::Null, &Value::from(true))
    );
    // Another policy, relative to the workspace.
    examined.write("lax.toml", "[limit]\nregressions = 1\n");
    examined.write("haversack.toml", "[promote.stable]\nsuite = \"leases\"\npolicy = \"lax.toml\"\n");
    examined.ends(0, &promote);
    assert_ne!(stable(&examined), before);
    for (text, expected) in [
        ("[promote.stable]\nsuit = \"leases\"\n", "suit"),
        ("[promote.stable]\nsuite = \"leases\"\npolcy = \"x\"\n", "polcy"),
        ("[promte.stable]\nsuite = \"leases\"\n", "promte"),
    ] {
        examined.write("haversack.toml", text);
        let (code, _, err) = examined.place.run(&promote);
        assert_eq!(code, 2, "{err}");
        assert!(
            err.starts_with("error:") && err.contains("haversack.toml") && err.contains(expected),
            "{err}"
        );
    }
}

#[test]
fn a_tag_that_names_nothing_yet_needs_something_to_compare_with() {
    let examined = with_stable();
    let promote = ["promote", "docs", "--to", "fresh", "--suite", "leases"];
    let (code, _, err) = examined.place.run(&promote);
    assert!(code == 2 && err.contains("hint:") && err.contains("--against"), "{err}");
    examined.ends(0, &[&promote[..], &["--against", "docs@stable"]].concat());
}
