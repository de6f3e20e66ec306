//! What is asked, in which order, and how a run ends and goes on.

use super::*;
use crate::OnError;

#[test]
fn every_task_is_asked_in_order_and_counted() {
    let (bench, suite) = (Bench::new(), suite(3));
    let plan = RunPlan { trials: 2, ..plan(&suite) };
    let agent = Scripted::new(|question, number| {
        let abstained = question.task == "t02";
        let text = if number == 0 { "wrong" } else { question.query };
        Ok(Answer { abstained, ..said(if abstained { "" } else { text }) })
    });
    let mut journal = bench.begin(&plan, 1_000);
    let record = bench.run(&plan, &agent, &mut journal).unwrap();
    let order: Vec<(String, u32)> =
        (0..3).flat_map(|task| (0..2).map(move |trial| (format!("t{task:02}"), trial))).collect();
    assert_eq!(agent.asked(), order);
    assert!(record.complete && record.require_complete().is_ok());
    let usage = Usage { calls: 6, input_tokens: 60, output_tokens: 12, cost: 1.5 };
    let totals = Totals { tasks: 3, calls: 6, abstained: 2, passed: 3, usage, ..Totals::default() };
    assert_eq!(record.totals, totals);
    assert_eq!((record.mean_score(), record.pass_rate()), (Some(0.5), Some(0.5)));
    let tags = record.tag_means();
    assert_eq!(tags["even"], TagMean { tasks: 2, score: 0.25, passed: 0.25 });
    assert_eq!(tags["odd"], TagMean { tasks: 1, score: 1.0, passed: 1.0 });
    assert_eq!(record.task_scores(), BTreeMap::from([("t00", 0.5), ("t01", 1.0), ("t02", 0.0)]));
    // A run that is complete calls nobody, and writes nothing but that it was looked at.
    let mut journal = bench.resume(journal);
    assert_eq!(bench.run(&plan, &agent, &mut journal).unwrap(), record);
    assert_eq!(agent.asked().len(), 6);
}

#[test]
fn the_record_does_not_depend_on_who_answers_first() {
    let suite = suite(24);
    let plan = RunPlan { trials: 2, ..plan(&suite) };
    let record = |threads: usize| {
        let bench = Bench::new();
        let agent = Scripted {
            concurrency: threads,
            ..Scripted::new(|question, number| {
                // Whoever comes first works longest.
                std::thread::sleep(std::time::Duration::from_micros(2_000 / (1 + number as u64 % 8)));
                Ok(said(if question.trial == 0 { question.query } else { "other" }))
            })
        };
        let mut journal = bench.begin(&plan, 1_000);
        let record = bench.run(&plan, &agent, &mut journal).unwrap();
        assert_eq!(bench.runs().read(&record.header.run).unwrap().entries.len(), 48);
        record
    };
    let alone = record(1);
    assert_eq!(alone, record(8));
    assert_eq!(outcomes_csv(&alone), outcomes_csv(&record(3)));
}

#[test]
fn as_many_are_asked_at_once_as_agent_and_caller_allow() {
    for (agents, callers, expected) in [(4, 8, 4), (8, 2, 2), (8, usize::MAX, 6), (1, 8, 1), (3, 0, 1)] {
        let (bench, suite) = (Bench::new(), suite(6));
        let plan = plan(&suite);
        let gate = std::sync::Arc::new((Mutex::new((0_usize, 0_usize)), Condvar::new()));
        let inside = std::sync::Arc::clone(&gate);
        let agent = Scripted {
            concurrency: agents,
            ..Scripted::new(move |question, _| {
                let (count, changed) = &*inside;
                let mut count = count.lock().unwrap();
                count.0 += 1;
                count.1 = count.1.max(count.0);
                changed.notify_all();
                // Nobody leaves until as many as should were inside at once.
                while count.1 < expected {
                    count = changed.wait(count).unwrap();
                }
                count.0 -= 1;
                Ok(said(question.query))
            })
        };
        let options = RunOptions { concurrency: callers, ..RunOptions::new(&|| 0) };
        let mut journal = bench.begin(&plan, 1_000);
        bench.run_with(&plan, &agent, &grade, &mut journal, options).unwrap();
        assert_eq!(gate.0.lock().unwrap().1, expected, "{agents} {callers}");
    }
}

