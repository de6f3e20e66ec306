//! Charts as inline SVG. Places are percentages, so that a chart fits any width without a script, and marks keep their
//! shape.

use super::number::signed;
use super::writer::Html;
use crate::Estimate;

/// A linear scale from numbers to percentages of a width or height.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// A scale that shows all of the numbers that are finite, with some room at both ends.
    pub(super) fn over(numbers: impl IntoIterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for number in numbers.into_iter().filter(|number| number.is_finite()) {
            (low, high) = (low.min(number), high.max(number));
        }
        if low > high {
            (low, high) = (0.0, 0.0);
        }
        let room = if high - low > 1e-9 { (high - low) * 0.07 } else { 0.05_f64.max(high.abs() * 0.1) };
        Self { low: low - room, high: high + room }
    }

    /// Where a number is, in percent; numbers outside stay at the ends, and one that is none in the middle.
    fn at(self, number: f64) -> f64 {
        let share = (number - self.low) / (self.high - self.low);
        if share.is_finite() { (share * 100.0).clamp(0.0, 100.0) } else { 50.0 }
    }

    /// The place from the left.
    pub(super) fn x(self, number: f64) -> String {
        format!("{:.2}%", self.at(number))
    }

    /// The place from the top.
    pub(super) fn y(self, number: f64) -> String {
        format!("{:.2}%", 100.0 - self.at(number))
    }

    /// Round numbers within the scale, about `wanted` of them.
    pub(super) fn ticks(self, wanted: u32) -> Vec<f64> {
        let step = round_step(0.8 * (self.high - self.low) / f64::from(wanted.max(1)));
        let first = (self.low / step).ceil();
        let number = |at: u32| {
            let tick = (first + f64::from(at)) * step;
            // A zero that rounding missed.
            if tick.abs() < step * 1e-6 { 0.0 } else { tick }
        };
        (0..64).map(number).take_while(|tick| *tick <= self.high).collect()
    }
}

/// The least of 1, 2, 5 times a power of ten that is not below a step.
fn round_step(step: f64) -> f64 {
    let mut power = 1e-9;
    while power < 1e15 {
        for factor in [1.0, 2.0, 5.0] {
            if power * factor >= step {
                return power * factor;
            }
        }
        power *= 10.0;
    }
    step
}

/// The shape of an estimate's mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// For the whole.
    Diamond,
    /// For a part.
    Square,
    /// For what is found.
    Disc,
    /// For what is not.
    Ring,
}

impl Mark {
    fn path(self) -> &'static str {
        match self {
            Self::Diamond => "M0-8 8 0 0 8-8 0z",
            Self::Square => "M-4.5-4.5h9v9h-9z",
            Self::Disc | Self::Ring => "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
        }
    }
}

/// The class that colours a difference: a hint beside its sign, never instead of it.
pub(super) fn tone(estimate: &Estimate) -> &'static str {
    if estimate.low > 0.0 {
        "up"
    } else if estimate.high < 0.0 {
        "down"
    } else {
        "level"
    }
}

/// An estimate with its interval on a strip; its numbers stand beside it as text, so the strip itself is silent.
pub(super) fn strip(html: &mut Html, scale: Scale, estimate: &Estimate, mark: Mark) {
    let tone = tone(estimate);
    html.within("svg", &[("class", "strip"), ("aria-hidden", "true"), ("focusable", "false")], |html| {
        // Longer than any row, and clipped by its cell: one line through the whole table.
        let zero = scale.x(0.0);
        html.empty("line", &[("class", "zero"), ("x1", &zero), ("x2", &zero), ("y1", "0"), ("y2", "999")]);
        html.empty(
            "line",
            &[
                ("class", &format!("interval {tone}")),
                ("x1", &scale.x(estimate.low)),
                ("x2", &scale.x(estimate.high)),
                ("y1", "50%"),
                ("y2", "50%"),
            ],
        );
        marker(html, mark, tone, &scale.x(estimate.mean), "50%");
    });
}

/// The axis under strips, with about as many ticks as are wanted.
pub(super) fn strip_axis(html: &mut Html, scale: Scale, wanted: u32) {
    html.within("svg", &[("class", "strip axis"), ("aria-hidden", "true"), ("focusable", "false")], |html| {
        for tick in scale.ticks(wanted) {
            let x = scale.x(tick);
            html.empty("line", &[("class", "tick"), ("x1", &x), ("x2", &x), ("y1", "0"), ("y2", "5")]);
            html.element(
                "text",
                &[("x", &x), ("y", "20"), ("text-anchor", anchor(scale.at(tick)))],
                &signed(tick),
            );
        }
    });
}

/// A mark at a place.
pub(super) fn marker(html: &mut Html, mark: Mark, tone: &str, x: &str, y: &str) {
    let class = format!("mark {tone}{}", if mark == Mark::Ring { " hollow" } else { "" });
    html.within("svg", &[("x", x), ("y", y), ("overflow", "visible")], |html| {
        html.empty("path", &[("class", &class), ("d", mark.path())]);
    });
}

/// How a label stands to its place, so that it does not leave the chart.
pub(super) fn anchor(percent: f64) -> &'static str {
    if percent < 12.0 {
        "start"
    } else if percent > 88.0 {
        "end"
    } else {
        "middle"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_shows_everything_and_survives_nothing() {
        let scale = Scale::over([-0.1, 0.0, 0.3]);
        assert!(scale.at(-0.1) > 0.0 && scale.at(0.3) < 100.0);
        let shown: Vec<String> = scale.ticks(4).into_iter().map(signed).collect();
        assert_eq!(shown, ["−0.100", "0.000", "+0.100", "+0.200", "+0.300"]);
        for scale in [Scale::over([]), Scale::over([f64::NAN]), Scale::over([0.0]), Scale::over([7e9])] {
            assert!((0.0..=100.0).contains(&scale.at(f64::NAN)));
            assert!(!scale.ticks(4).is_empty(), "{scale:?}");
        }
    }
}
