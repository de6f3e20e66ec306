//! JUnit and Markdown, as their readers read them.

use std::collections::BTreeMap;

use haversack_eval::{
    Bound, Comparison, GateCheck, GateInput, GateResult, Pair, Policy, Status, junit_of_outcomes,
};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use quick_xml::Reader;

use crate::fixture::{comparison, outcome, pairs};
use crate::golden;

fn result(text: &str, passed: bool) -> (GateResult, Comparison, Vec<Pair>) {
    let pairs = pairs(text);
    let check = |name: &str, passed, tasks| GateCheck {
        name: format!("{name}{text}"),
        passed,
        actual: passed.then_some(0.5),
        wanted: Bound::AtLeast(0.25),
        detail: format!("detail{text}"),
        tasks,
    };
    let checks = vec![
        check("tag.x.", true, vec![]),
        check("tag.y.", passed, vec![format!("t2{text}"), format!("t4{text}")]),
    ];
    (GateResult::new(checks), comparison(&pairs), pairs)
}

fn gate(limit: u32) -> (GateResult, Comparison, Vec<Pair>) {
    let (pairs, comparison) = (pairs(""), comparison(&pairs("")));
    let text = format!("[effect]\nmargin = 0.4\n[limit]\nregressions = {limit}\n[tag.y]\nscore = 0.5\n");
    let input = GateInput { comparison: Some(&comparison), pairs: Some(&pairs), ..GateInput::default() };
    (Policy::parse(&text, "gate.toml").unwrap().judge(&input), comparison, pairs)
}

/// Elements by name and kind, all texts unescaped; panics where it is no XML.
fn xml(text: &str) -> (BTreeMap<String, usize>, Vec<String>) {
    use quick_xml::events::Event;
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut elements, mut names, mut depth) = (BTreeMap::<String, usize>::new(), Vec::new(), 0_i32);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            event @ (Event::Start(_) | Event::Empty(_)) => {
                depth += i32::from(matches!(event, Event::Start(_)));
                let (Event::Start(element) | Event::Empty(element)) = event else { continue };
                let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
                for attribute in element.attributes() {
                    let attribute = attribute.unwrap();
                    if name == "testcase" && attribute.key.as_ref() == b"name" {
                        let raw = std::str::from_utf8(&attribute.value).unwrap();
                        names.push(quick_xml::escape::unescape(raw).unwrap().into_owned());
                    }
                }
                *elements.entry(name).or_default() += 1;
            }
            Event::End(_) => depth -= 1,
            Event::Text(_) | Event::Decl(_) | Event::GeneralRef(_) => {}
            other => panic!("unexpected: {other:?}"),
        }
    }
    assert_eq!(depth, 0);
    // What XML 1.0 cannot hold.
    let forbidden = |c: char| (c < ' ' && !matches!(c, '\t' | '\n')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    assert!(!text.chars().any(forbidden));
    (elements, names)
}

#[test]
fn junit_of_a_gate() {
    let (result, _, pairs) = gate(0);
    let junit = result.to_junit(&pairs);
    golden("gate.junit.xml", &junit);
    let (elements, names) = xml(&junit);
    assert_eq!(names, ["effect.margin", "limit.regressions", "tag.y.score", "t1", "t2", "t3", "t4"]);
    assert_eq!((elements["testsuite"], elements["failure"], elements["skipped"]), (2, 2, 1));

    // Within the limit a regression is no failure.
    let (result, _, pairs) = gate(1);
    let (elements, _) = xml(&result.to_junit(&pairs));
    assert!(result.passed && !elements.contains_key("failure"));
    assert_eq!(elements["skipped"], 2);
}

#[test]
fn junit_of_a_run() {
    let mut outcomes: Vec<_> = pairs("").iter().map(|pair| outcome("", &pair.task, pair.b[0])).collect();
    outcomes[1].status = Status::Abstained;
    outcomes[2].status = Status::Failed;
    outcomes[3].status = Status::TimedOut;
    outcomes[3].error = None;
    let junit = junit_of_outcomes("support", &outcomes);
    golden("run.junit.xml", &junit);
    let (elements, _) = xml(&junit);
    assert_eq!((elements["testcase"], elements["failure"], elements["error"]), (4, 1, 2));
    assert_eq!(xml(&junit_of_outcomes("none", &[])).0["testsuite"], 1);
}

