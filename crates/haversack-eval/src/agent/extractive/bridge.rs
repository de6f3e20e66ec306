//! Questions of two steps: `the first president of the association which published X`. A statement on X names the
//! association; what the question says of X then counts for statements elsewhere that name the association too.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use haversack_model::Pack;

use super::evidence::{Evidence, raise};
use super::lexicon;
use super::question::Asked;
use super::weights;
use super::words::{Reader, Word, contains};

/// A name in a good statement that is not in the question.
struct Bridge {
    stems: Vec<String>,
    /// The passage that names it.
    from: usize,
    credit: Vec<f64>,
    /// Statements of other passages that name it.
    mentions: BTreeSet<usize>,
    /// Other passages with it in their title.
    titled: BTreeSet<usize>,
}

/// Names that lead from the best statements to others, by their first stem.
pub(super) struct Bridges {
    names: BTreeMap<String, Vec<Bridge>>,
}

impl Bridges {
    /// The names in the statements at `sources`, and where else they stand.
    pub fn new(
        asked: &Asked,
        pack: &Pack,
        evidence: &[Evidence],
        sources: &[usize],
        reader: &Reader,
    ) -> Self {
        let mut bridges = Self { names: BTreeMap::new() };
        for &at in sources {
            let one = &evidence[at];
            for run in runs(&pack.passages[one.passage].text, &one.words) {
                bridges.add(asked, one, &one.words[run]);
            }
        }
        for (at, one) in evidence.iter().enumerate() {
            bridges.mark(&one.words, one.passage, |bridge| bridge.mentions.insert(at));
        }
        for (at, passage) in pack.passages.iter().enumerate() {
            let title = passage.breadcrumb.first().map(|title| reader.words(title)).unwrap_or_default();
            bridges.mark(&title, at, |bridge| bridge.titled.insert(at));
        }
        bridges
    }

    fn add(&mut self, asked: &Asked, one: &Evidence, words: &[Word]) {
        let stems: Vec<String> = words.iter().map(|word| word.stem.clone()).collect();
        let known = stems.iter().all(|stem| asked.matches.contains_key(stem));
        let Some(first) = stems.first().filter(|first| !known && first.len() > 2) else { return };
        let bucket = self.names.entry(first.clone()).or_default();
        if let Some(bridge) =
            bucket.iter_mut().find(|bridge| bridge.stems == stems && bridge.from == one.passage)
        {
            raise(&mut bridge.credit, &one.credit, 1.0);
        } else if bucket.len() < 8 {
            let (credit, from) = (one.credit.clone(), one.passage);
            bucket.push(Bridge { stems, from, credit, mentions: BTreeSet::new(), titled: BTreeSet::new() });
        }
    }

    fn mark(&mut self, words: &[Word], passage: usize, note: impl Fn(&mut Bridge) -> bool) {
        for (at, word) in words.iter().enumerate().filter(|(_, word)| word.capital) {
            for bridge in self.names.get_mut(&word.stem).into_iter().flatten() {
                if bridge.from != passage && begins(&words[at..], &bridge.stems) {
                    note(bridge);
                }
            }
        }
    }

    /// What each statement is lent. A name that stands in many passages leads nowhere.
    pub fn lent(&self, evidence: &[Evidence]) -> BTreeMap<usize, Vec<f64>> {
        let mut lent: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for bridge in self.names.values().flatten() {
            let passages: BTreeSet<usize> = bridge.mentions.iter().map(|&at| evidence[at].passage).collect();
            if passages.len() > weights::MOST_PASSAGES {
                continue;
            }
            let inside = |passage: usize| {
                evidence.partition_point(|one| one.passage < passage)
                    ..evidence.partition_point(|one| one.passage <= passage)
            };
            let titled = bridge.titled.iter().flat_map(|&passage| inside(passage));
            for at in bridge.mentions.iter().copied().chain(titled) {
                raise(lent.entry(at).or_insert_with(|| vec![0.0; bridge.credit.len()]), &bridge.credit, 1.0);
            }
        }
        lent
    }

    /// Whether these words are a name that leads elsewhere.
    pub fn leads(&self, words: &[Word]) -> bool {
        let bucket = words.first().and_then(|word| self.names.get(&word.stem));
        let far = |bridge: &Bridge| !bridge.mentions.is_empty() || !bridge.titled.is_empty();
        bucket.is_some_and(|bucket| bucket.iter().any(|bridge| far(bridge) && begins(words, &bridge.stems)))
    }
}

fn begins(words: &[Word], stems: &[String]) -> bool {
    words.len() >= stems.len() && words.iter().zip(stems).all(|(word, stem)| word.stem == *stem)
}

/// Most words of a name.
const LONGEST: usize = 8;

/// Runs of capitalised words.
fn runs(text: &str, words: &[Word]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if !word.capital || contains(lexicon::STOP, &word.plain) || contains(lexicon::MONTHS, &word.plain) {
            continue;
        }
        match runs.last_mut() {
            Some(run)
                if run.end == at
                    && run.len() < LONGEST
                    && matches!(&text[words[at - 1].to..word.from], " " | ". " | "-") =>
            {
                run.end = at + 1
            }
            _ => runs.push(at..at + 1),
        }
    }
    runs
}
