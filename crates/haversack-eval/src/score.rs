use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{EvalError, Judged, Measure, MeasureReport, Qrels, RankMeasure, Report, Run};

/// Which queries count in a mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Averaging {
    /// Every judged query; one for which nothing was retrieved counts as 0 (`trec_eval -c`). What `score` and
    /// `measure` do unless told otherwise: a query that failed must not make the mean look better.
    Complete,
    /// Only queries that are both judged and in the run (`trec_eval` without `-c`).
    TrecEval,
}

/// Measures a run against judgments.
///
/// Queries of the run that are not judged never count; the report says how many there were. A judged query to
/// which nothing is relevant counts with 0, as in trec_eval, and the report says how many those are.
///
/// ```
/// use haversack_eval::{Averaging, Measure, Qrels, Run, measure_run};
///
/// let qrels = Qrels::parse("q1 0 a 1\nq1 0 b 0\nq2 0 c 1\n", "qrels")?;
/// let run = Run::parse("q1 Q0 b 1 2.5 mine\nq1 Q0 a 2 1.5 mine\n", "run")?;
/// let measures: Vec<Measure> = vec!["RR".parse()?, "recall_10".parse()?];
///
/// let report = measure_run(&qrels, &run, &measures, Averaging::Complete)?;
/// assert_eq!(report.measures[&measures[0]].per_task["q1"], 0.5);
/// // `q2` was judged but not answered: it counts as 0, and the report says so.
/// assert_eq!((report.mean("RR"), report.missing), (Some(0.25), 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When a measure is one of packs, or no query of a run that is not empty is judged (and, with
/// [`Averaging::TrecEval`], when the run is empty).
pub fn measure_run(
    qrels: &Qrels,
    run: &Run,
    measures: &[Measure],
    averaging: Averaging,
) -> Result<Report, EvalError> {
    let wanted: BTreeSet<RankMeasure> = measures.iter().map(rank_measure).collect::<Result<_, _>>()?;
    let ran: BTreeSet<&str> =
        run.queries().filter(|(_, ranking)| !ranking.is_empty()).map(|(query, _)| query).collect();
    let common = qrels.queries().filter(|(query, _)| ran.contains(query)).count();
    let nothing_to_say = averaging == Averaging::TrecEval || !ran.is_empty() || qrels.is_empty();
    if common == 0 && nothing_to_say {
        return Err(EvalError::NothingInCommon);
    }
    let counted: BTreeMap<&str, Judged> = qrels
        .queries()
        .filter(|(query, _)| averaging == Averaging::Complete || ran.contains(query))
        .map(|(query, judgments)| (query, Judged::new(judgments, run.get(query).unwrap_or_default())))
        .collect();
    let judged_in = |judged: &Judged| {
        judged.ranking.iter().filter(|judgment| matches!(judgment, crate::Judgment::Grade(_))).count()
    };
    let evaluate = |measure: RankMeasure| {
        let per_task =
            counted.iter().map(|(query, judged)| ((*query).to_owned(), measure.of(judged))).collect();
        let measure = Measure::Rank(measure);
        (measure, MeasureReport::new(measure, per_task))
    };
    Ok(Report {
        suite: None,
        version: None,
        averaging,
        queries: counted.len(),
        missing: qrels.len() - common,
        unjudged: run.queries().filter(|(query, _)| qrels.get(query).is_none()).count(),
        without_relevant: counted.keys().filter(|query| !qrels.has_relevant(query)).count(),
        judged_retrieved: counted.values().map(judged_in).sum(),
        measures: wanted.into_iter().map(evaluate).collect(),
    })
}

fn rank_measure(measure: &Measure) -> Result<RankMeasure, EvalError> {
    match measure {
        Measure::Rank(measure) => Ok(*measure),
        Measure::Pack(_) => Err(EvalError::WrongInput { measure: measure.to_string(), needs: "packs" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QRELS: &str = "q1 0 a 1\nq1 0 b 0\nq2 0 c 2\nq3 0 d 0\n";
    const RUN: &str = "q1 Q0 b 1 2 x\nq1 Q0 a 2 1 x\nq3 Q0 d 1 1 x\nq9 Q0 a 1 1 x\n";

    fn measures(names: &[&str]) -> Vec<Measure> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn report(averaging: Averaging, names: &[&str]) -> Report {
        let (qrels, run) = (Qrels::parse(QRELS, "q").unwrap(), Run::parse(RUN, "r").unwrap());
        measure_run(&qrels, &run, &measures(names), averaging).unwrap()
    }

    #[test]
    fn a_query_without_results_counts_as_zero() {
        let complete = report(Averaging::Complete, &["RR", "num_q", "num_rel", "gm_map"]);
        assert!((complete.mean("RR").unwrap() - 0.5 / 3.0).abs() < 1e-12);
        assert_eq!((complete.mean("num_q"), complete.mean("num_rel")), (Some(3.0), Some(2.0)));
        assert!((complete.mean("gmAP").unwrap() - libm::cbrt(0.5 * 1e-10)).abs() < 1e-9);
        let counts = (complete.queries, complete.missing, complete.unjudged, complete.without_relevant);
        assert_eq!(counts, (3, 1, 1, 1));
        assert_eq!(complete.judged_retrieved, 3);
        assert_eq!(complete.measures[&"RR".parse().unwrap()].per_task.len(), 3);

        let common = report(Averaging::TrecEval, &["RR"]);
        assert!((common.mean("RR").unwrap() - 0.25).abs() < 1e-12);
        assert_eq!((common.queries, common.missing), (2, 1));
    }

    #[test]
    fn the_json_is_the_contract() {
        let report = report(Averaging::Complete, &["ndcg_cut_10"]).of(Some("s"), None);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!((json["suite"].as_str(), json["version"].is_null()), (Some("s"), true));
        assert_eq!(json["averaging"], "complete");
        assert_eq!(json["measures"]["nDCG@10"]["per_task"]["q2"], 0.0);
        assert!(json["measures"]["nDCG@10"]["mean"].is_f64());
        assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    }

    #[test]
    fn ids_that_never_meet_are_an_error_and_an_empty_run_is_zero() {
        let qrels = Qrels::parse(QRELS, "q").unwrap();
        let names = measures(&["AP"]);
        let other = Run::parse("x Q0 a 1 1 x\n", "r").unwrap();
        let empty = Run::new("empty");
        for averaging in [Averaging::Complete, Averaging::TrecEval] {
            let got = measure_run(&qrels, &other, &names, averaging);
            assert!(matches!(got, Err(EvalError::NothingInCommon)));
        }
        assert_eq!(measure_run(&qrels, &empty, &names, Averaging::Complete).unwrap().missing, 3);
        assert!(measure_run(&qrels, &empty, &names, Averaging::TrecEval).is_err());
        assert!(measure_run(&Qrels::default(), &empty, &names, Averaging::Complete).is_err());
        assert!(measure_run(&qrels, &empty, &measures(&["answer@5tok"]), Averaging::Complete).is_err());
    }
}
