use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use haversack_eval::{Estimate, Finding, ReportPage, Verdict};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::fixture::{comparison, page, pairs};
use crate::{golden, markup};

/// A page with the least that there can be.
fn bare() -> ReportPage {
    let mut page = page("");
    page.changes.clear();
    page.packs.clear();
    page.attribution = None;
    page.sweep.clear();
    page.warnings.clear();
    page.comparison.slices.clear();
    page
}

fn sound(page: &ReportPage) -> markup::Markup {
    let html = page.to_html();
    let markup = markup::read(&html);
    assert!(markup.problems.is_empty(), "{:?}", markup.problems);
    for wrong in ["NaN", "inf", "n/a%"] {
        assert!(!html.replace("infinite", "").contains(wrong), "{wrong}");
    }
    markup
}

#[test]
fn a_page_has_these_bytes() {
    let page = page("");
    golden("report.html", &page.to_html());
    sound(&page);
}

#[test]
fn it_reads_back_from_json() {
    let page = page("<\u{202e}>");
    let json = serde_json::to_string(&page).unwrap();
    assert_eq!(serde_json::from_str::<ReportPage>(&json).unwrap(), page);
}

#[test]
fn the_policy_names_style_and_script_by_their_hashes() {
    let html = page("").to_html();
    for element in ["style", "script"] {
        let from = html.find(&format!("<{element}>")).unwrap() + element.len() + 2;
        let to = html.find(&format!("</{element}>")).unwrap();
        let hash = STANDARD.encode(Sha256::digest(&html.as_bytes()[from..to]));
        assert!(
            html.contains(&format!("{element}-src &#39;sha256-{hash}&#39;")),
            "set {element}-src to sha256-{hash}"
        );
    }
    assert_eq!(html.matches("<script").count(), 1);
}

