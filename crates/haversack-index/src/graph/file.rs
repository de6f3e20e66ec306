use crate::IndexError;
use crate::layout::GRAPH_FILE;
use crate::paged::Paged;
use crate::vectors::cast;

/// The neighbour lists of a segment, read in place.
#[derive(Debug)]
pub(crate) struct Graph {
    file: Paged,
    pub(super) entry: u32,
    layers: Vec<Layer>,
}

/// Where a layer stands, in words.
#[derive(Debug, Clone, Copy)]
struct Layer {
    nodes: usize,
    starts: usize,
    links: usize,
    end: usize,
}

impl Graph {
    pub(crate) fn open(file: Paged, count: usize) -> Result<Self, IndexError> {
        let damaged = || IndexError::damaged(GRAPH_FILE, "its layers do not fit");
        let mut graph = Self { file, entry: 0, layers: Vec::new() };
        let header = graph.words(0, 2)?;
        let (entry, layers) = (header[0], header[1] as usize);
        if !(2..=64).contains(&layers) || entry as usize >= count {
            return Err(damaged());
        }
        let mut at = 2 + 2 * layers;
        for layer in 0..layers {
            let sizes = graph.words(2 + 2 * layer, 2)?;
            let (nodes, links) = (sizes[0] as usize, sizes[1] as usize);
            let layer = Layer {
                nodes: at,
                starts: at + nodes,
                links: at + 2 * nodes + 1,
                end: at + 2 * nodes + 1 + links,
            };
            at = layer.end;
            graph.layers.push(layer);
        }
        let nodes = graph.layers.first().map(|layer| layer.starts - layer.nodes);
        if at * 4 != graph.file.len() || nodes != Some(count) {
            return Err(damaged());
        }
        graph.entry = entry;
        Ok(graph)
    }

    /// Layers of the graph proper.
    pub(super) fn layers(&self) -> usize {
        self.layers.len() - 1
    }

    /// Chunks whose vector is that of a node, without the node itself.
    pub(super) fn twins(&self, node: u32) -> Result<&[u32], IndexError> {
        self.near(self.layers(), node)
    }

    /// Neighbours of a node in a layer; none for a node that is not in it.
    pub(super) fn near(&self, layer: usize, node: u32) -> Result<&[u32], IndexError> {
        let Some(place) = self.layers.get(layer) else { return Ok(&[]) };
        let at = if layer == 0 {
            node as usize
        } else {
            let nodes = self.words(place.nodes, place.starts - place.nodes)?;
            match nodes.binary_search(&node) {
                Ok(at) => at,
                Err(_) => return Ok(&[]),
            }
        };
        if at >= place.starts - place.nodes {
            return Err(IndexError::damaged(GRAPH_FILE, "a link leads nowhere"));
        }
        let bounds = self.words(place.starts + at, 2)?;
        let (from, to) = (bounds[0] as usize, bounds[1] as usize);
        if from > to || place.links + to > place.end {
            return Err(IndexError::damaged(GRAPH_FILE, "a list lies outside of its layer"));
        }
        self.words(place.links + from, to - from)
    }

    fn words(&self, from: usize, count: usize) -> Result<&[u32], IndexError> {
        cast(&self.file, self.file.get(from * 4..(from + count) * 4)?)
    }
}
