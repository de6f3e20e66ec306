//! Calls and graders that fail, and budgets.

use super::*;
use crate::OnError;

#[test]
fn a_failed_call_counts_nothing_and_is_not_dropped() {
    let (bench, suite) = (Bench::new(), suite(4));
    let plan = plan(&suite);
    let agent = Scripted::new(|question, _| match question.task {
        "t01" => Err(failure()),
        "t02" => Err(AgentError::TimedOut { seconds: 2.0 }),
        "t03" => Ok(Answer { usage: Usage { cost: f64::NAN, ..Usage::default() }, ..said("t03") }),
        _ => Ok(said(question.query)),
    });
    let mut journal = bench.begin(&plan, 1_000);
    let record = bench.run(&plan, &agent, &mut journal).unwrap();
    assert!(record.complete);
    let status: Vec<Status> = record.outcomes.iter().map(|entry| entry.outcome.status).collect();
    assert_eq!(status, [Status::Answered, Status::Failed, Status::TimedOut, Status::Failed]);
    assert_eq!((record.totals.failed, record.totals.timed_out, record.mean_score()), (2, 1, Some(0.25)));
    let error = |at: usize| record.outcomes[at].outcome.error.clone().unwrap();
    assert_eq!([error(1), error(2)], ["it hung up", "no answer within 2 s"]);
    assert_eq!(error(3), "the answer cannot be read: a cost of NaN");
    // They stay failed when the run goes on, unless that is asked for.
    let mut journal = bench.resume(journal);
    bench.run(&plan, &Scripted::right(), &mut journal).unwrap();
    let again = Scripted::right();
    let record = bench.run_with(&plan, &again, &grade, &mut journal, retrying()).unwrap();
    assert_eq!(again.asked(), [("t01", 0), ("t02", 0), ("t03", 0)].map(|(id, trial)| (id.to_owned(), trial)));
    assert_eq!((record.mean_score(), record.totals.failed, record.totals.calls), (Some(1.0), 0, 7));
}

#[test]
fn a_failed_call_stops_the_run_where_the_suite_says_so() {
    let (bench, suite) = (Bench::new(), suite(4));
    let plan = RunPlan { on_error: OnError::Abort, ..plan(&suite) };
    let agent =
        Scripted::new(|question, number| if number == 2 { Err(failure()) } else { Ok(said(question.query)) });
    let mut journal = bench.begin(&plan, 1_000);
    let record = bench.run(&plan, &agent, &mut journal).unwrap();
    let error = "it hung up".to_owned();
    assert_eq!(record.stopped, Some(Stop::Failed { task: "t02".to_owned(), trial: 0, error }));
    assert_eq!((record.complete, record.missing()), (false, vec!["t02", "t03"]));
    let error = record.require_complete().unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "run {} lacks the outcomes of 2 of 4 tasks: task `t02`, trial 0: it hung up",
            record.header.run
        )
    );
    let mut journal = bench.resume(journal);
    let record = bench.run(&plan, &agent, &mut journal).unwrap();
    assert!(record.complete && record.stopped.is_none());
    let asked: Vec<String> = agent.asked().into_iter().map(|(task, _)| task).collect();
    assert_eq!(asked, ["t00", "t01", "t02", "t02", "t03"]);
}

#[test]
fn a_spent_budget_stops_the_run_and_it_goes_on_later() {
    let (bench, suite) = (Bench::new(), suite(4));
    let plan = plan(&suite);
    let agent = Scripted::new(|question, number| match number {
        2 => Err(AgentError::Budget { what: "2 calls".to_owned() }),
        _ => Ok(said(question.query)),
    });
    let mut journal = bench.begin(&plan, 1_000);
    let record = bench.run(&plan, &agent, &mut journal).unwrap();
    assert_eq!(record.stopped, Some(Stop::Budget { what: "2 calls".to_owned() }));
    assert_eq!((record.totals.missing, record.totals.calls, record.totals.failed), (2, 3, 0));
    let read = RunRecord::of(&bench.runs().read(&record.header.run).unwrap());
    assert_eq!(read, record);
    let mut journal = bench.resume(journal);
    assert!(bench.run(&plan, &agent, &mut journal).unwrap().complete);
}

