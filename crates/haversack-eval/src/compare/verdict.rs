use std::fmt;

use serde::{Deserialize, Serialize};

use crate::stats::unconditional::unconditional;

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// B is better: p is at most alpha, and the effect above 0.
    Better,
    /// B is worse: p is at most alpha, and the effect below 0.
    Worse,
    /// No difference was seen. There may be one below [`Power::smallest_effect`](crate::Power::smallest_effect); the interval says
    /// how large it can be.
    NoDifferenceSeen,
    /// None could be seen: p stays above alpha even if all tasks whose packs differ had changed in one direction.
    NotEnoughTasks,
}

impl Verdict {
    /// From a p-value and an effect over `tasks`, of which `open` could have differed.
    pub(super) fn of(p_value: f64, effect: f64, alpha: f64, (tasks, open): (usize, usize)) -> Self {
        if p_value <= alpha && effect != 0.0 {
            return if effect > 0.0 { Self::Better } else { Self::Worse };
        }
        // The least p-values of the two tests; with no open task the versions are the same to this suite, however large.
        let least = unconditional(tasks, open, 0).min(libm::exp2(-(open as f64)));
        if least > alpha
            && (open > 0 || unconditional(tasks, tasks, 0).min(libm::exp2(-(tasks as f64))) > alpha)
        {
            return Self::NotEnoughTasks;
        }
        Self::NoDifferenceSeen
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDifferenceSeen => "no difference seen",
            Self::NotEnoughTasks => "not enough tasks",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_needs_tasks_that_could_have_differed() {
        let of = |p, effect, tasks, open| Verdict::of(p, effect, 0.05, (tasks, open));
        assert_eq!(of(0.04, 0.1, 100, 20), Verdict::Better);
        assert_eq!(of(0.05, -0.1, 100, 20), Verdict::Worse);
        assert_eq!(of(0.3, 0.1, 100, 20), Verdict::NoDifferenceSeen);
        assert_eq!(of(0.3, 0.1, 100, 3), Verdict::NotEnoughTasks);
        // Every pack is the same: that is an answer, unless the suite is tiny.
        assert_eq!(of(1.0, 0.0, 100, 0), Verdict::NoDifferenceSeen);
        assert_eq!(of(1.0, 0.0, 3, 0), Verdict::NotEnoughTasks);
        assert_eq!(of(1.0, 0.0, 5, 5), Verdict::NoDifferenceSeen);
    }
}
