//! Prints the chunks of a folder or file: `cargo run --example chunks -- FOLDER`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::path::Path;

use haversack_corpus::{chunk, read, scan};
use haversack_model::{Chunking, CorpusSource, TokenCounter};

struct Words;

impl TokenCounter for Words {
    fn name(&self) -> &str {
        "words"
    }

    fn count(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let source = CorpusSource::standard("corpus", &root);
    let chunking =
        Chunking { max_tokens: 240, target_tokens: 180, tokenizer: "words".to_owned(), breadcrumb: true };
    let found = scan(&source, Path::new(&root))?;
    for file in &found.files {
        match read(&source, file) {
            Ok(documents) => {
                for chunk in documents.iter().flat_map(|document| chunk(document, &chunking, &Words)) {
                    println!("{} {:?} {}", chunk.document, chunk.lines, chunk.breadcrumb.join(" > "));
                }
            }
            Err(skipped) => println!("skipped {skipped}"),
        }
    }
    for skipped in &found.skipped {
        println!("skipped {skipped}");
    }
    Ok(())
}
