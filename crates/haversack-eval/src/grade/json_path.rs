use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::GradeError;
use crate::text::excerpt;
use crate::{Grade, Graded, Task};

/// The share of paths (RFC 9535) at which the answer, as JSON, has the wanted value; passes if all have it.
///
/// The JSON is the whole answer, else its first fenced block. Path and value are the grader's own,
/// and of one that has none those of the task's `expect.json`. Numbers are the same if they have the same value, `1` and `1.0`; objects, whatever the order of their keys.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonPath {
    /// The path, as `$.status`, if it is the same for all tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What must stand there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// How many values a path selects.
    #[serde(default)]
    pub select: Select,
}

/// What is compared with the wanted value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    /// The value that the path selects, which must be one.
    #[default]
    One,
    /// The list of all values that it selects, in their order; of none, an empty list.
    All,
}

/// Most bytes of a path, and most open brackets in it. The parser of paths is recursive and tries filters in filters several
/// times over: with 8 of them it takes milliseconds, with 16 half a second, with 24 two minutes.
const LONGEST: usize = 1_000;
const DEEPEST: usize = 8;

impl JsonPath {
    pub(super) fn check(&self) -> Result<(), GradeError> {
        match (&self.path, &self.value) {
            (None, None) => Ok(()),
            (Some(path), Some(_)) => compile(path).map(|_| ()),
            (Some(_), None) => Err(GradeError::Setting { key: "value", expected: "given, but `path` is" }),
            (None, Some(_)) => Err(GradeError::Setting { key: "path", expected: "given, but `value` is" }),
        }
    }

    /// Paths with the value wanted at each, for a task.
    pub(super) fn wanted<'a>(&'a self, task: &'a Task) -> Result<BTreeMap<&'a str, &'a Value>, GradeError> {
        if let (Some(path), Some(value)) = (&self.path, &self.value) {
            return Ok(BTreeMap::from([(path.as_str(), value)]));
        }
        let of_task = task.expect.iter().flat_map(|expect| &expect.json);
        let wanted: BTreeMap<_, _> = of_task.map(|(path, value)| (path.as_str(), value)).collect();
        if wanted.is_empty() {
            Err(GradeError::Lacks("`expect.json`, and the grader no `path`"))
        } else {
            Ok(wanted)
        }
    }

    pub(super) fn grade(&self, graded: &Graded<'_>) -> Result<Grade, GradeError> {
        let wanted = self.wanted(graded.task)?;
        let paths = wanted.keys().map(|path| compile(path)).collect::<Result<Vec<_>, _>>()?;
        let Some(answer) = json_in(&graded.answer.text) else {
            return Ok(Grade::of(false, "holds no JSON"));
        };
        let mut wrong = Vec::new();
        for ((text, value), path) in wanted.iter().zip(&paths) {
            let selected = path.query(&answer).all();
            let right = match self.select {
                Select::One => matches!(selected[..], [one] if same(one, value)),
                Select::All => value.as_array().is_some_and(|all| all_same(selected.iter().copied(), all)),
            };
            if !right {
                wrong.push(*text);
            }
        }
        let score = (wanted.len() - wrong.len()) as f64 / wanted.len() as f64;
        let reason = match wrong.first() {
            None => format!("{} right", wanted.len()),
            Some(first) => format!("{} of {} wrong, first `{}`", wrong.len(), wanted.len(), excerpt(first)),
        };
        Ok(Grade::share(score, 1.0, reason))
    }
}

/// Reads a path.
pub(crate) fn compile(path: &str) -> Result<serde_json_path::JsonPath, GradeError> {
    let mut open = 0_usize;
    let mut deepest = 0;
    for byte in path.bytes() {
        match byte {
            b'[' | b'(' => open += 1,
            b']' | b')' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    if path.len() > LONGEST || deepest > DEEPEST {
        return Err(GradeError::PathTooLarge { path: excerpt(path), longest: LONGEST, deepest: DEEPEST });
    }
    serde_json_path::JsonPath::parse(path).map_err(|source| GradeError::Path { path: excerpt(path), source })
}

/// The JSON of an answer.
fn json_in(text: &str) -> Option<Value> {
    serde_json::from_str(text.trim()).ok().or_else(|| serde_json::from_str(fenced(text)?).ok())
}

/// The inside of the first block between lines of three backticks.
fn fenced(text: &str) -> Option<&str> {
    let from = text.find("```")? + 3;
    let from = from + text[from..].find('\n')? + 1;
    let to = from + text[from..].find("```")?;
    Some(&text[from..to])
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            x == y || x.as_f64().is_some_and(|x| y.as_f64() == Some(x)) && !both_whole(x, y)
        }
        (Value::Array(a), Value::Array(b)) => all_same(a, b),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, x)| b.get(key).is_some_and(|y| same(x, y)))
        }
        _ => a == b,
    }
}

