//! What is true of every pack, whatever the candidates, the settings and the counter.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use haversack_model::{Candidate, Decision, Pack, Reason, Trust, Verdict, rank_order};
use haversack_select::parse_citation;
use proptest::prelude::*;
use support::{Setting, any_candidates, any_setting, counters, read};

/// Every candidate has one decision, and is kept if and only if its text stands in the passage that it is said to.
fn check_decisions(pack: &Pack, candidates: &[Candidate], setting: &Setting) -> Result<(), TestCaseError> {
    prop_assert_eq!(pack.decisions.len(), candidates.len());
    let key = |d: &Decision| {
        let score = d.scores.ranking();
        (if score.is_finite() { score } else { f32::NEG_INFINITY }, d.chunk)
    };
    prop_assert!(pack.decisions.windows(2).all(|pair| rank_order(key(&pair[0]), key(&pair[1])).is_lt()));
    let by_id: BTreeMap<_, _> = candidates.iter().map(|c| (c.chunk.id, c)).collect();
    let kept: BTreeSet<_> =
        pack.decisions.iter().filter(|d| d.verdict == Verdict::Kept).map(|d| d.chunk).collect();
    let mut first = vec![0; pack.passages.len()];
    for decision in &pack.decisions {
        let candidate = by_id[&decision.chunk];
        let citation = match &decision.reason {
            Reason::Selected { citation, tokens } => {
                prop_assert_eq!(*tokens, candidate.tokens);
                first[citation - 1] += 1;
                prop_assert_eq!(pack.passages[citation - 1].span.from, decision.span.from);
                Some(*citation)
            }
            Reason::MergedInto { chunk, citation } => {
                prop_assert!(kept.contains(chunk));
                Some(*citation)
            }
            Reason::DuplicateOf { chunk, similarity } => {
                let other = by_id[chunk];
                let overlap = other.chunk.document == candidate.chunk.document
                    && other.chunk.span.overlaps(&candidate.chunk.span);
                prop_assert!(kept.contains(chunk));
                prop_assert!(overlap || *similarity >= setting.packing.near_duplicate as f32);
                None
            }
            Reason::OverBudget { needs } => {
                prop_assert!(*needs > 0);
                None
            }
            Reason::BelowThreshold { score, threshold } => {
                prop_assert!(score < threshold && f64::from(*threshold) > 0.0);
                None
            }
            Reason::DocumentLimit { limit } => {
                let same = |d: &&Decision| d.document == decision.document && kept.contains(&d.chunk);
                prop_assert_eq!(pack.decisions.iter().filter(same).count(), *limit);
                None
            }
            Reason::Quarantined { .. } => return Err(TestCaseError::fail("selection quarantines nothing")),
        };
        prop_assert_eq!(citation.is_some(), decision.verdict == Verdict::Kept);
        if let Some(number) = citation {
            let passage = &pack.passages[number - 1];
            let at = decision.span.from - passage.span.from;
            prop_assert_eq!(&passage.document, &decision.document);
            prop_assert_eq!(&passage.text[at..at + decision.span.len()], candidate.chunk.text.as_str());
        }
    }
    prop_assert!(first.iter().all(|n| *n == 1), "every passage has one first chunk");
    Ok(())
}

/// Passages join exactly, and are numbered and cited in the text as they are in the pack.
fn check_passages(pack: &Pack, setting: &Setting) -> Result<(), TestCaseError> {
    let seen = read::read(&pack.text, setting.format);
    prop_assert_eq!(seen.len(), pack.passages.len());
    for (i, (seen, passage)) in seen.iter().zip(&pack.passages).enumerate() {
        prop_assert_eq!(seen.number, i + 1);
        prop_assert_eq!(&seen.citation, &passage.citation);
        prop_assert_eq!(seen.untrusted, passage.trust == Trust::Untrusted);
        prop_assert_eq!(&seen.text, &read::as_read(&passage.text, setting.format));
        prop_assert_eq!(passage.text.len(), passage.span.len());
        prop_assert_eq!(parse_citation(&passage.citation), Some((passage.document.clone(), passage.lines)));
        for other in &pack.passages[i + 1..] {
            prop_assert!(other.document != passage.document || !other.span.overlaps(&passage.span));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_pack_keeps_its_promises(candidates in any_candidates(), setting in any_setting()) {
        for counter in counters() {
            let mut candidates = candidates.clone();
            candidates.iter_mut().for_each(|c| c.tokens = counter.count(&c.chunk.text));
            let pack = setting.pack(candidates.clone(), &*counter);
            prop_assert!(pack.tokens <= setting.budget, "{} of {}", pack.tokens, setting.budget);
            prop_assert_eq!(pack.tokens, if pack.text.is_empty() { 0 } else { counter.count(&pack.text) });
            prop_assert_eq!(pack.text.is_empty(), pack.passages.is_empty());
            prop_assert_eq!(pack.passages.is_empty(), pack.warnings.len() == 1);
            for passage in &pack.passages {
                prop_assert_eq!(passage.tokens, counter.count(&passage.text));
            }
            check_decisions(&pack, &candidates, &setting)?;
            check_passages(&pack, &setting)?;
        }
    }

    #[test]
    fn the_order_of_candidates_changes_nothing(
        candidates in any_candidates(),
        setting in any_setting(),
        seed in any::<u64>(),
    ) {
        let mut shuffled = candidates.clone();
        shuffled.sort_by_key(|c| c.chunk.id.as_bytes().iter().fold(seed, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3)));
        for counter in counters().iter().take(3) {
            let (a, b) = (setting.pack(candidates.clone(), &**counter), setting.pack(shuffled.clone(), &**counter));
            // Through text, since scores may be NaN.
            prop_assert_eq!(format!("{a:?}"), format!("{b:?}"));
        }
    }

    #[test]
    fn wrong_counts_of_candidates_do_not_break_the_budget(candidates in any_candidates(), setting in any_setting(), wrong in 0_usize..50) {
        for counter in counters() {
            let mut candidates = candidates.clone();
            candidates.iter_mut().for_each(|c| c.tokens = wrong);
            let pack = setting.pack_as_counted(candidates, &*counter);
            prop_assert!(pack.text.is_empty() || counter.count(&pack.text) <= setting.budget);
        }
    }
}
