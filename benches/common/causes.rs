//! Pairs of versions with planted causes, and an oracle that knows them: for tests and the bench of attribution.

use std::collections::HashSet;
use std::convert::Infallible;

use haversack_eval::{Factor, Oracle, Probe, Subset};
use haversack_model::Digest;

/// Fields of the recipe that differ besides the documents; each touches four tasks in five.
pub const FIELDS: usize = 2;

/// `SplitMix64`.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / 9_007_199_254_740_992.0
    }
}

/// What has to be made for a cause to act.
#[derive(Debug, Clone)]
pub enum Made {
    One(usize),
    Both(usize, usize),
    Either(usize, usize),
}

/// A cause of one task: repairs it, or breaks it, when made.
#[derive(Debug, Clone)]
pub struct Cause {
    pub made: Made,
    pub breaks: bool,
}

impl Cause {
    fn acts(&self, made: impl Fn(usize) -> bool) -> bool {
        match self.made {
            Made::One(one) => made(one),
            Made::Both(one, other) => made(one) && made(other),
            Made::Either(one, other) => made(one) || made(other),
        }
    }

    fn changes(&self) -> Vec<usize> {
        match self.made {
            Made::One(one) => vec![one],
            Made::Both(one, other) | Made::Either(one, other) => vec![one, other],
        }
    }
}

/// A pair of versions as an oracle: a task passes when it did in A or something repairs it, and nothing breaks it.
pub struct Planted {
    pub changes: usize,
    pub touching: Vec<Vec<usize>>,
    pub causes: Vec<Vec<Cause>>,
    pub passes: Vec<bool>,
    /// Chance that an outcome is the other way round.
    pub noise: f64,
    pub seed: u64,
    pub calls: u64,
    pub packs: u64,
    asked: HashSet<(usize, Digest, u32)>,
}

/// Sizes of a pair of versions.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Changed documents.
    pub documents: usize,
    /// Tasks.
    pub tasks: usize,
    /// Changes that are causes.
    pub causes: usize,
}

impl Planted {
    /// Every document touches 1 to 5 tasks. Of the causes about a half act alone, a quarter only in pairs, a quarter are
    /// redundant pairs; a pair touches the same tasks. One cause in ten is a field, which acts on up to five of its tasks.
    pub fn new(sizes: Sizes, noise: f64, seed: u64) -> Self {
        let mut random = Random(seed);
        let changes = sizes.documents + FIELDS;
        let mut touched: Vec<Vec<usize>> = (0..sizes.documents)
            .map(|_| {
                let count = 1 + random.below(5);
                some(&mut random, sizes.tasks, count)
            })
            .collect();
        touched.extend((0..FIELDS).map(|_| (0..sizes.tasks).filter(|_| random.below(5) < 4).collect()));
        let mut causes: Vec<Vec<Cause>> = vec![Vec::new(); sizes.tasks];
        for cause in planted(&mut random, sizes) {
            let members = cause.changes();
            let mut tasks = touched[members[0]].clone();
            tasks.truncate(5);
            for member in members.iter().filter(|member| **member < sizes.documents) {
                touched[*member].clone_from(&tasks);
            }
            tasks.iter().for_each(|task| causes[*task].push(cause.clone()));
        }
        let passes = causes
            .iter()
            .map(|causes| causes.first().map_or_else(|| random.below(2) == 0, |cause| cause.breaks))
            .collect();
        let mut touching = vec![Vec::new(); sizes.tasks];
        for (change, tasks) in touched.iter().enumerate() {
            tasks.iter().for_each(|task| touching[*task].push(change));
        }
        Self::of(changes, touching, causes, passes).with(noise, seed)
    }

    pub fn of(changes: usize, touching: Vec<Vec<usize>>, causes: Vec<Vec<Cause>>, passes: Vec<bool>) -> Self {
        Self {
            changes,
            touching,
            causes,
            passes,
            noise: 0.0,
            seed: 0,
            calls: 0,
            packs: 0,
            asked: HashSet::new(),
        }
    }

    pub fn with(mut self, noise: f64, seed: u64) -> Self {
        (self.noise, self.seed) = (noise, seed);
        self
    }

    /// Whether a task passes when these changes are made, but for noise.
    pub fn passes(&self, task: usize, made: impl Fn(usize) -> bool + Copy) -> bool {
        let acts = |breaks| self.causes[task].iter().any(|cause| cause.breaks == breaks && cause.acts(made));
        (self.passes[task] || acts(false)) && !acts(true)
    }

    /// Changes that occur in a task's causes.
    pub fn suspects(&self, task: usize) -> Vec<usize> {
        let mut suspects: Vec<usize> = self.causes[task].iter().flat_map(Cause::changes).collect();
        suspects.sort_unstable();
        suspects.dedup();
        suspects.truncate(16);
        suspects
    }

