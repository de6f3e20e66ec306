//! Opening, masks, searches, reading.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use haversack_index::{Admission, Class, GraphRule, Index, Mask, Query, Retrieved, Segment, Tombstones};
use haversack_model::{ChunkId, DocumentRecord, Trust, VectorSearch};

use crate::corpus::Generator;
use crate::{Lines, Plan};

type Wanted = (String, Vec<f32>);

pub fn measure(plan: &Plan, generator: &mut Generator, lines: &mut Lines) {
    let wanted: Vec<Wanted> = (0..plan.queries)
        .map(|_| {
            let topic = generator.topic();
            (generator.text(topic, 10), generator.vector(topic))
        })
        .collect();
    let index = opening(plan, &wanted[0], lines);
    if plan.verify {
        verify(&index, lines);
    }
    let all = index.everything();
    let masks = masks(&index, lines);
    // Exact answers of a million vectors take long: recall is that of some of the queries.
    let judged = plan.queries.min(20_000_000 / plan.chunks.max(1)).max(20);
    let exact = Way { name: "exact", search: VectorSearch::Exact, ef: 0, candidates: 10 };
    let mut truth = Vec::new();
    for candidates in [10, 100] {
        let way = Way { candidates, ..exact };
        truth.push(answers(&index, &all, &wanted, way, judged));
        round(&index, &all, &wanted[..judged.min(50)], way, &truth[truth.len() - 1], lines);
        let way = Way { name: "scan", search: VectorSearch::Scan, ef: 0, candidates };
        round(&index, &all, &wanted, way, &truth[truth.len() - 1], lines);
        for ef in [64, 128, 256, 512] {
            if plan.graph == GraphRule::Always {
                let way = Way { name: "hnsw", search: VectorSearch::Hnsw, ef, candidates };
                round(&index, &all, &wanted, way, &truth[truth.len() - 1], lines);
            }
        }
    }
    for (name, mask) in &masks {
        let truth = answers(&index, mask, &wanted, exact, judged);
        let way = Way { name, search: VectorSearch::Auto, ef: 64, candidates: 10 };
        round(&index, mask, &wanted, way, &truth, lines);
    }
    reading(&index, &wanted[0], lines);
}

fn verify(index: &Index, lines: &mut Lines) {
    let mut verified = Vec::new();
    let took = millis(|| verified.extend(index.segments().map(|segment| segment.verify().unwrap())));
    assert!(verified.iter().all(haversack_index::Verified::is_whole));
    lines.push(("verify_segments_s".to_owned(), format!("{:.1}", took / 1e3)));
    let recall = verified.iter().filter_map(|verified| verified.graph_recall).fold(f32::NAN, f32::min);
    if !recall.is_nan() {
        lines.push(("verify_least_graph_recall".to_owned(), format!("{recall:.3}")));
    }
    let took = millis(|| assert_eq!(index.verify().unwrap(), []));
    lines.push(("verify_index_ms".to_owned(), format!("{took:.1}")));
}

fn opening(plan: &Plan, query: &Wanted, lines: &mut Lines) -> Index {
    let open = |dead: &Tombstones| {
        let segment = |number: usize| Arc::new(Segment::open(plan.folder.join(number.to_string())).unwrap());
        Index::open((0..plan.segments).map(|number| (segment(number), dead.clone())).collect()).unwrap()
    };
    let mut times: Vec<f64> = (0..21).map(|_| millis(|| drop(open(&Tombstones::none())))).collect();
    lines.push(("open_ms_first".to_owned(), format!("{:.2}", times[0])));
    times.sort_by(f64::total_cmp);
    lines.push(("open_ms_median".to_owned(), format!("{:.2}", times[10])));
    let dead: Tombstones = (0..(plan.chunks / 8 / plan.segments) as u32).step_by(100).collect();
    let mut times: Vec<f64> = (0..11).map(|_| millis(|| drop(open(&dead)))).collect();
    times.sort_by(f64::total_cmp);
    lines.push(("open_ms_with_1_percent_dead".to_owned(), format!("{:.2}", times[5])));
    let index = open(&Tombstones::none());
    let all = index.everything();
    let way = Way { name: "scan", search: VectorSearch::Scan, ef: 0, candidates: 100 };
    let first = millis(|| drop(run(&index, &all, query, way)));
    lines.push(("first_query_ms".to_owned(), format!("{first:.2}")));
    index
}

