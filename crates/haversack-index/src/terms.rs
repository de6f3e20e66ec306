use std::collections::{BTreeMap, HashMap};

use crate::index::Index;
use crate::mask::Masked;

/// Tokens of a query that are read at all.
const MOST_TOKENS: usize = 32_768;
/// Distinct terms, in the order of the query, whose statistics are looked up.
const MOST_LOOKED_UP: usize = 2_048;

/// A term of the query: one token and what each field's language makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueryTerm {
    /// The term in each field, in the order of [`QueryTerms::fields`]; none where it is a stop word.
    pub(crate) by_field: Vec<Option<String>>,
    /// How often it stands in the query.
    pub(crate) times: u32,
}

/// The distinct terms of a query, in the order in which they first stand there.
#[derive(Debug, Default)]
pub(crate) struct QueryTerms {
    pub(crate) fields: Vec<String>,
    pub(crate) terms: Vec<QueryTerm>,
    pub(crate) left_out: usize,
}

impl QueryTerms {
    /// Analyses the query as the text of each field that has a permitted chunk. Tokens are the same in every language;
    /// only what becomes of them differs, so that a token's position holds the languages together.
    pub(crate) fn of(index: &Index, mask: &Masked, text: &str) -> Self {
        let fields: Vec<String> = mask.fields.keys().cloned().collect();
        let mut tokens: BTreeMap<usize, Vec<Option<String>>> = BTreeMap::new();
        for (number, field) in fields.iter().enumerate() {
            let Some(mut pipeline) = index.pipeline(field) else { continue };
            let mut stream = pipeline.token_stream(text);
            while stream.advance() {
                let token = stream.token();
                if token.position >= MOST_TOKENS {
                    break;
                }
                if !token.text.is_empty() {
                    let by_field = tokens.entry(token.position).or_insert_with(|| vec![None; fields.len()]);
                    by_field[number] = Some(token.text.clone());
                }
            }
        }
        let mut found = Self { fields, ..Self::default() };
        let mut known: HashMap<Vec<Option<String>>, usize> = HashMap::new();
        for by_field in tokens.into_values() {
            let next = known.len();
            let at = *known.entry(by_field.clone()).or_insert(next);
            if at == found.terms.len() && at < MOST_LOOKED_UP {
                found.terms.push(QueryTerm { by_field, times: 0 });
            }
            if let Some(term) = found.terms.get_mut(at) {
                term.times += 1;
            }
        }
        found.left_out = known.len() - found.terms.len();
        found
    }
}