/// Whether both are written as whole numbers, which are then compared as such: floats would merge large ones.
fn both_whole(x: &serde_json::Number, y: &serde_json::Number) -> bool {
    !x.is_f64() && !y.is_f64()
}

fn all_same<'a>(a: impl IntoIterator<Item = &'a Value, IntoIter: ExactSizeIterator>, b: &[Value]) -> bool {
    let a = a.into_iter();
    a.len() == b.len() && a.zip(b).all(|(x, y)| same(x, y))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::Case;
    use super::*;

    fn grade(path: &str, value: Value, select: Select, answer: &str) -> Grade {
        let grader = JsonPath { path: Some(path.to_owned()), value: Some(value), select };
        Case::new(&[], answer).with(|graded| grader.grade(graded).unwrap())
    }

    #[test]
    fn values_at_paths() {
        let answer = r#"{"status": "open", "items": [{"id": 1}, {"id": 2.0}], "none": null}"#;
        let one = |path: &str, value: Value| grade(path, value, Select::One, answer).passed;
        assert!(one("$.status", json!("open")) && !one("$.status", json!("Open")));
        assert!(one("$.items[0].id", json!(1.0)) && one("$.items[-1].id", json!(2)));
        assert!(one("$.items[?@.id == 2].id", json!(2)));
        assert!(one("$.none", Value::Null) && !one("$.absent", Value::Null));
        assert!(!one("$.items[*].id", json!(1)), "two are not one");
        let all = |path: &str, value: Value| grade(path, value, Select::All, answer).passed;
        assert!(all("$.items[*].id", json!([1, 2])) && !all("$.items[*].id", json!([2, 1])));
        assert!(all("$.absent", json!([])) && !all("$.status", json!("open")));
    }

    #[test]
    fn json_is_the_answer_or_its_first_fenced_block() {
        let right = |answer: &str| grade("$.a", json!(1), Select::One, answer).passed;
        assert!(right(" {\"a\": 1}\n"));
        assert!(right("Here it is:\n```json\n{\"a\": 1}\n```\nand\n```\n{\"a\": 2}\n```"));
        for wrong in ["", "{\"a\": 1} so", "```json\n{\"a\": 1}", "```", "``` ```", "{\"a\": NaN}", "a: 1"] {
            assert!(!right(wrong), "{wrong}");
        }
        assert_eq!(grade("$.a", json!(1), Select::One, &"[".repeat(1_000_000)).reason, "holds no JSON");
        assert!(!grade("$.a", json!(9007199254740993_u64), Select::One, "{\"a\": 9007199254740992}").passed);
    }

    #[test]
    fn several_paths_of_a_task_share_the_score() {
        let mut case = Case::new(&[], r#"{"a": 1, "b": 2}"#);
        let json = BTreeMap::from([("$.a".to_owned(), json!(1)), ("$.b".to_owned(), json!(3))]);
        case.task.expect = Some(crate::Expect { json, ..Default::default() });
        let grade = case.with(|graded| JsonPath::default().grade(graded).unwrap());
        assert_eq!(
            (grade.score, grade.passed, grade.reason.as_str()),
            (0.5, false, "1 of 2 wrong, first `$.b`")
        );
    }

    #[test]
    fn bad_paths_are_errors_and_never_overflow() {
        assert!(matches!(compile("status"), Err(GradeError::Path { .. })));
        assert!(matches!(compile(""), Err(GradeError::Path { .. })));
        for deep in ["$[?(".to_owned() + &"(".repeat(900), "$".to_owned() + &"[?@".repeat(9)] {
            assert!(matches!(compile(&deep), Err(GradeError::PathTooLarge { .. })));
        }
        assert!(compile(&("$[?".to_owned() + &"!".repeat(990))).is_err());
        assert!(compile(&("$".to_owned() + &".a".repeat(490))).is_ok());
        let deepest = "$".to_owned() + &"[?@".repeat(8) + " == 1" + &"]".repeat(8);
        assert!(compile(&deepest).is_ok());
        let half = JsonPath { path: Some("$.a".to_owned()), ..JsonPath::default() };
        assert_eq!(half.check().unwrap_err().to_string(), "`value` is not given, but `path` is");
    }
}
