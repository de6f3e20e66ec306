use serde::{Deserialize, Serialize};

use super::number::{Number, numbers};
use super::{Decimal, GradeError};
use crate::text::excerpt;
use crate::{Grade, Graded, Task};

/// 1 if a number in the answer is near enough to the gold number; else 0.
///
/// The gold number is the task's `expect.number`, else the one number that stands in a gold answer. A number `x` is near
/// enough to `g` if `|x - g| <= max(absolute, relative |g|)`. Where only one of the two is a percentage, it counts both as it
/// stands and as a hundredth of that: `12%` is 12 and 0.12. What is read as a number, and what is not, stands in
/// `docs/graders.md`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numeric {
    /// Which numbers of the answer are looked at.
    #[serde(default)]
    pub pick: Pick,
    /// How far off is still right; 0, or at least a millionth.
    #[serde(default)]
    pub absolute: f64,
    /// The same as a share of the gold number.
    #[serde(default)]
    pub relative: f64,
    /// If there are some: only numbers count with one of these behind them, as `h` or `hours`, of tasks without
    /// `expect.units`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<String>,
    /// Which mark stands before decimals.
    #[serde(default)]
    pub decimal: Decimal,
}

/// Which numbers of an answer are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// All; one that is near enough will do.
    #[default]
    Any,
    /// The first.
    First,
}

/// Rounding of products such as 1.1 million, relative to the gold number.
const ROUNDING: f64 = 1e-12;

impl Numeric {
    pub(super) fn check(&self) -> Result<(), GradeError> {
        let expected = "0 or a number from 0.000001";
        for (key, tolerance) in [("absolute", self.absolute), ("relative", self.relative)] {
            if tolerance != 0.0 && !(1e-6..1e21).contains(&tolerance) {
                return Err(GradeError::Setting { key, expected });
            }
        }
        Ok(())
    }

    /// The numbers that are right for a task, any one of them.
    pub(super) fn gold(&self, task: &Task) -> Result<Vec<Number>, GradeError> {
        if let Some(value) = task.expect.as_ref().and_then(|expect| expect.number) {
            return Ok(vec![Number { value, unit: String::new() }]);
        }
        let mut gold = Vec::new();
        for answer in &task.answers {
            let mut found = numbers(answer, self.decimal);
            if found.len() > 1 {
                return Err(GradeError::Ambiguous { answer: excerpt(answer), count: found.len() });
            }
            gold.append(&mut found);
        }
        if gold.is_empty() {
            return Err(GradeError::Lacks("`expect.number`, and no number in `answers`"));
        }
        Ok(gold)
    }

    pub(super) fn grade(&self, graded: &Graded<'_>) -> Result<Grade, GradeError> {
        let gold = self.gold(graded.task)?;
        let own = graded.task.expect.as_ref().map(|expect| &expect.units).filter(|units| !units.is_empty());
        let units = own.unwrap_or(&self.units);
        let mut said = numbers(&graded.answer.text, self.decimal);
        said.retain(|number| units.is_empty() || units.contains(&number.unit));
        if self.pick == Pick::First {
            said.truncate(1);
        }
        let right = said.iter().find(|number| gold.iter().any(|gold| self.near(gold, number)));
        Ok(match right {
            Some(number) => Grade::of(true, format!("says {}", shown(number))),
            None if said.is_empty() => Grade::of(false, "says no number"),
            None => {
                let list: Vec<String> = said.iter().take(5).map(shown).collect();
                Grade::of(false, format!("says {}, not {}", list.join(", "), shown(&gold[0])))
            }
        })
    }

    fn near(&self, gold: &Number, said: &Number) -> bool {
        let near = |gold: f64, said: f64| {
            let tolerance = self.absolute.max(self.relative * gold.abs()) + ROUNDING * gold.abs();
            (said - gold).abs() <= tolerance
        };
        near(gold.value, said.value)
            || said.is_percent() && !gold.is_percent() && near(gold.value, said.value / 100.0)
            || gold.is_percent() && !said.is_percent() && near(gold.value / 100.0, said.value)
    }
}