/// Masks of about a tenth, a hundredth and a thousandth by id, one by class, one by record.
fn masks(index: &Index, lines: &mut Lines) -> Vec<(&'static str, Mask)> {
    let everyone = |_: &Class| true;
    let trusted = |class: &Class| class.labels.is_empty() && class.trust >= Trust::Standard;
    let share = |of: u64| {
        move |id: &str| {
            let hash =
                id.bytes().fold(5, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
            (hash >> 20) % 1_000 < of
        }
    };
    let owned = |record: &DocumentRecord| record.metadata.get("owner").is_some_and(|owner| owner == "team 7");
    let (tenth, hundredth, thousandth) = (share(100), share(10), share(1));
    let admissions: [(&'static str, Admission<'_>); 6] = [
        ("mask_nothing_asked", Admission { class: &everyone, id: None, record: None }),
        ("mask_class_77_percent", Admission { class: &trusted, id: None, record: None }),
        ("mask_id_10_percent", Admission { class: &everyone, id: Some(&tenth), record: None }),
        ("mask_id_1_percent", Admission { class: &everyone, id: Some(&hundredth), record: None }),
        ("mask_id_0.1_percent", Admission { class: &everyone, id: Some(&thousandth), record: None }),
        ("mask_record_2.5_percent", Admission { class: &everyone, id: None, record: Some(&owned) }),
    ];
    let mut masks = Vec::new();
    for (name, admission) in admissions {
        let mut mask = index.everything();
        let mut times: Vec<f64> = (0..5).map(|_| millis(|| mask = index.mask(&admission).unwrap())).collect();
        times.sort_by(f64::total_cmp);
        lines.push((format!("{name}_ms"), format!("{:.3}", times[2])));
        lines.push((format!("{name}_chunks"), mask.chunks().to_string()));
        if !mask.is_unrestricted() {
            masks.push((name, mask));
        }
    }
    masks
}

/// A way to search.
#[derive(Clone, Copy)]
struct Way<'a> {
    name: &'a str,
    search: VectorSearch,
    ef: usize,
    candidates: usize,
}

fn answers(index: &Index, mask: &Mask, wanted: &[Wanted], way: Way<'_>, most: usize) -> Vec<Vec<ChunkId>> {
    wanted.iter().take(most).map(|query| dense(&run(index, mask, query, way))).collect()
}

fn round(
    index: &Index,
    mask: &Mask,
    wanted: &[Wanted],
    way: Way<'_>,
    truth: &[Vec<ChunkId>],
    lines: &mut Lines,
) {
    let (mut lexical, mut nearest, mut total, mut terms) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let (mut shared, mut sum) = (0, 0);
    for (at, query) in wanted.iter().enumerate() {
        // The best of five runs after one to warm up: other programs share the machine.
        let mut found = run(index, mask, query, way);
        let mut least = (u64::MAX, u64::MAX, u64::MAX);
        for _ in 0..if way.search == VectorSearch::Exact { 1 } else { 5 } {
            let start = Instant::now();
            found = run(index, mask, query, way);
            let elapsed = start.elapsed().as_micros() as u64;
            least =
                (least.0.min(found.lexical_micros), least.1.min(found.dense_micros), least.2.min(elapsed));
        }
        lexical.push(least.0);
        nearest.push(least.1);
        total.push(least.2);
        terms += found.terms;
        if let Some(truth) = truth.get(at) {
            let found: HashSet<ChunkId> = dense(&found).into_iter().collect();
            shared += truth.iter().filter(|id| found.contains(id)).count();
            sum += truth.len();
        }
    }
    let quantiles = |values: &mut Vec<u64>| {
        values.sort_unstable();
        format!("[{}, {}]", values[values.len() / 2], values[values.len() * 99 / 100])
    };
    let (name, width) = (way.name, if way.ef > 0 { format!("_ef{}", way.ef) } else { String::new() });
    let line = format!(
        "{{\"terms\": {:.1}, \"lexical_us_p50_p99\": {}, \"dense_us_p50_p99\": {}, \"total_us_p50_p99\": {}, \"recall\": {:.4}, \"judged\": {}}}",
        terms as f64 / wanted.len() as f64,
        quantiles(&mut lexical),
        quantiles(&mut nearest),
        quantiles(&mut total),
        shared as f64 / sum as f64,
        truth.len().min(wanted.len()),
    );
    lines.push((format!("{name}{width}@{}", way.candidates), line));
}

fn reading(index: &Index, query: &Wanted, lines: &mut Lines) {
    let way = Way { name: "scan", search: VectorSearch::Scan, ef: 0, candidates: 100 };
    let found = run(index, &index.everything(), query, way);
    let mut each = |name: &str, read: &dyn Fn(haversack_index::ChunkRef)| {
        for (round, name) in [(1, format!("{name}_first_us")), (20, format!("{name}_us"))] {
            let millis = millis(|| (0..round).for_each(|_| found.hits.iter().for_each(|hit| read(hit.at))));
            lines.push((name, format!("{:.2}", millis * 1e3 / (round * found.hits.len()) as f64)));
        }
    };
    each("read_chunk", &|at| drop(std::hint::black_box(index.chunk(at).unwrap())));
    each("read_record", &|at| {
        drop(std::hint::black_box(index.record(index.document_of(at).unwrap()).unwrap()));
    });
    each("read_class", &|at| {
        std::hint::black_box(index.class(index.document_of(at).unwrap()).unwrap());
    });
}

fn run(index: &Index, mask: &Mask, query: &Wanted, way: Way<'_>) -> Retrieved {
    let Way { search, ef, candidates, .. } = way;
    let (text, vector) = (&query.0, Some(query.1.as_slice()));
    index.search(&Query { text, vector, mask, candidates, k1: 0.9, b: 0.4, search, ef }).unwrap()
}

/// Ids of the dense head.
fn dense(found: &Retrieved) -> Vec<ChunkId> {
    found.hits.iter().filter(|hit| hit.dense_rank.is_some()).map(|hit| hit.id).collect()
}

fn millis(action: impl FnOnce()) -> f64 {
    let start = Instant::now();
    action();
    start.elapsed().as_secs_f64() * 1e3
}