#[test]
fn a_cancelled_run_asks_no_further_and_goes_on_later() {
    let (bench, suite) = (Bench::new(), suite(5));
    let plan = plan(&suite);
    let (agent, cancel, seen) = (Scripted::right(), AtomicBool::new(false), AtomicUsize::new(0));
    let progress = |progress: &RunProgress<'_>| {
        assert_eq!(progress.done as usize, seen.fetch_add(1, Ordering::SeqCst) + 1);
        cancel.store(progress.done == 2, Ordering::SeqCst);
    };
    let options = RunOptions { cancel: Some(&cancel), progress: Some(&progress), ..RunOptions::new(&|| 0) };
    let mut journal = bench.begin(&plan, 1_000);
    let record = bench.run_with(&plan, &agent, &grade, &mut journal, options).unwrap();
    assert_eq!((record.stopped.as_ref(), agent.asked().len()), (Some(&Stop::Cancelled), 2));
    cancel.store(false, Ordering::SeqCst);
    let record = bench.run_with(&plan, &agent, &grade, &mut journal, options).unwrap();
    assert!(record.complete && record.stopped.is_none() && agent.asked().len() == 5);
}

#[test]
fn a_journal_of_another_plan_is_refused() {
    let (bench, suite) = (Bench::new(), suite(2));
    let plan = plan(&suite);
    let mut journal = bench.begin(&plan, 1_000);
    let refused = |plan: &RunPlan<'_>, journal: &mut Journal| {
        bench.run(plan, &Scripted::right(), journal).unwrap_err().to_string()
    };
    let run = journal.header().run.clone();
    for (other, what) in [
        (RunPlan { trials: 3, ..plan.clone() }, "trials"),
        (RunPlan { budget: 3, ..plan.clone() }, "budget"),
        (RunPlan { version: Digest::of(b"x"), ..plan.clone() }, "version"),
        (RunPlan { graders: Digest::of(b"x"), ..plan.clone() }, "graders"),
        (RunPlan { seed: 3, ..plan.clone() }, "seed"),
        (RunPlan { on_error: OnError::Abort, ..plan.clone() }, "on_error"),
        (RunPlan { tasks: vec![&suite.tasks[0]], ..plan.clone() }, "tasks"),
    ] {
        assert_eq!(refused(&other, &mut journal), format!("run {run} was begun with another {what}"));
    }
    let elsewhere = Environment { cpus: 64, ..plan.environment.clone() };
    let plan = RunPlan { environment: elsewhere, context: "docs@v1".into(), ..plan };
    assert!(bench.run(&plan, &Scripted::right(), &mut journal).is_ok());
}

#[test]
fn packs_are_made_once_and_their_failures_end_the_run() {
    let (bench, suite) = (Bench::new(), suite(3));
    let plan = RunPlan { trials: 3, ..plan(&suite) };
    let made = AtomicUsize::new(0);
    let counting = |task: &Task, budget: u32, principal: &Principal| {
        made.fetch_add(1, Ordering::SeqCst);
        if task.id == "t02" { Err("disk".into()) } else { packs(task, budget, principal) }
    };
    let agent = Scripted { concurrency: 4, ..Scripted::right() };
    let options = RunOptions::new(&|| 0);
    let (cache, mut journal) = (OutcomeCache::default(), bench.begin(&plan, 1_000));
    let runner = Runner { packs: &counting, agent: &agent, grade: &grade, cache: &cache, options };
    let error = runner.run(&plan, &mut journal).unwrap_err();
    assert!(matches!(&error, RunError::Pack { task, .. } if task == "t02"), "{error}");
    let failures = made.load(Ordering::SeqCst) - 2;
    assert!((1..=3).contains(&failures));
    // The version packs a task otherwise than it did: its outcomes would be of two packs.
    drop(journal);
    let plan = RunPlan { trials: 3, ..super::plan(&suite) };
    let mut journal = bench.begin(&plan, 2_000);
    let cancel = AtomicBool::new(false);
    let stop = |_: &RunProgress<'_>| cancel.store(true, Ordering::SeqCst);
    let options = RunOptions { cancel: Some(&cancel), progress: Some(&stop), ..options };
    bench.run_with(&plan, &Scripted::right(), &grade, &mut journal, options).unwrap();
    let changed = |task: &Task, _: u32, _: &Principal| Ok(pack(&task.query, &["other"]));
    let runner = Runner { packs: &changed, options: RunOptions::new(&|| 0), ..runner };
    assert!(
        matches!(runner.run(&plan, &mut journal), Err(RunError::PackChanged { task, .. }) if task == "t00")
    );
}
