//! Recent query vectors in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::{EmbedError, Embedder};

/// A bounded, least-recently-used cache of query vectors, shared by threads.
///
/// A query takes the model about 1-4 ms and this cache about a microsecond. Keys are the embedder's
/// fingerprint and the whole query, so one cache serves several embedders. Memory: capacity x
/// (dimensions x 4 bytes + the query).
///
/// ```
/// use haversack_embed::{HashEmbedder, QueryCache};
///
/// let queries = QueryCache::new(100);
/// let embedder = HashEmbedder::new(16);
/// let first = queries.embed(&embedder, "rotate keys")?;
/// assert_eq!(first, queries.embed(&embedder, "rotate keys")?);
/// assert_eq!(queries.len(), 1);
/// # Ok::<(), haversack_embed::EmbedError>(())
/// ```
#[derive(Debug)]
pub struct QueryCache {
    capacity: usize,
    recent: Mutex<Recent>,
}

type Key = Arc<(String, String)>;

/// Entries by key, and keys by when they were last used.
#[derive(Debug, Default)]
struct Recent {
    clock: u64,
    entries: HashMap<Key, (Arc<[f32]>, u64)>,
    order: BTreeMap<u64, Key>,
}

impl QueryCache {
    /// A cache of at most `capacity` queries; 0 keeps none.
    #[must_use]
    pub fn new(capacity: usize) -> QueryCache {
        QueryCache { capacity, recent: Mutex::default() }
    }

    /// The vector of `query`, computed if it is not at hand.
    ///
    /// The embedder runs outside the lock: two threads with one new query may both compute it.
    ///
    /// # Errors
    /// What [`Embedder::embed_query`] answered; errors are not kept.
    pub fn embed(&self, embedder: &dyn Embedder, query: &str) -> Result<Arc<[f32]>, EmbedError> {
        let key = Arc::new((embedder.fingerprint().to_owned(), query.to_owned()));
        if let Some(vector) = self.recent().touch(&key) {
            return Ok(vector);
        }
        let vector: Arc<[f32]> = embedder.embed_query(query)?.into();
        if self.capacity > 0 {
            self.recent().put(key, Arc::clone(&vector), self.capacity);
        }
        Ok(vector)
    }

    /// Queries at hand.
    #[must_use]
    pub fn len(&self) -> usize {
        self.recent().entries.len()
    }

    /// Whether no query is at hand.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    fn touch(&mut self, key: &Key) -> Option<Arc<[f32]>> {
        self.clock += 1;
        let (vector, used) = self.entries.get_mut(key)?;
        if let Some(key) = self.order.remove(used) {
            self.order.insert(self.clock, key);
        }
        *used = self.clock;
        Some(Arc::clone(vector))
    }

    fn put(&mut self, key: Key, vector: Arc<[f32]>, capacity: usize) {
        self.clock += 1;
        if let Some((_, used)) = self.entries.insert(Arc::clone(&key), (vector, self.clock)) {
            self.order.remove(&used);
        }
        self.order.insert(self.clock, key);
        while self.entries.len() > capacity {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            self.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HashEmbedder;

    #[test]
    fn forgets_the_least_recently_used() {
        let (queries, embedder) = (QueryCache::new(2), HashEmbedder::new(8));
        let key = |query: &str| Arc::new((embedder.fingerprint().to_owned(), query.to_owned()));
        for query in ["a", "b", "a", "c"] {
            queries.embed(&embedder, query).unwrap();
        }
        assert_eq!(queries.len(), 2);
        assert!(queries.recent().touch(&key("b")).is_none());
        assert!(queries.recent().touch(&key("a")).is_some());
    }

    #[test]
    fn keeps_embedders_apart_and_may_be_off() {
        let queries = QueryCache::new(10);
        assert_eq!(queries.embed(&HashEmbedder::new(8), "a").unwrap().len(), 8);
        assert_eq!(queries.embed(&HashEmbedder::new(16), "a").unwrap().len(), 16);
        let off = QueryCache::new(0);
        off.embed(&HashEmbedder::new(8), "a").unwrap();
        assert!(off.is_empty());
    }

    #[test]
    fn serves_many_threads() {
        let (queries, embedder) = (QueryCache::new(5), HashEmbedder::new(8));
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (queries, embedder) = (&queries, &embedder);
                scope.spawn(move || {
                    for i in 0..200 {
                        let query = format!("query {}", (i * 7 + thread) % 11);
                        let found = queries.embed(embedder, &query).unwrap();
                        assert_eq!(found[..], embedder.embed_query(&query).unwrap()[..]);
                    }
                });
            }
        });
        assert!(queries.len() <= 5);
    }
}
