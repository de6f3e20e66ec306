//! Building the segments.

use std::time::Instant;

use haversack_index::{Analyzer, AnalyzerSpec, SegmentBuilder, SegmentSpec};

use crate::corpus::{self, CHUNKS, DIMENSIONS, Generator};
use crate::{Lines, Plan, process};

pub fn build(plan: &Plan, generator: &mut Generator, lines: &mut Lines) {
    let analyzer = Analyzer::new(AnalyzerSpec::default()).unwrap();
    let spec = SegmentSpec { analyzer, dimensions: Some(DIMENSIONS), graph: plan.graph };
    let (mut push, mut finish, mut cpu) = (0.0, 0.0, 0.0);
    let (mut texts, mut text_bytes, mut bytes) = (Vec::new(), 0, 0);
    let before = process::status("RssAnon");
    let watch = process::Watch::start();
    let documents = plan.chunks.div_ceil(CHUNKS);
    for segment in 0..plan.segments {
        let mut builder = SegmentBuilder::new(plan.folder.join(segment.to_string()), spec.clone()).unwrap();
        let (from, to) = (documents * segment / plan.segments, documents * (segment + 1) / plan.segments);
        for number in from * CHUNKS..(to * CHUNKS).min(plan.chunks) {
            let input = generator.chunk(number);
            text_bytes += input.chunk.text.len();
            if plan.bare && texts.len() < 100_000 {
                texts.push(input.chunk.contextual_text());
            }
            let start = Instant::now();
            if number % CHUNKS == 0 {
                builder.document(&corpus::document(number)).unwrap();
            }
            builder.push(&input).unwrap();
            push += start.elapsed().as_secs_f64();
        }
        let (start, spent) = (Instant::now(), process::cpu());
        bytes += builder.finish().unwrap().bytes;
        finish += start.elapsed().as_secs_f64();
        cpu += process::cpu() - spent;
    }
    let peak = watch.stop().saturating_sub(before);
    let mut line = |name: &str, value: String| lines.push((name.to_owned(), value));
    line("text_bytes", text_bytes.to_string());
    line("segment_bytes", bytes.to_string());
    line("push_s", format!("{push:.2}"));
    line("finish_s", format!("{finish:.2}"));
    line("build_cpu_s", format!("{:.2}", push + cpu));
    line("peak_anonymous_mb", peak.to_string());
    line("peak_rss_with_mapped_files_mb", process::status("VmHWM").to_string());
    if plan.bare {
        let bare = bare_tantivy(&texts) * plan.chunks as f64 / texts.len() as f64;
        line("bare_tantivy_s", format!("{bare:.2}"));
        line("build_over_bare", format!("{:.2}", (push + finish) / bare));
    }
}

/// The same texts into tantivy alone: its English analyzer, frequencies, no positions, no store, one thread.
fn bare_tantivy(texts: &[String]) -> f64 {
    use tantivy::schema::{IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
    let indexing =
        TextFieldIndexing::default().set_tokenizer("en_stem").set_index_option(IndexRecordOption::WithFreqs);
    let mut schema = Schema::builder();
    let field = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
    let index = tantivy::Index::create_in_ram(schema.build());
    let start = Instant::now();
    let mut writer: tantivy::IndexWriter = index.writer_with_num_threads(1, 512 << 20).unwrap();
    for text in texts {
        let mut document = tantivy::TantivyDocument::new();
        document.add_text(field, text);
        writer.add_document(document).unwrap();
    }
    writer.commit().unwrap();
    start.elapsed().as_secs_f64()
}