fn shown(number: &Number) -> String {
    let Number { value, unit } = number;
    // Zero has no sign here.
    let value = if *value == 0.0 { 0.0 } else { *value };
    let value = if (1e-6..1e15).contains(&value.abs()) || value == 0.0 {
        format!("{value}")
    } else {
        format!("{value:e}")
    };
    if unit.is_empty() { value } else { format!("{value} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Case;
    use super::*;
    use crate::Expect;

    fn grade(grader: &Numeric, gold: &[&str], answer: &str) -> Grade {
        Case::new(gold, answer).with(|graded| grader.grade(graded).unwrap())
    }

    fn right(gold: &str, answer: &str) -> bool {
        grade(&Numeric::default(), &[gold], answer).passed
    }

    #[test]
    fn the_same_number_in_other_clothes() {
        assert!(right("24 hours", "At most 24h."));
        assert!(right("1,234.5", "1.234,5"));
        assert!(right("3 million", "3,000,000 rows"));
        assert!(right("1.1 million", "1100000"));
        assert!(right("-0", "0"));
        assert!(right("0", "it is -0.0"));
        assert!(
            right("12%", "12 percent") && right("12%", "0.12") && right("0.12", "12%") && right("12", "12%")
        );
        assert!(!right("12%", "0.12%") && !right("12", "0.12") && !right("-5", "5") && !right("2", "SEC-02"));
        assert!(
            !right("2", "on 2024-02-02, or 2 February") && !right("24", "") && !right("24", "twenty-four")
        );
    }

    #[test]
    fn tolerances_and_picks() {
        let absolute = Numeric { absolute: 0.5, ..Numeric::default() };
        assert!(grade(&absolute, &["10"], "10.5").passed && !grade(&absolute, &["10"], "10.6").passed);
        let relative = Numeric { relative: 0.1, ..Numeric::default() };
        assert!(grade(&relative, &["-100"], "-110").passed && !grade(&relative, &["-100"], "100").passed);
        let first = Numeric { pick: Pick::First, ..Numeric::default() };
        assert!(
            !grade(&first, &["7"], "6 or 7").passed && grade(&Numeric::default(), &["7"], "6 or 7").passed
        );
        assert_eq!(grade(&first, &["7"], "6 days or 7").reason, "says 6 days, not 7");
        for bad in [f64::NAN, f64::INFINITY, -1.0, 1e-9] {
            assert!(Numeric { absolute: bad, ..Numeric::default() }.check().is_err());
            assert!(Numeric { relative: bad, ..Numeric::default() }.check().is_err());
        }
    }

    #[test]
    fn units_choose_among_the_numbers() {
        let hours = Numeric { units: vec!["h".into(), "hours".into()], ..Numeric::default() };
        assert!(grade(&hours, &["24"], "90 days, 24 hours").passed);
        assert!(!grade(&hours, &["90"], "90 days, 24 hours").passed);
        let mut case = Case::new(&["90"], "90 days, 24 hours");
        case.task.expect = Some(Expect { units: vec!["days".into()], ..Expect::default() });
        assert!(case.with(|graded| hours.grade(graded).unwrap().passed));
    }

    #[test]
    fn what_is_expected_must_be_one_number() {
        let of = |gold: &[&str]| {
            Case::new(gold, "7")
                .with(|graded| Numeric::default().grade(graded).map_err(|error| error.to_string()))
        };
        let message =
            "answer `every 90 days, 7 of overlap` holds 2 numbers; give the right one as `expect.number`";
        assert_eq!(of(&["every 90 days, 7 of overlap"]).unwrap_err(), message);
        assert!(of(&["a week"]).unwrap_err().starts_with("the task has no `expect.number`"));
        assert!(of(&["a week", "7 days"]).unwrap().passed);
        let mut case = Case::new(&["every 90 days, 7 of overlap"], "7");
        case.task.expect = Some(Expect { number: Some(7.0), ..Expect::default() });
        assert!(case.with(|graded| Numeric::default().grade(graded).unwrap().passed));
        case.task.expect = Some(Expect { number: Some(f64::NAN), ..Expect::default() });
        assert!(!case.with(|graded| Numeric::default().grade(graded).unwrap().passed));
    }
}
