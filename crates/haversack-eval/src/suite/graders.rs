//! What must hold of the graders of a suite before anything is run.

use std::collections::{BTreeMap, BTreeSet};

use super::tomlfile::{Keys, line_of};
use super::{Suite, SuiteHeader, Task};
use crate::text::{at, is_id, lines, nearest};
use crate::{EvalError, Grader, LineError};

pub(super) const GRADER_KEYS: Keys = Keys::ByKind(&[
    ("exact", Keys::Table(&[("kind", Keys::Leaf), ("normalise", Keys::Leaf)])),
    ("contains", Keys::Table(&[("kind", Keys::Leaf)])),
    (
        "regex",
        Keys::Table(&[
            ("kind", Keys::Leaf),
            ("pattern", Keys::Leaf),
            ("ignore_case", Keys::Leaf),
            ("absent", Keys::Leaf),
        ]),
    ),
    (
        "numeric",
        Keys::Table(&[
            ("kind", Keys::Leaf),
            ("pick", Keys::Leaf),
            ("absolute", Keys::Leaf),
            ("relative", Keys::Leaf),
            ("units", Keys::Leaf),
            ("decimal", Keys::Leaf),
        ]),
    ),
    ("f1", Keys::Table(&[("kind", Keys::Leaf), ("threshold", Keys::Leaf)])),
    (
        "json_path",
        Keys::Table(&[
            ("kind", Keys::Leaf),
            ("path", Keys::Leaf),
            ("value", Keys::Leaf),
            ("select", Keys::Leaf),
        ]),
    ),
    ("citation", Keys::Table(&[("kind", Keys::Leaf), ("threshold", Keys::Leaf)])),
    ("abstained", Keys::Table(&[("kind", Keys::Leaf)])),
    (
        "command",
        Keys::Table(&[
            ("kind", Keys::Leaf),
            ("program", Keys::Leaf),
            ("timeout", Keys::Leaf),
            ("threshold", Keys::Leaf),
            ("version", Keys::Leaf),
        ]),
    ),
    (
        "judge",
        Keys::Table(&[
            ("kind", Keys::Leaf),
            ("model", Keys::Leaf),
            ("criteria", Keys::Leaf),
            ("context", Keys::Leaf),
        ]),
    ),
]);

/// Settings of graders are in range, and the default graders are there.
pub(super) fn check_header(header: &SuiteHeader, text: &str, file: &str) -> Result<(), EvalError> {
    for (name, grader) in &header.graders {
        let line = || line_of(text, &["grader", name]);
        if !is_id(name) {
            return Err(at(file, line(), LineError::Id { what: "name of a grader" }));
        }
        grader.check().map_err(|source| {
            at(file, line(), LineError::Grader { name: name.clone(), source: Box::new(source) })
        })?;
    }
    check_names(&header.default_graders, &header.graders)
        .map_err(|source| at(file, line_of(text, &["graders"]), source))
}

/// Every task has graders (where the suite has any), they are there, and they have what they need.
pub(super) fn check_tasks(suite: &Suite, text: &str, file: &str) -> Result<(), EvalError> {
    for ((number, _), task) in lines(text).zip(&suite.tasks) {
        check_task(suite, task).map_err(|source| at(file, number, source))?;
    }
    Ok(())
}

fn check_task(suite: &Suite, task: &Task) -> Result<(), LineError> {
    let graders = &suite.header.graders;
    check_names(&task.graders, graders)?;
    let names = suite.grader_names(task);
    if names.is_empty() && !graders.is_empty() {
        return Err(LineError::NoGrader);
    }
    let gold = suite.gold(task);
    for (name, grader) in names.iter().filter_map(|name| graders.get_key_value(name)) {
        grader
            .check_task(task, &gold)
            .map_err(|source| LineError::Grader { name: name.clone(), source: Box::new(source) })?;
    }
    Ok(())
}

fn check_names(names: &[String], graders: &BTreeMap<String, Grader>) -> Result<(), LineError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !graders.contains_key(name) {
            let suggestion = nearest(name, graders.keys().map(String::as_str)).map(str::to_owned);
            return Err(LineError::NoSuch { what: "grader", name: name.clone(), suggestion });
        }
        if !seen.insert(name) {
            return Err(LineError::DuplicateId { what: "grader", id: name.clone() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grader of every kind, with every key.
    const ALL: &str = r#"
        name = "s"
        [grader.a]
        kind = "exact"
        normalise = "case"
        [grader.b]
        kind = "contains"
        [grader.c]
        kind = "regex"
        pattern = "x"
        ignore_case = true
        absent = true
        [grader.d]
        kind = "numeric"
        pick = "first"
        absolute = 0.5
        relative = 0.01
        units = ["h"]
        decimal = "comma"
        [grader.e]
        kind = "f1"
        threshold = 0.75
        [grader.f]
        kind = "json_path"
        path = "$.a"
        value = { b = [1, "x", true, 2.5] }
        select = "all"
        [grader.g]
        kind = "citation"
        threshold = 0.5
        [grader.h]
        kind = "abstained"
        [grader.i]
        kind = "command"
        program = ["python3", "grade.py"]
        timeout = 5
        threshold = 0.5
        version = "2"
        [grader.j]
        kind = "judge"
        model = "m"
        criteria = "Units matter."
        context = true
    "#;

    #[test]
    fn every_key_of_every_kind_is_known_and_written_back() {
        let header = SuiteHeader::parse(ALL, "suite.toml").unwrap();
        let written = header.to_toml().unwrap();
        assert_eq!(SuiteHeader::parse(&written, "suite.toml").unwrap(), header);
        let Keys::ByKind(kinds) = &GRADER_KEYS else { unreachable!() };
        assert_eq!(header.graders.len(), kinds.len());
        let table: toml::Table = written.parse().unwrap();
        for grader in table["grader"].as_table().unwrap().values() {
            let grader = grader.as_table().unwrap();
            let kind = grader["kind"].as_str().unwrap();
            let (_, Keys::Table(keys)) = kinds.iter().find(|(name, _)| *name == kind).unwrap() else {
                unreachable!()
            };
            let known: BTreeSet<&str> = keys.iter().map(|(key, _)| *key).collect();
            assert_eq!(grader.keys().map(String::as_str).collect::<BTreeSet<_>>(), known, "{kind}");
        }
    }
}
