//! Measures the built-in agent: `extractive FILE.. [--coverage X] [--sentence] [--half 0|1] [--verbose] [--time]` reads
//! JSON lines of `{"id", "query", "answers", "pack"}`, where `pack` is what `haversack pack --json` prints, and prints exact match, token F1
//! (SQuAD's, the best over the gold answers) and the share of questions that it abstained from. Lines without answers count as
//! unanswerable: only abstaining is right. `--half` keeps the lines with an even or odd number, counted from 0.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use haversack_eval::{Agent, AnswerForm, Extractive, ExtractiveOptions, Question};
use haversack_model::Pack;
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    id: String,
    query: String,
    #[serde(default)]
    answers: Vec<String>,
    pack: Pack,
}

#[derive(Default)]
struct Sums {
    tasks: f64,
    exact: f64,
    f1: f64,
    answered: f64,
    answered_f1: f64,
    seconds: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = ExtractiveOptions::default();
    let (mut files, mut half, mut verbose, mut time) = (Vec::new(), None, false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--coverage" => options.coverage = arguments.next().ok_or("which coverage?")?.parse()?,
            "--sentence" => options.answer = AnswerForm::Sentence,
            "--half" => half = Some(arguments.next().ok_or("which half?")?.parse::<usize>()?),
            "--verbose" => verbose = true,
            "--time" => time = true,
            _ => files.push(argument),
        }
    }
    let agent = Extractive::new(options);
    println!(
        "{:<28} {:>5} {:>6} {:>6} {:>9} {:>12}",
        "file", "tasks", "EM", "F1", "abstained", "F1 answered"
    );
    for file in files {
        let mut sums = Sums::default();
        for (number, line) in std::fs::read_to_string(&file)?.lines().enumerate() {
            if half.is_none_or(|half| number % 2 == half) {
                measure(&agent, &serde_json::from_str(line)?, verbose, &mut sums)?;
            }
        }
        let of = |sum: f64| sum / sums.tasks.max(1.0);
        let name = std::path::Path::new(&file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (abstained, answered) = (1.0 - of(sums.answered), sums.answered_f1 / sums.answered.max(1.0));
        println!(
            "{name:<28} {:>5} {:>6.3} {:>6.3} {abstained:>9.3} {answered:>12.3}",
            sums.tasks,
            of(sums.exact),
            of(sums.f1)
        );
        if time {
            println!("    {:.2} ms an answer", of(sums.seconds) * 1e3);
        }
    }
    Ok(())
}

fn measure(agent: &Extractive, line: &Line, verbose: bool, sums: &mut Sums) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let answer =
        agent.answer(&Question { task: &line.id, query: &line.query, pack: &line.pack, trial: 0 })?;
    sums.seconds += start.elapsed().as_secs_f64();
    let unanswerable = line.answers.is_empty();
    let best = |score: fn(&str, &str) -> f64| match (answer.abstained, unanswerable) {
        (abstained, true) => f64::from(u8::from(abstained)),
        (true, false) => 0.0,
        (false, false) => line.answers.iter().map(|gold| score(gold, &answer.text)).fold(0.0, f64::max),
    };
    let (exact, f1) = (best(exact), best(f1));
    sums.tasks += 1.0;
    sums.exact += exact;
    sums.f1 += f1;
    if !answer.abstained {
        sums.answered += 1.0;
        sums.answered_f1 += f1;
    }
    if verbose {
        println!(
            "{} {f1:.2} {}\n    said {:?} {:?}\n    gold {:?}",
            line.id, line.query, answer.text, answer.citations, line.answers
        );
    }
    Ok(())
}

/// SQuAD's normalisation: lower case, punctuation removed, articles removed (Rajpurkar et al., EMNLP 2016).
fn normal(text: &str) -> Vec<String> {
    let plain: String = text.to_lowercase().chars().filter(|c| !c.is_ascii_punctuation()).collect();
    plain.split_whitespace().filter(|word| !matches!(*word, "a" | "an" | "the")).map(str::to_owned).collect()
}

fn exact(gold: &str, said: &str) -> f64 {
    f64::from(u8::from(normal(gold) == normal(said)))
}

fn f1(gold: &str, said: &str) -> f64 {
    let (gold, said) = (normal(gold), normal(said));
    let mut left: BTreeMap<&str, u32> = BTreeMap::new();
    gold.iter().for_each(|word| *left.entry(word).or_default() += 1);
    let mut common = 0.0;
    for word in &said {
        if let Some(count) = left.get_mut(word.as_str()).filter(|count| **count > 0) {
            *count -= 1;
            common += 1.0;
        }
    }
    if common == 0.0 {
        return 0.0;
    }
    let (precision, recall) = (common / said.len() as f64, common / gold.len() as f64);
    2.0 * precision * recall / (precision + recall)
}
