use std::collections::{BTreeMap, BTreeSet};

use haversack_model::Digest;

use super::{Section, pack_texts, pack_view};
use crate::TaskPacks;
use crate::html::number::{count, counted};
use crate::html::page::ReportPage;
use crate::html::writer::Html;

pub(super) const SECTION: Section = Section {
    id: "packs",
    heading: "Packs side by side",
    shown: |page| page.packs.iter().any(TaskPacks::differ),
    write: |html, _, packs| {
        html.element("p", &[], &packs.words());
        pack_texts::legend(html);
        html.append(&packs.html);
    },
};

/// The tasks whose packs or outcomes differ, written until the limit is reached.
pub(in super::super) struct Packs {
    html: Html,
    /// Ids of the tasks that are there, with texts or without.
    shown: BTreeSet<String>,
    /// With texts.
    whole: usize,
    /// Passages and answers only.
    short: usize,
    /// Not at all.
    left_out: usize,
    /// Bytes of the limit.
    limit: usize,
    /// Tasks with another pack whose packs were not given.
    not_given: usize,
}

impl Packs {
    /// Writes the packs of a page: the largest effects first, then by id.
    pub(in super::super) fn new(page: &ReportPage, limit: usize) -> Self {
        let effects: BTreeMap<&str, f64> =
            page.comparison.per_task.iter().map(|task| (task.task.as_str(), task.effect)).collect();
        let effect = |packs: &TaskPacks| effects.get(packs.task.as_str()).copied();
        let mut differing: Vec<&TaskPacks> = page.packs.iter().filter(|packs| packs.differ()).collect();
        let size = |packs: &TaskPacks| effect(packs).map_or(0.0, f64::abs);
        differing.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.task.cmp(&b.task)));
        let given: BTreeSet<&str> = page.packs.iter().map(|packs| packs.task.as_str()).collect();
        let another = page.comparison.per_task.iter().filter(|task| !task.same_pack);
        let not_given = another.filter(|task| !given.contains(task.task.as_str())).count();
        let mut all = Self {
            html: Html::default(),
            shown: BTreeSet::new(),
            whole: 0,
            short: 0,
            left_out: 0,
            limit,
            not_given,
        };
        let (mut whole_bytes, mut short_bytes) = (0, 0);
        for packs in differing {
            let whole = all.fitting(packs, effect(packs), true, &mut whole_bytes);
            if whole {
                all.whole += 1;
            } else if all.fitting(packs, effect(packs), false, &mut short_bytes) {
                all.short += 1;
            } else {
                all.left_out += 1;
            }
        }
        all
    }

    /// Whether a task's packs are on the page.
    pub(super) fn has(&self, task: &str) -> bool {
        self.shown.contains(task)
    }

    /// Writes a task if it fits into what is left of the limit.
    fn fitting(&mut self, packs: &TaskPacks, effect: Option<f64>, whole: bool, used: &mut usize) -> bool {
        let least = if whole { packs.a.text.len() + packs.b.text.len() } else { 0 };
        if *used + least > self.limit {
            return false;
        }
        let mut html = Html::default();
        pack_view::write(&mut html, packs, effect, whole);
        if *used + html.len() > self.limit {
            return false;
        }
        *used += html.len();
        self.html.append(&html);
        self.shown.insert(packs.task.clone());
        true
    }

    /// What is there, and what is not.
    fn words(&self) -> String {
        let all = self.whole + self.short + self.left_out;
        let mut words =
            format!("{} with different packs or outcomes, the largest effects first.", counted(all, "task"));
        if self.whole < all {
            words.push_str(&format!(
                " To keep the file small ({} of packs), {} stand here with their texts, {} without the texts of their \
                 packs, and {} not at all.",
                size_words(self.limit),
                count(self.whole as u64),
                count(self.short as u64),
                count(self.left_out as u64)
            ));
        }
        if self.not_given > 0 {
            let words_of = counted(self.not_given, "task");
            words.push_str(&format!(" Of {words_of} with another pack this report was given no packs."));
        }
        words
    }
}

/// Bytes as people write them.
fn size_words(bytes: usize) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes / 1_024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}

/// The anchor of a task's packs: any id, also one that could not stand in a link, has one.
pub(super) fn anchor(task: &str) -> String {
    format!("pack-{}", Digest::of(task.as_bytes()).short())
}
