use serde::{Deserialize, Serialize};

use super::ends::Ends;
use super::search::PATIENCE;
use super::{BisectOptions, Reason, Verdict};
use crate::CauseError;
use crate::probing::Levels;

/// Versions away from the path that are asked whether they are where they belong, on either side.
const AUDITS: usize = 3;

/// The version of a log that flipped the outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogBisection {
    /// The last version like the first one: its neighbour is `first_bad`.
    pub last_good: Option<usize>,
    /// A version like the last one whose predecessor is like the first.
    pub first_bad: Option<usize>,
    /// Versions that are like the last one before `first_bad`, or like the first one after it, ascending: the outcome went back
    /// and forth. Found by quick tests of a few versions.
    pub out_of_place: Vec<usize>,
    /// Versions whose outcome was not settled; the search treats them as like the last version.
    pub unsettled: Vec<usize>,
    /// Mean score of the trials of the first version.
    pub good_score: f64,
    /// Mean score of the trials of the last version.
    pub bad_score: f64,
    /// Confidence that a conclusive answer is right.
    pub confidence: f64,
    /// Outcomes asked.
    pub calls: u64,
    /// What was asked, in order.
    pub steps: Vec<LogStep>,
    /// Whether `last_good` and `first_bad` are sure to the confidence.
    pub conclusive: bool,
    /// Why the search ended; never [`Reason::SamePacks`].
    pub reason: Reason,
}

/// One version that was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogStep {
    /// Its place in the log.
    pub version: usize,
    /// Trials looked at.
    pub trials: u32,
    /// Their mean score.
    pub score: f64,
    /// Like the first version (A) or the last (B).
    pub verdict: Verdict,
}

/// The first bad version of a log whose version 0 is good and whose last, `versions - 1`, is bad; "bad" is like the last,
/// be its score lower or higher.
///
/// `score` gives the outcome of a trial of a version, from 0 to 1: one task's, or a suite's mean. A call of it counts as one
/// towards `max_calls`. `touching` and `all` of the options mean nothing here. The method stands in the module's text.
///
/// # Errors
/// When there are fewer than two versions, an option is out of range, or `score` fails.
///
/// ```
/// use haversack_eval::{BisectOptions, bisect_log};
///
/// // Version 37 of 100 breaks the task; one outcome in ten is the other way round.
/// let score = |version: usize, trial: u32| {
///     let luck = (version as u64 * 7919 + u64::from(trial) * 104_729 + 13) % 101 < 10;
///     Ok::<_, std::convert::Infallible>(f64::from(u8::from((version < 37) != luck)))
/// };
/// let found = bisect_log(100, score, &BisectOptions::default())?;
/// assert_eq!((found.first_bad, found.conclusive), (Some(37), true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn bisect_log<E>(
    versions: usize,
    score: impl FnMut(usize, u32) -> Result<f64, E>,
    options: &BisectOptions,
) -> Result<LogBisection, CauseError<E>> {
    options.check()?;
    if versions < 2 {
        return Err(CauseError::Nothing { what: "second version" });
    }
    let levels = Levels::new(0.0, 1.0, 0.2, 0.8);
    let mut log = Log { score, options, levels, calls: 0, steps: Vec::new() };
    let (mut ends, mut good, mut bad) = (Ends::new(), 0, versions - 1);
    let mut reason = log.search(&mut ends, (&mut good, &mut bad))?;
    let found = matches!(reason, Reason::Found | Reason::Budget) && bad - good == 1;
    if found {
        reason = Reason::Found;
        log.audit(versions, bad)?;
    }
    let (good_score, bad_score) = ends.means();
    let unsettled = log.versions(Verdict::Unsettled, |_| true);
    let mut out_of_place = log.versions(Verdict::LikeB, |version| version < bad);
    out_of_place.extend(log.versions(Verdict::LikeA, |version| version >= bad));
    Ok(LogBisection {
        last_good: found.then_some(good),
        first_bad: found.then_some(bad),
        out_of_place: if found { out_of_place } else { Vec::new() },
        conclusive: (found && !unsettled.contains(&bad))
            || (options.repeatable && reason == Reason::SameOutcome),
        reason: if found && unsettled.contains(&bad) { Reason::Unsettled } else { reason },
        unsettled,
        good_score,
        bad_score,
        confidence: options.confidence,
        calls: log.calls,
        steps: log.steps,
    })
}

