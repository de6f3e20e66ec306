use serde::{Deserialize, Serialize};

use crate::number::{count, counted, interval, probability};
use crate::{Comparison, Estimate, Verdict};

/// What a comparison says of B.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// As the comparison says.
    Better,
    /// As the comparison says.
    Worse,
    /// Neither was shown; which is not that there is no difference.
    Undecided,
    /// Too few tasks could have differed for anything to be shown.
    TooFewTasks,
    /// Both versions packed the same bytes for every task.
    SamePacks,
}

impl Finding {
    /// The comparison's verdict; without a changed pack there is nothing to be found, whatever noisy trials say.
    #[must_use]
    pub fn of(comparison: &Comparison) -> Self {
        match comparison.verdict {
            _ if comparison.changed == 0 => Self::SamePacks,
            Verdict::Better => Self::Better,
            Verdict::Worse => Self::Worse,
            Verdict::NoDifferenceSeen => Self::Undecided,
            Verdict::NotEnoughTasks => Self::TooFewTasks,
        }
    }

    /// The finding in a few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Better => "B is better",
            Self::Worse => "B is worse",
            Self::Undecided => "No difference was shown",
            Self::TooFewTasks => "Too few tasks to show a difference",
            Self::SamePacks => "B packs the same as A",
        }
    }

    /// A sign that does not need colour.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Better => "▲",
            Self::Worse => "▼",
            Self::Undecided | Self::TooFewTasks => "◆",
            Self::SamePacks => "=",
        }
    }

    /// Finding and numbers in one line: `B is better: +.080 [.030, .130], p = .002, 150 tasks, 31 with another pack;
    /// 12 wins, 135 ties, 3 losses`.
    #[must_use]
    pub fn sentence(self, comparison: &Comparison) -> String {
        format!("{}: {}", self.words(), numbers(comparison))
    }
}

/// An effect as it is shown: of equal packs it is 0 without any doubt, however few the tasks are.
pub(crate) fn certain(comparison: &Comparison, effect: Estimate) -> Estimate {
    if comparison.changed == 0 && effect.mean == 0.0 {
        Estimate { mean: 0.0, low: 0.0, high: 0.0 }
    } else {
        effect
    }
}

/// The numbers behind a finding.
pub(crate) fn numbers(comparison: &Comparison) -> String {
    format!(
        "{}, {}, {}, {} with another pack; {}, {}, {}",
        interval(&certain(comparison, comparison.effect)),
        probability("p", comparison.p_value),
        counted(comparison.tasks, "task"),
        count(comparison.changed as u64),
        counted(comparison.wins, "win"),
        counted(comparison.ties, "tie"),
        if comparison.losses == 1 {
            "1 loss".to_owned()
        } else {
            format!("{} losses", count(comparison.losses as u64))
        },
    )
}
