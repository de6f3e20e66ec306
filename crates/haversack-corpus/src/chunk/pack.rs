use haversack_model::{ChunkKind, Document, TokenCounter};

use super::Limits;
use super::breadcrumb::Breadcrumbs;
use super::cut::Cutter;
use super::outline::{Block, Outline};

/// A chunk in the making.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Section of the breadcrumb.
    pub(super) section: usize,
    /// About how many tokens the text has.
    pub(super) tokens: usize,
    /// Bytes of prose, code and tables.
    pub(super) kinds: [usize; 3],
    /// The one item that it holds, or a part of; `Some(None)` where it holds several or none.
    item: Option<Option<usize>>,
    /// Whether it holds headings alone, which want what follows.
    heading: bool,
    /// First byte and tokens of its last block, where that block announces what follows (`...:`).
    announces: Option<(usize, usize)>,
}

/// Joins blocks into drafts that partition the body.
pub(super) fn pack(
    document: &Document,
    outline: &Outline,
    limits: Limits,
    counter: &dyn TokenCounter,
) -> Vec<Draft> {
    let text = document.text.as_str();
    let cutter =
        Cutter { text, outline, counter, limits, target: limits.target, room: limits.max, reserved: 0 };
    let tokens: Vec<_> = outline.blocks.iter().map(|block| cutter.tokens(block.from, block.to)).collect();
    let home = homes(outline, &tokens, limits.target);
    let crumbs = Breadcrumbs::new(&document.record.title, outline, limits, counter);
    let mut packer = Packer { cutter, crumbs, limits, open: None, drafts: Vec::new() };
    for (block, &tokens) in outline.blocks.iter().zip(&tokens) {
        packer.block(block, home[block.section], tokens);
    }
    packer.flush();
    packer.drafts
}

/// For each section the outermost section around it that fits the target whole, or itself.
fn homes(outline: &Outline, tokens: &[Option<usize>], target: usize) -> Vec<usize> {
    let mut sums = vec![0_usize; outline.sections.len()];
    for (block, tokens) in outline.blocks.iter().zip(tokens) {
        sums[block.section] = sums[block.section].saturating_add(tokens.unwrap_or(usize::MAX));
    }
    // A section comes after its parent, so one pass backwards adds up the tree and one forwards walks it.
    for section in (1..sums.len()).rev() {
        let parent = outline.sections[section].parent;
        sums[parent] = sums[parent].saturating_add(sums[section]);
    }
    let mut home: Vec<usize> = (0..sums.len()).collect();
    for section in 1..sums.len() {
        let parent = outline.sections[section].parent;
        if sums[home[parent]] <= target {
            home[section] = home[parent];
        }
    }
    home
}

struct Packer<'a> {
    cutter: Cutter<'a>,
    crumbs: Breadcrumbs<'a>,
    limits: Limits,
    open: Option<Draft>,
    drafts: Vec<Draft>,
}