struct Log<'a, F> {
    score: F,
    options: &'a BisectOptions,
    levels: Levels,
    calls: u64,
    steps: Vec<LogStep>,
}

impl<E, F: FnMut(usize, u32) -> Result<f64, E>> Log<'_, F> {
    fn search(
        &mut self,
        ends: &mut Ends,
        (good, bad): (&mut usize, &mut usize),
    ) -> Result<Reason, CauseError<E>> {
        let doubt = 1.0 - self.options.confidence;
        let most = if self.options.repeatable { 1 } else { self.options.trials };
        loop {
            let (from, to) = ends.means();
            let differ =
                if self.options.repeatable { (from - to).abs() > 1e-9 } else { ends.differ(doubt / 4.0) };
            if differ {
                break;
            }
            if ends.pairs() >= most || (ends.pairs() >= PATIENCE && ends.capital() <= 1.0) {
                return Ok(Reason::SameOutcome);
            }
            let trial = ends.pairs();
            let Some(from) = self.trial(*good, trial)? else { return Ok(Reason::Budget) };
            let Some(to) = self.trial(*bad, trial)? else { return Ok(Reason::Budget) };
            ends.pair(from, to);
        }
        self.levels = ends.levels();
        let questions = f64::from(usize::BITS - (*bad - *good).leading_zeros()).max(1.0);
        while *bad - *good > 1 {
            let middle = usize::midpoint(*good, *bad);
            match self.ask(middle, doubt * 0.75 / questions)? {
                None => return Ok(Reason::Budget),
                Some(Verdict::LikeA) => *good = middle,
                Some(Verdict::LikeB | Verdict::Unsettled) => *bad = middle,
            }
        }
        Ok(Reason::Found)
    }

    /// Asks a few versions on either side, between the ends and the flip, whether they are where they belong.
    fn audit(&mut self, versions: usize, bad: usize) -> Result<(), CauseError<E>> {
        let quick = 0.01_f64.min(1.0 - self.options.confidence);
        let between = |from: usize, to: usize| {
            (1..=AUDITS)
                .map(move |part| from + (to - from) * part / (AUDITS + 1))
                .filter(move |at| *at > from)
        };
        for version in between(0, bad.saturating_sub(1)).chain(between(bad, versions - 1)) {
            let asked = self.steps.iter().any(|step| step.version == version);
            if !asked && self.ask(version, quick)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn ask(&mut self, version: usize, error: f64) -> Result<Option<Verdict>, CauseError<E>> {
        let most = if self.options.repeatable { 1 } else { self.options.trials };
        let enough = if self.options.repeatable { 0.0 } else { -libm::log(error) };
        let (mut evidence, mut sum, mut trials) = (0.0_f64, 0.0, 0);
        while trials < most && (trials == 0 || evidence.abs() < enough) {
            let Some(score) = self.trial(version, trials)? else { return Ok(None) };
            evidence += self.levels.evidence(score);
            sum += score;
            trials += 1;
        }
        let verdict = match () {
            () if evidence.abs() < enough || evidence == 0.0 => Verdict::Unsettled,
            () if evidence > 0.0 => Verdict::LikeB,
            () => Verdict::LikeA,
        };
        self.steps.push(LogStep { version, trials, score: sum / f64::from(trials), verdict });
        Ok(Some(verdict))
    }

    /// The score of a trial; none when the budget is spent.
    fn trial(&mut self, version: usize, trial: u32) -> Result<Option<f64>, CauseError<E>> {
        if self.options.max_calls.is_some_and(|most| self.calls >= most) {
            return Ok(None);
        }
        self.calls += 1;
        let score = (self.score)(version, trial).map_err(CauseError::Oracle)?;
        if (0.0..=1.0).contains(&score) {
            Ok(Some(score))
        } else {
            Err(CauseError::Answers { asked: 1, given: 1 })
        }
    }

    fn versions(&self, verdict: Verdict, place: impl Fn(usize) -> bool) -> Vec<usize> {
        let steps = self.steps.iter().filter(|step| step.verdict == verdict && place(step.version));
        let mut versions: Vec<usize> = steps.map(|step| step.version).collect();
        versions.sort_unstable();
        versions.dedup();
        versions
    }
}