    /// Changes that move the outcome of a task in some context, ascending.
    pub fn true_causes(&self) -> Vec<usize> {
        let mut all = Vec::new();
        for task in 0..self.touching.len() {
            let suspects = self.suspects(task);
            for (at, suspect) in suspects.iter().enumerate() {
                let matters = (0..1_usize << suspects.len()).any(|bits| {
                    let with = |bits: usize| {
                        self.passes(task, |change| {
                            suspects.binary_search(&change).is_ok_and(|at| bits >> at & 1 == 1)
                        })
                    };
                    with(bits) != with(bits ^ (1 << at))
                });
                all.extend(matters.then_some(*suspect));
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether taking this change alone out of B moves the outcome of a task: what leaving one out sees without noise.
    pub fn moves_b(&self, change: usize) -> bool {
        (0..self.touching.len())
            .any(|task| self.passes(task, |_| true) != self.passes(task, |at| at != change))
    }

    /// Sets that flip a task from A's outcome to B's and of which no proper part does; none when A and B are alike.
    pub fn minimal_sets(&self, task: usize) -> Vec<Vec<usize>> {
        let suspects = self.suspects(task);
        let flips = |bits: usize| {
            self.passes(task, |change| suspects.binary_search(&change).is_ok_and(|at| bits >> at & 1 == 1))
        };
        let all = (1_usize << suspects.len()) - 1;
        if flips(0) == flips(all) {
            return Vec::new();
        }
        let proper = |bits: usize| (0..bits).filter(move |part| part & bits == *part);
        (1..=all)
            .filter(|bits| flips(*bits) == flips(all) && proper(*bits).all(|part| flips(part) == flips(0)))
            .map(|bits| (0..suspects.len()).filter(|at| bits >> at & 1 == 1).map(|at| suspects[at]).collect())
            .collect()
    }

    pub fn factors(&self) -> Vec<Factor> {
        (0..self.changes)
            .map(|number| match number + FIELDS >= self.changes {
                true => Factor::Field { field: format!("field.{number}") },
                false => Factor::Changed { document: format!("docs/{number:04}.md").parse().expect("an id") },
            })
            .collect()
    }

    pub fn names(&self) -> Vec<String> {
        (0..self.touching.len()).map(|task| format!("t{task:03}")).collect()
    }

    fn pack(&self, task: usize, changes: &Subset) -> Digest {
        let mut bytes = task.to_le_bytes().to_vec();
        bytes.extend(self.touching[task].iter().map(|change| u8::from(changes.has(*change))));
        Digest::of(&bytes)
    }
}

impl Oracle for Planted {
    type Error = Infallible;

    fn changes(&self) -> usize {
        self.changes
    }

    fn tasks(&self) -> usize {
        self.touching.len()
    }

    fn packs(&mut self, task: usize, contexts: &[Subset]) -> Result<Vec<Digest>, Infallible> {
        self.packs += contexts.len() as u64;
        Ok(contexts.iter().map(|context| self.pack(task, context)).collect())
    }

    fn outcomes(&mut self, probes: &[Probe]) -> Result<Vec<f64>, Infallible> {
        let score = |probe: &Probe| {
            let pack = self.pack(probe.task, &probe.changes);
            self.calls += u64::from(self.asked.insert((probe.task, pack, probe.trial)));
            let passes = self.passes(probe.task, |change| probe.changes.has(change));
            let bytes: [u8; 8] = std::array::from_fn(|at| pack.as_bytes()[at]);
            let luck =
                Random(u64::from_le_bytes(bytes) ^ self.seed.rotate_left(17) ^ u64::from(probe.trial) << 40)
                    .unit();
            f64::from(u8::from(passes != (luck < self.noise)))
        };
        Ok(probes.iter().map(score).collect())
    }

    fn calls(&self) -> u64 {
        self.calls
    }
}

/// Several numbers below `n`, ascending.
fn some(random: &mut Random, n: usize, count: usize) -> Vec<usize> {
    let mut numbers: Vec<usize> = Vec::new();
    while numbers.len() < count.min(n) {
        let number = random.below(n);
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    numbers
}

fn planted(random: &mut Random, sizes: Sizes) -> Vec<Cause> {
    let mut members = some(random, sizes.documents, sizes.causes.min(sizes.documents));
    for at in (1..members.len()).rev() {
        members.swap(at, random.below(at + 1));
    }
    let mut causes = Vec::new();
    while let Some(one) = members.pop() {
        let kind = random.below(6);
        let breaks = random.below(2) == 0;
        let made = match (kind, members.last().copied()) {
            (0, Some(other)) => Made::Both(one, other),
            (1, Some(other)) => Made::Either(one, other),
            (2, _) if random.below(2) == 0 => Made::One(sizes.documents + random.below(FIELDS)),
            _ => Made::One(one),
        };
        if matches!(made, Made::Both(..) | Made::Either(..)) {
            members.pop();
        }
        causes.push(Cause { made, breaks });
    }
    causes
}
