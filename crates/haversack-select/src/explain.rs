use haversack_model::{ChunkId, Decision, Pack, Reason, Scores, Verdict};

/// One candidate of a pack, for a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Place in the ranking, from 1.
    pub rank: usize,
    /// Kept or dropped.
    pub verdict: Verdict,
    /// The chunk.
    pub chunk: ChunkId,
    /// Its document and bytes, `handbook/rotate.md 120..840`.
    pub place: String,
    /// Why, in a few words.
    pub reason: String,
    /// Its scores.
    pub scores: Scores,
    /// Tokens of its own text, where the decision knows them.
    pub tokens: Option<usize>,
}

/// The decisions of a pack as the rows of a table, in ranking order.
#[must_use]
pub fn explain(pack: &Pack) -> Vec<Row> {
    pack.decisions.iter().enumerate().map(|(i, decision)| row(i + 1, decision)).collect()
}

fn row(rank: usize, decision: &Decision) -> Row {
    Row {
        rank,
        verdict: decision.verdict,
        chunk: decision.chunk,
        place: format!("{} {}..{}", decision.document, decision.span.from, decision.span.to),
        reason: reason_text(&decision.reason),
        scores: decision.scores,
        tokens: match decision.reason {
            Reason::Selected { tokens, .. } => Some(tokens),
            _ => None,
        },
    }
}

/// A reason in a few words.
///
/// ```
/// use haversack_model::Reason;
/// assert_eq!(haversack_select::reason_text(&Reason::OverBudget { needs: 37 }), "over budget by at least 37 tokens");
/// ```
#[must_use]
pub fn reason_text(reason: &Reason) -> String {
    match reason {
        Reason::Selected { citation, .. } => format!("passage {citation}"),
        Reason::MergedInto { citation, .. } => format!("joined to passage {citation}"),
        Reason::OverBudget { needs: 1 } => "over budget by at least 1 token".to_owned(),
        Reason::OverBudget { needs } => format!("over budget by at least {needs} tokens"),
        Reason::DuplicateOf { chunk, similarity } if *similarity >= 1.0 => {
            format!("same text as {chunk:.12}")
        }
        Reason::DuplicateOf { chunk, similarity } => {
            // Rounded down: 99.9% is not the same text.
            format!("{}% the text of {chunk:.12}", (similarity * 100.0) as u32)
        }
        Reason::BelowThreshold { score, threshold } => {
            format!("score {score:.3} under the floor of {threshold}")
        }
        Reason::DocumentLimit { limit } => format!("its document already has {limit}"),
        Reason::Quarantined { rule } => format!("held back by rule {rule}"),
    }
}