#[test]
fn markdown_of_a_gate() {
    let (result, comparison, pairs) = gate(0);
    golden("gate.md", &result.to_markdown(Some(&comparison), &pairs));
    let (allowed, comparison, pairs) = gate(1);
    let text = allowed.to_markdown(Some(&comparison), &pairs);
    assert!(text.contains("Gate passed") && text.contains("Tasks that passed in A and fail in B: 1"));
    let json = serde_json::to_string(&result).unwrap();
    assert_eq!(serde_json::from_str::<GateResult>(&json).unwrap(), result);
}

/// Reads Markdown as GitHub does, and says whether names stayed in code.
fn check_markdown(text: &str, rows: usize) -> Result<(), String> {
    let (mut cells, mut lines, mut in_code) = (0, 0, String::new());
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::TableRow) => lines += 1,
            Event::Start(Tag::TableCell) => cells += 1,
            Event::Start(
                Tag::Link { .. }
                | Tag::Image { .. }
                | Tag::CodeBlock(_)
                | Tag::BlockQuote(_)
                | Tag::Emphasis
                | Tag::Strong,
            ) => {
                return Err(format!("markup: {event:?}"));
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                let known = ["<details><summary>", "</details>"];
                if !known.iter().any(|start| html.trim().starts_with(start)) || html.contains("<img") {
                    return Err(format!("HTML: {html}"));
                }
            }
            Event::Text(text) if text.contains(['@', '#', '`', '|']) => return Err(format!("text: {text}")),
            Event::Code(code) => in_code.push_str(&code),
            _ => {}
        }
    }
    if (lines, cells) != (rows, 4 * (rows + 1)) {
        return Err(format!("{lines} rows, {cells} cells"));
    }
    Ok(())
}

#[test]
fn hostile_names_stay_names() {
    for text in [
        "@everyone",
        "|a|b",
        "\\|",
        "``` `",
        "\n\n# x\n",
        "<img src=x>",
        "https://evil.example #1 **b**",
        "\u{202e}",
        "`",
        "",
    ] {
        for passed in [false, true] {
            let (result, comparison, pairs) = result(text, passed);
            check_markdown(&result.to_markdown(Some(&comparison), &pairs), 2).unwrap();
            xml(&result.to_junit(&pairs));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_name_breaks_markdown_or_xml(text in "[`|@#<>&\"'\\\\\n\r\t\0 a\u{202e}\u{fffe}*_~\\[\\]()!:-]{0,12}|\\PC{0,8}") {
        let (result, comparison, pairs) = result(&text, false);
        let markdown = result.to_markdown(Some(&comparison), &pairs);
        prop_assert_eq!(check_markdown(&markdown, 2), Ok(()), "{}", markdown);
        let (elements, _) = xml(&result.to_junit(&pairs));
        prop_assert_eq!(elements["testcase"], 6);
        prop_assert_eq!(xml(&junit_of_outcomes(&text, &[outcome(&text, &text, 0.0)])).0["testcase"], 1);
    }

    #[test]
    fn a_junit_file_has_a_failure_exactly_if_the_gate_failed(limit in 0_u32..3, margin in 0.0_f64..0.5) {
        let text = format!("[effect]\nmargin = {margin:?}\n[limit]\nregressions = {limit}\n");
        let (pairs, comparison) = (pairs(""), comparison(&pairs("")));
        let input = GateInput { comparison: Some(&comparison), pairs: Some(&pairs), ..GateInput::default() };
        let result = Policy::parse(&text, "gate.toml").unwrap().judge(&input);
        prop_assert_eq!(result.to_junit(&pairs).contains("<failure"), !result.passed);
    }
}
