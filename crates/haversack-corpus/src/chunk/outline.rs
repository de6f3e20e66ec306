use haversack_model::ChunkKind;

/// The structure of a body: blocks that partition it, in sections that form a tree.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) blocks: Vec<Block>,
    /// The first is the root, which stands for the document itself.
    pub(super) sections: Vec<Section>,
    /// Spans that should not be cut (links, inline code), ordered and disjoint.
    pub(super) whole: Vec<(usize, usize)>,
}

/// A stretch of text that is cut only where it alone is too long.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) section: usize,
    pub(super) kind: ChunkKind,
    pub(super) cut: Cut,
    /// Whether it belongs with what follows: a heading, the first lines of a class.
    pub(super) heading: bool,
    /// Index among the sections of the item that the block is, where it is not a section of its own.
    pub(super) item: Option<usize>,
}

/// Where a block that is too long may be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Between paragraphs, then sentences.
    Prose,
    /// Between stretches parted by blank lines, then lines.
    Lines,
}

/// A heading with what stands under it, or an item of source code.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) parent: usize,
    pub(super) title: String,
}

impl Outline {
    /// A root and nothing in it.
    pub(super) fn new() -> Self {
        Self {
            blocks: Vec::new(),
            sections: vec![Section { parent: 0, title: String::new() }],
            whole: Vec::new(),
        }
    }

    /// Adds a section and says its index.
    pub(super) fn section(&mut self, parent: usize, title: String) -> usize {
        self.sections.push(Section { parent, title });
        self.sections.len() - 1
    }

    /// Begins a block at a byte; blocks come in order, and each ends where the next begins.
    ///
    /// A second block at the same byte (a list item and its paragraph) is the same block; the more telling
    /// kind is kept.
    pub(super) fn begin(&mut self, from: usize, section: usize, kind: ChunkKind, cut: Cut) -> &mut Block {
        let again = self.blocks.last().is_some_and(|last| last.from >= from);
        if !again {
            self.blocks.push(Block { from, to: from, section, kind, cut, heading: false, item: None });
        }
        let last = self.blocks.len() - 1;
        let block = &mut self.blocks[last];
        if again && kind != ChunkKind::Prose {
            (block.kind, block.cut) = (kind, cut);
        }
        block
    }

    /// Makes the blocks partition `[body, end)`.
    pub(super) fn close(mut self, body: usize, end: usize) -> Self {
        if self.blocks.is_empty() {
            self.begin(body, 0, ChunkKind::Prose, Cut::Prose);
        }
        self.blocks[0].from = body;
        for i in 0..self.blocks.len() {
            self.blocks[i].to = self.blocks.get(i + 1).map_or(end, |next| next.from);
        }
        self
    }

    /// Whether a cut at this byte would go through a span that should stay whole.
    pub(super) fn splits_whole(&self, at: usize) -> bool {
        let after = self.whole.partition_point(|&(from, _)| from < at);
        after > 0 && self.whole[after - 1].1 > at
    }
}
