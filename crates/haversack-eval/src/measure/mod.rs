//! Measures as typed values, one file each.

mod ap;
mod bpref;
mod iprec;
mod kind;
mod name;
mod ndcg;
mod pack;
mod precision;
mod rbp;
mod recall;
mod rr;
mod set;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use kind::{Aggregate, Cutoff, Percent, RankKind, RankMeasure};
pub use name::MeasureParseError;
pub use pack::{PackKind, PackMeasure};

/// What is measured: of rankings (`nDCG@10`, `AP`, `R@100`) or of packs (`answer@2000tok`).
///
/// Read from its name or from trec_eval's (`ndcg_cut_10`, `map`, `recall_100`), in any case; written, also as
/// JSON, by its own name. `(rel=2)` after the name of a binary measure asks for grade 2: `P(rel=2)@5`.
///
/// ```
/// use haversack_eval::Measure;
/// let measure: Measure = "ndcg_cut_10".parse()?;
/// assert_eq!(measure.to_string(), "nDCG@10");
/// assert_eq!("answer@2000tok".parse::<Measure>()?.to_string(), "answer@2000tok");
/// let error = "nDGC@10".parse::<Measure>().unwrap_err();
/// assert!(error.to_string().contains("did you mean `nDCG@10`?"));
/// # Ok::<(), haversack_eval::MeasureParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Computed from judgments and a ranking.
    Rank(RankMeasure),
    /// Computed from gold facts and a pack.
    Pack(PackMeasure),
}

impl Measure {
    /// How the values of the tasks become one number.
    #[must_use]
    pub fn aggregate(&self) -> Aggregate {
        match self {
            Self::Rank(measure) => measure.aggregate(),
            Self::Pack(_) => Aggregate::Mean,
        }
    }

    /// The names of all measures, with `k`, `x` and `N` where a number stands.
    #[must_use]
    pub fn known() -> Vec<String> {
        name::known()
    }

    /// The name that trec_eval prints, where it has the measure.
    #[must_use]
    pub fn trec_name(&self) -> Option<String> {
        match self {
            Self::Rank(measure) => name::trec_name(*measure),
            Self::Pack(_) => None,
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Self::Rank(measure) => name::of_rank(*measure),
            Self::Pack(measure) => measure.to_string(),
        })
    }
}

impl FromStr for Measure {
    type Err = MeasureParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        name::parse(text)
    }
}

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Measure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