#[test]
fn hostile_texts_stay_texts() {
    for text in [
        "</script><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onfocus='alert(1)",
        "<!--",
        "</title></style><base href=//evil>",
        "javascript:alert(1)",
        "a\u{202e}b\u{2066}c\0d\u{7f}e\u{e0041}f\u{feff}",
        "&lt;b&gt;&#60;",
    ] {
        let markup = sound(&page(text));
        let shown: String = text.chars().take_while(char::is_ascii_graphic).collect();
        assert!(markup.text.contains(&shown), "{text:?} is not shown");
        assert!(
            !markup
                .text
                .chars()
                .any(|c| matches!(c, '\0' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        );
    }
    assert!(markup::read(&page("\u{202e}").to_html()).text.contains("U+202E"));
}

#[test]
fn nothing_to_show_is_said_or_left_out() {
    let markup = sound(&bare());
    assert!(markup.text.contains("No task has a tag"));
    assert!(
        !markup.ids.contains("attribution") && !markup.ids.contains("front") && !markup.ids.contains("packs")
    );

    let mut one = bare();
    one.comparison = comparison(&pairs("")[..1]);
    assert!(sound(&one).text.contains("1 task, 1 with another pack; 1 win, 0 ties, 0 losses"));

    let mut none = bare();
    none.comparison = comparison(&[]);
    none.comparison.mean_a = f64::NAN;
    none.comparison.effect.low = f64::NEG_INFINITY;
    sound(&none);
}

#[test]
fn what_stands_out_is_said_in_words() {
    let mut page = page("");
    for (slice, q) in page.comparison.slices.iter_mut().zip([0.028, 0.2]) {
        (slice.effect, slice.q_value) = (Estimate { mean: 0.273, low: 0.1, high: 0.4 }, q);
    }
    assert!(
        sound(&page).text.contains("But: tasks tagged x got better by 0.273 (2 tasks, q\u{a0}=\u{a0}0.028).")
    );
    page.comparison.verdict = Verdict::Better;
    assert!(sound(&page).text.contains("Above all: tasks tagged x got"));
    page.comparison.slices[0].q_value = 0.11;
    assert!(sound(&page).text.contains("No tag stands out"));
}

#[test]
fn changes_and_their_tasks_are_said_in_words() {
    let mut page = page("");
    let text = sound(&page).text;
    for wanted in [
        "text and metadata changed",
        "in B only",
        "● moves t8 +0.500, t1 −0.375, t7 +0.375, t2 −0.250, t6 +0.250, t3 −0.125, and 1 more",
        "○ no task shown to move",
        "1 task gets the same pack whatever of the changes is made.",
        "2 tasks with the same score in A and B (1 with another pack)",
        "2 tags with fewer than 5 tasks each",
        "⚠ 1 call failed",
    ] {
        assert!(text.contains(wanted), "{wanted}");
    }
    let attribution = page.attribution.as_mut().unwrap();
    (attribution.calls, attribution.complete) = (0, false);
    attribution.factors[0].per_task.values_mut().for_each(|effect| *effect = 0.0);
    let text = sound(&page).text;
    assert!(text.contains("0 new calls of the agent (others were known from before)"));
    assert!(text.contains("none by its mean") && text.contains("causes may be missing"));
}

#[test]
fn a_setting_is_named_once() {
    let mut page = page("");
    page.sweep.truncate(1);
    page.sweep[0].settings = [("packing.budget".to_owned(), "500".to_owned())].into();
    page.sweep[0].label = "packing.budget=500".to_owned();
    assert_eq!(sound(&page).text.matches("packing.budget").count(), 1);
}

#[test]
fn a_version_against_itself_differs_by_nothing() {
    let mut page = page("");
    let mut pairs = pairs("");
    for pair in &mut pairs {
        (pair.same_pack, pair.b, pair.passed_b) = (true, pair.a.clone(), pair.passed_a.clone());
    }
    let effect = page.comparison.effect;
    page.comparison = comparison(&pairs);
    assert_eq!(page.comparison.effect, effect);
    page.comparison.effect.mean = 0.0;
    page.b.version = page.a.version;
    let text = sound(&page).text;
    assert!(text.contains("A and B are the same version, so their packs are the same."));
    assert!(text.contains("0.000 [0.000, 0.000]") && text.contains("No task has another score"));
}

#[test]
fn numbers_begin_with_a_digit() {
    let text = sound(&page("")).text;
    let bare = |pair: &[char]| !pair[0].is_alphanumeric() && pair[1] == '.' && pair[2].is_ascii_digit();
    let chars: Vec<char> = text.chars().collect();
    assert!(!chars.windows(3).any(bare), "{text}");
}

#[test]
fn equal_packs_are_no_finding_whatever_the_noise() {
    let mut comparison = comparison(&pairs(""));
    for (verdict, finding) in [
        (Verdict::NoDifferenceSeen, Finding::Undecided),
        (Verdict::NotEnoughTasks, Finding::TooFewTasks),
        (Verdict::Better, Finding::Better),
        (Verdict::Worse, Finding::Worse),
    ] {
        comparison.verdict = verdict;
        assert_eq!(Finding::of(&comparison), finding);
    }
    comparison.changed = 0;
    assert_eq!(Finding::of(&comparison), Finding::SamePacks);
}

#[test]
fn what_does_not_fit_is_said() {
    let page = page("");
    let all = page.to_html();
    assert!(all.contains("only in A") && !all.contains("To keep the file small"));

    // The first has room with its texts, the second without.
    let one = all.find("<details class=\"task\">").unwrap();
    let size = all[one..].find("</details>\n<details class=\"task\">").unwrap() + "</details>".len() + 2;
    let some = page.to_html_within(size);
    assert!(
        some.contains("1 stand here with their texts, 1 without the texts of their packs, and 0 not at all")
    );
    assert_eq!(some.matches("<del>only in A").count(), 1);

    let none = page.to_html_within(0);
    assert!(
        none.contains("0 stand here with their texts, 0 without the texts of their packs, and 2 not at all")
    );
    for html in [some, none] {
        assert!(markup::read(&html).problems.is_empty());
    }
}

#[test]
fn large_suites_make_files_of_a_few_megabytes() {
    let mut page = page("");
    let pack = page.packs[0].clone();
    let long = "A line of a pack of eight thousand tokens, more or less.\n".repeat(550);
    page.packs = (0..300)
        .map(|at| {
            let mut packs = pack.clone();
            packs.task = format!("t{at}");
            packs.a.text = long.clone();
            packs.b.text.clone_from(&long);
            packs
        })
        .collect();
    let html = page.to_html();
    assert!(html.len() < 9 << 20, "{}", html.len());
    assert!(html.contains("To keep the file small (4 MiB of packs)"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_text_breaks_the_page(text in any::<String>()) {
        let markup = markup::read(&page(&text).to_html());
        prop_assert!(markup.problems.is_empty(), "{:?}", markup.problems);
    }
}