impl Packer<'_> {
    fn block(&mut self, block: &Block, section: usize, tokens: Option<usize>) {
        if self.open.as_ref().is_some_and(|open| open.section != section && !open.heading) {
            self.flush();
        }
        let crumb = self.crumbs.of(block.item.unwrap_or(section)).tokens;
        let room = self.limits.max.saturating_sub(crumb).max(1);
        let target = self.limits.target.min(room);
        match (self.open.take(), tokens) {
            (Some(open), Some(tokens)) if open.tokens + tokens <= target => {
                self.open = Some(joined(open, self.draft(block, section, tokens)));
            }
            (Some(open), Some(tokens)) if open.heading && open.tokens + tokens <= room => {
                self.open = Some(joined(open, self.draft(block, section, tokens)));
            }
            (Some(open), tokens) if !open.heading => {
                self.open = self.close(open, tokens, target);
                let fits = |open: &Draft, tokens: usize| open.tokens + tokens <= target;
                match (self.open.take(), tokens) {
                    (Some(lead), Some(tokens)) if fits(&lead, tokens) => {
                        self.open = Some(joined(lead, self.draft(block, section, tokens)));
                    }
                    (lead, _) => self.start(lead, block, section, tokens, room),
                }
            }
            (open, tokens) => self.start(open, block, section, tokens, room),
        }
    }

    /// Begins a draft with a block, cutting it where it does not fit; `lead` is what must stand before it.
    fn start(
        &mut self,
        lead: Option<Draft>,
        block: &Block,
        section: usize,
        tokens: Option<usize>,
        room: usize,
    ) {
        let reserved = lead.as_ref().map_or(0, |lead| lead.tokens);
        if let Some(tokens) = tokens.filter(|tokens| tokens + reserved <= room) {
            let draft = self.draft(block, section, tokens);
            self.open = Some(match lead {
                Some(lead) => joined(lead, draft),
                None => draft,
            });
            return;
        }
        // A heading that leaves little room stands alone rather than with a scrap of text.
        let (lead, reserved) = if reserved * 2 > room {
            self.drafts.extend(lead);
            (None, 0)
        } else {
            (lead, reserved)
        };
        self.cutter.room = room;
        self.cutter.target = self.limits.target.min(room);
        self.cutter.reserved = reserved;
        let pieces = self.cutter.cut(block.from, block.to, block.cut);
        self.open = lead;
        for piece in pieces {
            let part = Block { from: piece.from, to: piece.to, ..block.clone() };
            let draft = self.draft(&part, section, piece.tokens);
            match self.open.take() {
                Some(open) if open.heading || open.to == block.from => self.open = Some(joined(open, draft)),
                open => {
                    self.drafts.extend(open);
                    self.open = Some(draft);
                }
            }
        }
    }

    /// Ends a draft. What its last block announces goes to the next one, if both fit there.
    fn close(&mut self, mut open: Draft, next: Option<usize>, target: usize) -> Option<Draft> {
        let carried = open.announces.filter(|&(from, tokens)| {
            from > open.from && tokens * 4 <= target && next.is_some_and(|next| tokens + next <= target)
        });
        let lead = carried.map(|(from, tokens)| {
            let lead = Draft { from, tokens, kinds: [open.to - from, 0, 0], ..open.clone() };
            open.to = from;
            open.tokens = open.tokens.saturating_sub(tokens);
            lead
        });
        self.push(open);
        lead
    }

    fn flush(&mut self) {
        if let Some(open) = self.open.take() {
            self.push(open);
        }
    }

    /// Adds a finished draft; a short rest of a section joins the draft before it.
    fn push(&mut self, draft: Draft) {
        let room = self.limits.max.saturating_sub(self.crumbs.of(draft.section).tokens);
        if let Some(last) = self.drafts.last_mut() {
            let short = draft.tokens * 4 <= self.limits.target && draft.section == last.section;
            if short && last.tokens + draft.tokens <= room {
                *last = joined(last.clone(), draft);
                return;
            }
        }
        self.drafts.push(draft);
    }

    fn draft(&self, block: &Block, section: usize, tokens: usize) -> Draft {
        let mut kinds = [0; 3];
        kinds[match block.kind {
            ChunkKind::Prose => 0,
            ChunkKind::Code => 1,
            ChunkKind::Table => 2,
        }] = block.to - block.from;
        let announces = block.kind == ChunkKind::Prose
            && !block.heading
            && self.cutter.text[block.from..block.to].trim_end().ends_with(':');
        Draft {
            from: block.from,
            to: block.to,
            section,
            tokens,
            kinds,
            item: Some(block.item),
            heading: block.heading,
            announces: announces.then_some((block.from, tokens)),
        }
    }
}

impl Draft {
    /// The section whose breadcrumb leads to it.
    pub(super) fn place(&self) -> usize {
        self.item.flatten().unwrap_or(self.section)
    }
}

fn joined(first: Draft, second: Draft) -> Draft {
    let mut kinds = first.kinds;
    kinds.iter_mut().zip(second.kinds).for_each(|(sum, more)| *sum += more);
    Draft {
        from: first.from,
        to: second.to,
        section: second.section,
        tokens: first.tokens + second.tokens,
        kinds,
        item: if first.item == second.item || first.heading { second.item } else { Some(None) },
        heading: first.heading && second.heading,
        announces: second.announces,
    }
}