#[test]
fn an_answer_that_only_a_grader_failed_on_is_not_asked_for_again() {
    let budget = || GradingError::Budget { what: "judge".to_owned() };
    let failed = || GradingError::Failed("no judge".into());
    let range = || GradingError::OutOfRange(f64::NAN);
    let errors: [(&(dyn Fn() -> GradingError + Sync), OnError); 4] = [
        (&budget, OnError::Fail),
        (&failed, OnError::Abort),
        (&failed, OnError::Fail),
        (&range, OnError::Fail),
    ];
    for (number, (error, on_error)) in errors.into_iter().enumerate() {
        let (bench, suite) = (Bench::new(), suite(3));
        let plan = RunPlan { on_error, ..plan(&suite) };
        let agent = Scripted::right();
        let mut journal = bench.begin(&plan, 1_000);
        let failing = |task: &Task, pack: &Pack, answer: &Answer| match (task.id.as_str(), number) {
            ("t01", 3) => Ok(Grading { score: f64::NAN, ..Grading::default() }),
            ("t01", _) => Err(error()),
            _ => grade(task, pack, answer),
        };
        let options = RunOptions::new(&|| 0);
        let record = bench.run_with(&plan, &agent, &failing, &mut journal, options).unwrap();
        assert_eq!(record.complete, number >= 2);
        if number >= 2 {
            let outcome = &record.outcomes[1].outcome;
            assert_eq!((outcome.status, outcome.score), (Status::Failed, 0.0));
            assert!(outcome.answer.is_some() && outcome.error.as_ref().unwrap().starts_with("not graded: "));
        }
        assert_eq!(journal.recording().recorded_answers().len(), if number >= 2 { 3 } else { 2 });
        let mut journal = bench.resume(journal);
        let record = bench.run_with(&plan, &agent, &grade, &mut journal, retrying()).unwrap();
        assert_eq!((record.complete, record.mean_score()), (true, Some(1.0)));
        let asked: Vec<String> = agent.asked().into_iter().map(|(task, _)| task).collect();
        assert_eq!(asked, ["t00", "t01", "t02"]);
    }
}

#[test]
fn what_judges_cost_is_counted_as_often_as_it_was_paid() {
    let (bench, suite) = (Bench::new(), suite(2));
    let plan = plan(&suite);
    let usage = Usage { calls: 1, input_tokens: 100, output_tokens: 5, cost: 0.5 };
    let judged =
        |task: &Task, pack: &Pack, answer: &Answer| Ok(Grading { usage, ..grade(task, pack, answer)? });
    let mut journal = bench.begin(&plan, 1_000);
    let options = RunOptions::new(&|| 0);
    let record = bench.run_with(&plan, &Scripted::right(), &judged, &mut journal, options).unwrap();
    assert_eq!(record.totals.judging, Usage { calls: 2, input_tokens: 200, output_tokens: 10, cost: 1.0 });
    assert_eq!(RunRecord::of(&bench.runs().read(&record.header.run).unwrap()).totals, record.totals);
    let free = |task: &Task, pack: &Pack, answer: &Answer| {
        Ok(Grading { usage: Usage { cost: f64::INFINITY, ..usage }, ..grade(task, pack, answer)? })
    };
    let mut journal = bench.begin(&plan, 2_000);
    let record = bench.run_with(&plan, &Scripted::right(), &free, &mut journal, options).unwrap();
    assert_eq!((record.totals.failed, record.totals.judging), (2, Usage::default()));
}

#[test]
fn a_journal_that_cannot_be_written_ends_the_run() {
    let (bench, suite) = (Bench::new(), suite(3));
    let plan = plan(&suite);
    let mut journal = bench.begin(&plan, 1_000);
    journal.break_off();
    let agent = Scripted { concurrency: 3, ..Scripted::right() };
    let error = bench.run(&plan, &agent, &mut journal).unwrap_err();
    assert!(matches!(error, RunError::Journal(JournalError::Broken { .. })), "{error}");
    assert!(agent.asked().is_empty(), "no call is made that cannot be recorded");
}
