//! JUnit's XML, as Jenkins, GitLab and others read it.

use std::fmt::Write as _;

use super::judge::{passes, regressed};
use super::result::GateResult;
use super::xml::escaped;
use crate::number::figure;
use crate::{Outcome, Pair, Status};

/// Characters of a text that a test report holds.
const MOST: usize = 4_000;

/// A test case: what it is called, how long it took, and what became of it.
struct Case {
    class: String,
    name: String,
    seconds: f64,
    end: End,
}

enum End {
    Passed,
    /// The kind, a line, and all of it.
    Failure(&'static str, String, String),
    Error(&'static str, String, String),
    Skipped(String),
}

impl GateResult {
    /// The checks as a JUnit test suite `gate`, and each task of `pairs` as a case of a second one, `tasks`.
    ///
    /// The file has a failure exactly if the gate has failed: a task that regressed is a failure only when
    /// `limit.regressions` is exceeded, else it is skipped and says so; a task that fails in both versions is skipped.
    #[must_use]
    pub fn to_junit(&self, pairs: &[Pair]) -> String {
        let mut suites = vec![("gate", self.checks.iter().map(check_case).collect::<Vec<Case>>())];
        if !pairs.is_empty() {
            suites.push(("tasks", self.task_cases(pairs)));
        }
        document("haversack gate", &suites)
    }

    fn task_cases(&self, pairs: &[Pair]) -> Vec<Case> {
        let exceeded = self.check("limit.regressions").is_some_and(|check| !check.passed);
        let regressed = regressed(pairs);
        let end = |pair: &Pair| {
            if passes(&pair.passed_b) {
                End::Passed
            } else if regressed.binary_search(&pair.task).is_err() {
                End::Skipped("fails in both versions".to_owned())
            } else if exceeded {
                End::Failure("regression", "passed in A, fails in B".to_owned(), String::new())
            } else {
                End::Skipped("passed in A and fails in B, which the policy allows".to_owned())
            }
        };
        let case = |pair: &Pair| Case {
            class: "tasks".to_owned(),
            name: pair.task.clone(),
            seconds: 0.0,
            end: end(pair),
        };
        pairs.iter().map(case).collect()
    }
}

fn check_case(check: &super::GateCheck) -> Case {
    let line = format!("{} is {}, wanted {}", check.name, check.actual_text(), check.wanted);
    let mut all = format!("{line}\n{}", check.detail);
    for task in &check.tasks {
        let _ = write!(all, "\n- {task}");
    }
    let end = if check.passed { End::Passed } else { End::Failure("policy", line, all) };
    Case { class: "gate".to_owned(), name: check.name.clone(), seconds: 0.0, end }
}

/// The outcomes of a run as a JUnit test suite: a case for each trial of each task.
///
/// A call that failed or ran out of time is an error; an answer that did not pass is a failure, with its grades. `suite`
/// names the test suite.
#[must_use]
pub fn junit_of_outcomes(suite: &str, outcomes: &[Outcome]) -> String {
    let several = outcomes.iter().any(|outcome| outcome.trial > 0);
    let case = |outcome: &Outcome| Case {
        class: suite.to_owned(),
        name: if several {
            format!("{} (trial {})", outcome.task, outcome.trial + 1)
        } else {
            outcome.task.clone()
        },
        seconds: outcome.millis as f64 / 1_000.0,
        end: outcome_end(outcome),
    };
    document(suite, &[(suite, outcomes.iter().map(case).collect())])
}

fn outcome_end(outcome: &Outcome) -> End {
    let mut all = String::new();
    for (grader, grade) in &outcome.grades {
        let _ = writeln!(all, "{grader}: {} {}", figure(grade.score), grade.reason);
    }
    if let Some(answer) = &outcome.answer {
        let _ = write!(all, "answer: {}", answer.text);
    }
    let error = outcome.error.clone();
    match outcome.status {
        Status::Failed => End::Error("failed", error.unwrap_or_else(|| "the call failed".to_owned()), all),
        Status::TimedOut => End::Error("timed_out", error.unwrap_or_else(|| "time ran out".to_owned()), all),
        Status::Answered | Status::Abstained if outcome.passed => End::Passed,
        Status::Answered => End::Failure("not_passed", format!("score {}", figure(outcome.score)), all),
        Status::Abstained => End::Failure("abstained", "the agent abstained".to_owned(), all),
    }
}

fn document(name: &str, suites: &[(&str, Vec<Case>)]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all: Vec<&Case> = suites.iter().flat_map(|(_, cases)| cases).collect();
    let _ = writeln!(xml, "<testsuites name=\"{}\" {}>", escaped(name), totals(&all, false));
    for (suite, cases) in suites {
        let of_suite: Vec<&Case> = cases.iter().collect();
        let _ = writeln!(xml, "  <testsuite name=\"{}\" {}>", escaped(suite), totals(&of_suite, true));
        cases.iter().for_each(|case| write_case(&mut xml, case));
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn totals(cases: &[&Case], skipped: bool) -> String {
    let of = |kind: fn(&End) -> bool| cases.iter().filter(|case| kind(&case.end)).count();
    let mut totals = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\"",
        cases.len(),
        of(|end| matches!(end, End::Failure(..))),
        of(|end| matches!(end, End::Error(..)))
    );
    if skipped {
        let _ = write!(totals, " skipped=\"{}\"", of(|end| matches!(end, End::Skipped(_))));
    }
    let seconds: f64 = cases.iter().map(|case| case.seconds).sum();
    let _ = write!(totals, " time=\"{seconds:.3}\"");
    totals
}

fn write_case(xml: &mut String, case: &Case) {
    let Case { class, name, seconds, end } = case;
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{seconds:.3}\"",
        escaped(class),
        escaped(name)
    );
    let _ = match end {
        End::Passed => writeln!(xml, "{head}/>"),
        End::Skipped(why) => writeln!(xml, "{head}><skipped message=\"{}\"/></testcase>", escaped(why)),
        End::Failure(kind, line, all) => {
            writeln!(xml, "{head}>{}</testcase>", fault("failure", kind, line, all))
        }
        End::Error(kind, line, all) => writeln!(xml, "{head}>{}</testcase>", fault("error", kind, line, all)),
    };
}

fn fault(element: &str, kind: &str, line: &str, all: &str) -> String {
    let (line, all) = (escaped(&cut(line)), escaped(&cut(all)));
    format!("<{element} type=\"{kind}\" message=\"{line}\">{all}</{element}>")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} … {} more characters", &text[..end], text[end..].chars().count()),
    }
}
