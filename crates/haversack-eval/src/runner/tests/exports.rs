//! Runs as files of other programs.

use super::*;

#[test]
fn exports_hold_every_outcome() {
    let (bench, suite) = (Bench::new(), suite(3));
    let plan = plan(&suite);
    let agent = Scripted::new(|question, _| match question.task {
        "t01" => Err(failure()),
        _ => Ok(said("=cmd(\"x\"),\nnext line")),
    });
    let record = bench.run(&plan, &agent, &mut bench.begin(&plan, 1_000)).unwrap();
    let text = outcomes_jsonl(&record).unwrap();
    let outcomes: Vec<Outcome> = record.outcomes.iter().map(|entry| entry.outcome.clone()).collect();
    assert_eq!(outcomes_from_jsonl(&text, "o").unwrap(), outcomes);
    let error = |text: &str| outcomes_from_jsonl(text, "o").unwrap_err().to_string();
    assert_eq!(
        error(&text.replacen("\"scor", "\"skor", 1)),
        "o:1: unknown key `skore`; did you mean `score`?"
    );
    let typo = text.replacen("\"output_tokens\"", "\"output_token\"", 1);
    assert_eq!(
        error(&typo),
        "o:1: unknown key `answer.usage.output_token`; did you mean `answer.usage.output_tokens`?"
    );
    assert_eq!(error(&format!("{text}{text}")), "o:4: outcome of task `t00, trial 0` stands twice");
    let csv = outcomes_csv(&record);
    let pack = pack("t00", &["t00"]).pack_id;
    let row = format!(
        "\r\nt00,0,answered,0,false,{pack},,0,1,10,2,0.25,even,\"'=cmd(\"\"x\"\"),\nnext line\",\r\n"
    );
    assert!(csv.contains(&row), "{csv}");
    assert!(csv.contains(",odd,,it hung up\r\n"));
}

#[test]
fn packs_become_a_trec_run() {
    let (a, b) = (pack("q", &["x", "y", "x"]), pack("q", &[]));
    let run = crate::run_of_packs("docs@v1", [("q1", &a), ("q2", &b)]).unwrap();
    assert_eq!(run.to_trec(), "q1 Q0 c/x 1 1 docs@v1\nq1 Q0 c/y 2 0.5 docs@v1\n");
    assert_eq!(run.get("q2").map(<[_]>::len), Some(0));
    assert!(crate::run_of_packs("n", [("q1", &a), ("q1", &b)]).is_err());
}
