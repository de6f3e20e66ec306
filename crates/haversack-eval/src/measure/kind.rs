use std::num::NonZeroU32;

use super::{ap, bpref, iprec, ndcg, precision, rbp, recall, rr, set};
use crate::Judged;

/// How far down a ranking a measure looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cutoff {
    /// The first documents only; at least 1.
    At(NonZeroU32),
    /// To the end.
    None,
}

impl Cutoff {
    pub(super) fn k(self) -> usize {
        match self {
            Self::At(k) => k.get() as usize,
            Self::None => usize::MAX,
        }
    }
}

/// A number with two decimals, such as a share of recall, kept as hundredths so that measures can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(pub u16);

impl Percent {
    /// The number.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

/// A measure of rankings: what is computed, and from which grade on a document is relevant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RankMeasure {
    /// What is computed.
    pub kind: RankKind,
    /// Least grade that is relevant; 1 unless asked for; at least 1. Measures of graded gain ignore it.
    pub level: u32,
}

/// What is computed from a judged ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RankKind {
    /// Normalised discounted cumulative gain, linear gain.
    Ndcg(Cutoff),
    /// Average precision.
    Ap(Cutoff),
    /// Reciprocal rank of the first relevant document.
    Rr(Cutoff),
    /// Precision.
    P(NonZeroU32),
    /// Recall.
    R(NonZeroU32),
    /// Whether there is a relevant document.
    Success(NonZeroU32),
    /// Precision at R, the number of relevant documents.
    Rprec,
    /// Binary preference.
    Bpref,
    /// Interpolated precision at a share of recall.
    Iprec(Percent),
    /// Mean of the interpolated precision at eleven shares.
    ElevenPoints,
    /// Average precision inferred from a sample of judgments.
    InfAp,
    /// Rank-biased precision with persistence 0.9.
    Rbp,
    /// What rank-biased precision could still gain.
    RbpResidual,
    /// Average precision, averaged geometrically.
    GmAp,
    /// Binary preference, averaged geometrically.
    GmBpref,
    /// Precision over the best that was possible.
    RelativeP(NonZeroU32),
    /// Precision at a multiple of R.
    RprecMultiple(Percent),
    /// Share of documents that nobody judged.
    Unjudged(NonZeroU32),
    /// Precision of the set.
    SetP,
    /// Recall of the set.
    SetR,
    /// F1 of the set.
    SetF,
    /// Precision times recall of the set.
    SetAp,
    /// Precision of the set over the best that was possible.
    SetRelativeP,
    /// Relevant less irrelevant documents.
    Utility,
    /// Mean of nDCG at relevant documents.
    NdcgRel,
    /// Mean of nDCG at changes of the ideal grade.
    Rndcg,
    /// Normalised gain, graded.
    G,
    /// Normalised gain, binary.
    BinG,
    /// Queries measured.
    NumQ,
    /// Documents retrieved.
    NumRet,
    /// Relevant documents.
    NumRel,
    /// Relevant documents retrieved.
    NumRelRet,
    /// Documents retrieved that are judged irrelevant.
    NumNonrelJudgedRet,
}

/// How the values of tasks become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// Arithmetic mean.
    Mean,
    /// Geometric mean, values below 0.00001 counting as that.
    GeometricMean,
    /// Sum, of measures that count.
    Sum,
}

impl Aggregate {
    /// The one number; sums are formed in the order of `values`. 0 where there are none.
    #[must_use]
    pub fn of(self, values: impl ExactSizeIterator<Item = f64>) -> f64 {
        let count = values.len();
        if count == 0 {
            return 0.0;
        }
        match self {
            Self::Mean => values.sum::<f64>() / count as f64,
            Self::GeometricMean => {
                libm::exp(values.map(|value| libm::log(value.max(1e-5))).sum::<f64>() / count as f64)
            }
            Self::Sum => values.sum(),
        }
    }
}

impl RankMeasure {
    /// The value for one query.
    ///
    /// In [0, 1], but for `utility` and the measures that count. 0 where nothing is relevant.
    ///
    /// ```
    /// use haversack_eval::{Judged, Judgment, Measure};
    /// let judged = Judged { ranking: vec![Judgment::Grade(0), Judgment::Grade(1)], grades: vec![1, 0] };
    /// let Measure::Rank(measure) = "RR".parse()? else { unreachable!() };
    /// assert_eq!(measure.of(&judged), 0.5);
    /// # Ok::<(), haversack_eval::MeasureParseError>(())
    /// ```
    #[must_use]
    pub fn of(&self, judged: &Judged) -> f64 {
        let ranking = judged.at(self.level.max(1));
        let k = |cutoff: NonZeroU32| cutoff.get() as usize;
        match self.kind {
            RankKind::Ndcg(cutoff) => ndcg::at(judged, cutoff.k()),
            RankKind::Ap(cutoff) => ap::average_precision(ranking, cutoff.k()),
            RankKind::Rr(cutoff) => rr::reciprocal_rank(ranking, cutoff.k()),
            RankKind::P(cutoff) => precision::at(ranking, k(cutoff)),
            RankKind::R(cutoff) => recall::at(ranking, k(cutoff)),
            RankKind::Success(cutoff) => recall::success(ranking, k(cutoff)),
            RankKind::Rprec => precision::at_r(ranking),
            RankKind::Bpref | RankKind::GmBpref => bpref::bpref(ranking),
            RankKind::Iprec(share) => iprec::at(ranking, share.value()),
            RankKind::ElevenPoints => iprec::eleven_points(ranking),
            RankKind::InfAp => ap::inferred(ranking),
            RankKind::Rbp => rbp::rbp(judged, 0.9),
            RankKind::RbpResidual => rbp::residual(judged, 0.9),
            RankKind::GmAp => ap::average_precision(ranking, usize::MAX),
            RankKind::RelativeP(cutoff) => precision::relative_at(ranking, k(cutoff)),
            RankKind::RprecMultiple(multiple) => precision::at_multiple_of_r(ranking, multiple.value()),
            RankKind::Unjudged(cutoff) => set::unjudged(ranking, k(cutoff)),
            RankKind::SetP => set::precision(ranking),
            RankKind::SetR => set::recall(ranking),
            RankKind::SetF => set::f1(ranking),
            RankKind::SetAp => set::average_precision(ranking),
            RankKind::SetRelativeP => set::relative_precision(ranking),
            RankKind::Utility => set::utility(ranking),
            RankKind::NdcgRel => ndcg::at_relevant(judged),
            RankKind::Rndcg => ndcg::at_grade_changes(judged),
            RankKind::G => ndcg::normalised_gain(judged),
            RankKind::BinG => ndcg::binary_gain(ranking),
            RankKind::NumQ => 1.0,
            RankKind::NumRet => ranking.retrieved() as f64,
            RankKind::NumRel => ranking.relevant as f64,
            RankKind::NumRelRet => ranking.found_all() as f64,
            RankKind::NumNonrelJudgedRet => set::not_relevant_retrieved(ranking) as f64,
        }
    }

    pub(super) fn aggregate(self) -> Aggregate {
        match self.kind {
            RankKind::GmAp | RankKind::GmBpref => Aggregate::GeometricMean,
            RankKind::NumQ
            | RankKind::NumRet
            | RankKind::NumRel
            | RankKind::NumRelRet
            | RankKind::NumNonrelJudgedRet => Aggregate::Sum,
            _ => Aggregate::Mean,
        }
    }
}
