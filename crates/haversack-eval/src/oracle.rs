use haversack_model::Digest;

/// A set of changes that are made: bit `i` says whether factor `i` is as in B (else as in A).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subset(Vec<bool>);

impl Subset {
    /// None of `n` changes: version A.
    #[must_use]
    pub fn none(n: usize) -> Self {
        Self(vec![false; n])
    }

    /// All of `n` changes: version B.
    #[must_use]
    pub fn all(n: usize) -> Self {
        Self(vec![true; n])
    }

    /// Those of `n` changes whose numbers are given.
    #[must_use]
    pub fn of(n: usize, numbers: &[usize]) -> Self {
        let mut subset = Self::none(n);
        numbers.iter().for_each(|number| subset.set(*number, true));
        subset
    }

    /// Changes that there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no changes at all to choose from.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a change is made; one that is not there is not.
    #[must_use]
    pub fn has(&self, number: usize) -> bool {
        self.0.get(number).copied().unwrap_or(false)
    }

    /// Makes a change, or takes it back.
    pub fn set(&mut self, number: usize, made: bool) {
        if let Some(bit) = self.0.get_mut(number) {
            *bit = made;
        }
    }

    /// Numbers of the changes that are made, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().filter(|(_, made)| **made).map(|(number, _)| number)
    }
}

/// One outcome that is wanted: a task, asked of the context between A and B that has only these changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Probe {
    /// Number of the task, from 0.
    pub task: usize,
    /// The changes that are made.
    pub changes: Subset,
    /// Which repetition, from 0.
    pub trial: u32,
}

/// Contexts between two versions, and an agent's outcomes on them: what attribution and bisection ask.
///
/// Packs are cheap, outcomes dear. An oracle asks its agent once for each (task, pack, trial), whatever changes led to
/// the pack, so a probe whose pack was seen before costs nothing.
pub trait Oracle {
    /// What can go wrong.
    type Error;

    /// Changes between A and B: documents and fields of the recipe.
    fn changes(&self) -> usize;

    /// Tasks, numbered from 0.
    fn tasks(&self) -> usize;

    /// The pack of a task in each of several contexts; no agent is called.
    ///
    /// # Errors
    /// When a context cannot be made.
    fn packs(&mut self, task: usize, contexts: &[Subset]) -> Result<Vec<Digest>, Self::Error>;

    /// The scores of probes, each from 0 to 1, in their order.
    ///
    /// # Errors
    /// When a context cannot be made, or the run is stopped. A call that fails is no error: it has the score that the
    /// suite gives it.
    fn outcomes(&mut self, probes: &[Probe]) -> Result<Vec<f64>, Self::Error>;

    /// How often an agent was called so far.
    fn calls(&self) -> u64;
}
