//! Outcomes that are known already, and pairs of runs.

use super::*;

#[test]
fn known_outcomes_are_used_again_and_said_to_be() {
    let (mut bench, suite) = (Bench::new(), suite(4));
    let plan = plan(&suite);
    let failing =
        Scripted::new(
            |question, _| if question.task == "t03" { Err(failure()) } else { Ok(said(question.query)) },
        );
    let first = bench.run(&plan, &failing, &mut bench.begin(&plan, 1_000)).unwrap();
    bench.run(&plan, &Scripted::right(), &mut bench.begin(&plan, 2_000)).unwrap();
    let listing = bench.runs().all().unwrap();
    bench.cache = OutcomeCache::new(&listing.recordings);
    let backwards = OutcomeCache::new(listing.recordings.iter().rev());
    assert_eq!(bench.cache, backwards, "the earliest, in whatever order runs come");
    assert_eq!(bench.cache.len(), 4);
    let agent = Scripted::right();
    let third = bench.run(&plan, &agent, &mut bench.begin(&plan, 3_000)).unwrap();
    assert!(agent.asked().is_empty() && third.complete);
    assert_eq!((third.totals.reused, third.totals.calls, third.totals.usage), (4, 0, Usage::default()));
    let from: Vec<_> = third.outcomes.iter().map(|entry| entry.reused_from.clone().unwrap()).collect();
    assert_eq!((&from[0], &from[3]), (&first.header.run, &listing.recordings[1].header.run));
    // A copy is as good as the original, and still says whose it is.
    let copies = OutcomeCache::new([&bench.runs().read(&third.header.run).unwrap()]);
    assert_eq!(copies, bench.cache);
}

#[test]
fn nothing_is_used_again_where_anything_that_matters_differs() {
    let (bench, suite) = (Bench::new(), suite(1));
    let plan = plan(&suite);
    bench.run(&plan, &Scripted::right(), &mut bench.begin(&plan, 1_000)).unwrap();
    let cache = OutcomeCache::new(&bench.runs().all().unwrap().recordings);
    let pack = pack("t00", &["t00"]).pack_id;
    let header = plan.header(2_000).unwrap();
    let hit =
        |header: &RunHeader, trial, pack| cache.get(&OutcomeKey::of(header, "t00", trial, pack).unwrap());
    assert!(hit(&header, 0, pack).is_some());
    let mut other = header.clone();
    (other.context, other.version, other.seed, other.budget) = ("x".into(), Digest::of(b"x"), 9, 9);
    assert!(hit(&other, 0, pack).is_some(), "versions with equal packs share outcomes");
    assert!(hit(&header, 1, pack).is_none());
    assert!(hit(&header, 0, Digest::of(b"x")).is_none());
    let agent = AgentRecord { fingerprint: Digest::of(b"x"), ..header.agent.clone() };
    assert!(hit(&RunHeader { agent, ..header.clone() }, 0, pack).is_none());
    assert!(hit(&RunHeader { graders: Digest::of(b"x"), ..header.clone() }, 0, pack).is_none());
    let edited = |edit: &dyn Fn(&mut Suite)| {
        let mut suite = suite.clone();
        edit(&mut suite);
        hit(&super::plan(&suite).header(0).unwrap(), 0, pack)
    };
    assert!(edited(&|suite| suite.tasks[0].tags = vec!["new".into()]).is_some());
    assert!(edited(&|suite| suite.tasks[0].query = "other".into()).is_none());
    assert!(edited(&|suite| suite.tasks[0].answers = vec!["gold".into()]).is_none());
    assert!(edited(&|suite| suite.tasks[0].documents = vec!["c/d".parse().unwrap()]).is_none());
    assert!(edited(&|suite| suite.qrels.insert("t00", "c/d", 1).unwrap()).is_none());
    assert!(OutcomeKey::of(&header, "t99", 0, pack).is_none());
}

#[test]
fn runs_pair_up_only_when_they_are_complete_and_of_the_same_tasks() {
    let (bench, suite) = (Bench::new(), suite(2));
    let plan = RunPlan { trials: 2, ..plan(&suite) };
    let a = bench.run(&plan, &Scripted::right(), &mut bench.begin(&plan, 1_000)).unwrap();
    let wrong =
        Scripted::new(|question, _| Ok(said(if question.trial == 1 { "no" } else { question.query })));
    let b = bench.run(&plan, &wrong, &mut bench.begin(&plan, 2_000)).unwrap();
    let paired = pairs(&a, &b).unwrap();
    assert_eq!(
        (paired.len(), &paired[1].task, &paired[1].tags[0]),
        (2, &"t01".to_owned(), &"odd".to_owned())
    );
    assert_eq!((&paired[0].a, &paired[0].b, paired[0].same_pack), (&vec![1.0, 1.0], &vec![1.0, 0.0], true));
    assert_eq!((&paired[0].passed_a, &paired[0].passed_b), (&vec![true, true], &vec![true, false]));
    let begun = RunRecord::of(bench.begin(&plan, 3_000).recording());
    assert!(matches!(pairs(&a, &begun), Err(RunError::Incomplete { missing: 2, tasks: 2, .. })));
    assert_eq!((begun.mean_score(), begun.tag_means().len()), (None, 0));
    let fewer = RunPlan { tasks: vec![&suite.tasks[0]], ..plan.clone() };
    let fewer = bench.run(&fewer, &Scripted::right(), &mut bench.begin(&fewer, 4_000)).unwrap();
    assert!(matches!(pairs(&a, &fewer), Err(RunError::NotComparable { what: "tasks", .. })));
    let once = RunPlan { trials: 1, ..plan.clone() };
    let once = bench.run(&once, &Scripted::right(), &mut bench.begin(&once, 5_000)).unwrap();
    assert!(matches!(pairs(&a, &once), Err(RunError::NotComparable { what: "trials", .. })));
}
