use haversack_model::TokenCounter;

use super::Limits;
use super::outline::Outline;

/// A breadcrumb and the tokens of its line, line break included.
#[derive(Debug, Clone, Default)]
pub(super) struct Breadcrumb {
    pub(super) parts: Vec<String>,
    pub(super) tokens: usize,
}

/// Breadcrumbs of sections, each made once.
pub(super) struct Breadcrumbs<'a> {
    title: String,
    outline: &'a Outline,
    limits: Limits,
    counter: &'a dyn TokenCounter,
    made: Vec<Option<Breadcrumb>>,
}

impl<'a> Breadcrumbs<'a> {
    pub(super) fn new(
        title: &str,
        outline: &'a Outline,
        limits: Limits,
        counter: &'a dyn TokenCounter,
    ) -> Self {
        let title = crate::inline::one_line(title);
        Self { title, outline, limits, counter, made: vec![None; outline.sections.len()] }
    }

    /// The title, then the headings from the outermost to the section's own.
    pub(super) fn of(&mut self, section: usize) -> &Breadcrumb {
        if self.made[section].is_none() {
            self.made[section] = Some(self.make(section));
        }
        self.made[section].get_or_insert_with(Breadcrumb::default)
    }

    fn make(&self, section: usize) -> Breadcrumb {
        if !self.limits.breadcrumb {
            return Breadcrumb::default();
        }
        let mut parts = Vec::new();
        let mut at = section;
        while at != 0 {
            let title = &self.outline.sections[at].title;
            if !title.is_empty() && *title != self.title {
                parts.push(title.clone());
            }
            at = self.outline.sections[at].parent;
        }
        if !self.title.is_empty() {
            parts.push(self.title.clone());
        }
        parts.reverse();
        self.trim(parts)
    }

    /// Takes parts from the middle, then letters from each part, until the line has a third of the tokens.
    fn trim(&self, mut parts: Vec<String>) -> Breadcrumb {
        let most = self.limits.max / 3;
        let mut letters = usize::MAX;
        loop {
            let tokens = self.tokens(&parts);
            if tokens <= most || parts.is_empty() {
                return Breadcrumb { parts, tokens };
            }
            if parts.len() > 2 {
                parts.remove(parts.len() / 2);
            } else if letters > 8 {
                letters = parts.iter().map(|part| part.chars().count()).max().unwrap_or(0).min(letters) / 2;
                parts.iter_mut().for_each(|part| shorten(part, letters));
            } else {
                parts.remove(0);
            }
        }
    }

    fn tokens(&self, parts: &[String]) -> usize {
        if parts.is_empty() { 0 } else { self.counter.count(&format!("{}\n", parts.join(" > "))) }
    }
}

fn shorten(part: &mut String, letters: usize) {
    if let Some((at, _)) = part.char_indices().nth(letters) {
        part.truncate(at);
        let words = part.trim_end().len();
        part.truncate(words);
        part.push('…');
    }
}
