//! Prints the terms that the English analyzer makes of each line of stdin, separated by spaces: what a peer must be given
//! to be compared on scoring alone (benches/peers/bm25s_lexical.py --analyzer).
#![allow(clippy::print_stdout, reason = "a filter prints")]

use std::io::BufRead;

use haversack_index::{Analyzer, AnalyzerSpec};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let analyzer = Analyzer::new(AnalyzerSpec { language: "en".to_owned(), ..AnalyzerSpec::default() })?;
    for line in std::io::stdin().lock().lines() {
        println!("{}", analyzer.terms(&line?, Some("en")).join(" "));
    }
    Ok(())
}
