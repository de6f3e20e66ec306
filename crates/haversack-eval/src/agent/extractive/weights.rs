//! The numbers by which evidence is weighed: set by hand, then changed where one pass of coordinate ascent raised the token
//! F1 of the even-numbered tasks of three suites by more than 0.001 (docs/measurements-extractive.md; the odd-numbered tasks
//! were not looked at in that pass).

/// Credit for a term in title, headings or path of the passage.
pub(super) const ABOVE: f64 = 0.8;
/// Credit for a term in the nearest heading, or in the header of a table.
pub(super) const HEAD: f64 = 0.8;
/// Credit for a term in the statement before, where another paragraph ends. Within a paragraph such a credit made the
/// statement *after* the evidence win too often, so there is none.
pub(super) const BEFORE: f64 = 0.5;
/// Credit for a term in the next statement of the same paragraph.
pub(super) const NEXT: f64 = 0.9;
/// Credit for a term in the next paragraph.
pub(super) const NEXT_BLOCK: f64 = 0.25;
/// Credit for a term anywhere in the passage.
pub(super) const PASSAGE: f64 = 0.3;

/// Added to the rarity of every term, so that one in all statements counts too.
pub(super) const COMMON: f64 = 0.5;
/// The share of its weight that a term in a relative clause keeps.
pub(super) const NESTED: f64 = 0.25;

/// Bonus of the first statement under a heading, times the weight of terms in the heading.
pub(super) const LEAD: f64 = 0.1;
/// Bonus of the best-ranked passage.
pub(super) const RANK: f64 = 0.27;
/// Bonus for terms in the order of the question, times their weight.
pub(super) const ORDER: f64 = 0.15;
/// Malus of a statement of 120 words or more.
pub(super) const LONG: f64 = 0.1;
/// Malus of a statement that is a question.
pub(super) const ASKING: f64 = 0.54;

/// Statements whose names may lead elsewhere.
pub(super) const BRIDGES: usize = 6;
/// A name in more passages than this leads nowhere.
pub(super) const MOST_PASSAGES: usize = 7;
/// What is lent along a name when the question has a relative clause, and when it has none.
pub(super) const LINK: (f64, f64) = (0.6, 0.4);
/// How much the score of a statement counts, beside the terms of relative clauses, where names are looked for.
pub(super) const OUTER: f64 = 0.3;
/// Malus of a name that leads elsewhere.
pub(super) const BRIDGE: f64 = 0.3;

/// Bonus for terms near a span, times their weight.
pub(super) const NEAR: f64 = 0.5;
/// Words at which a term counts half.
pub(super) const HALF: f64 = 5.0;
/// Words that a comma, bracket or bar counts for.
pub(super) const BREAK: usize = 3;
/// The share that a term of a relative clause counts for when it is near.
pub(super) const NESTED_NEAR: f64 = 0.5;
/// Malus of words of the question in a span, times their share of the span.
pub(super) const REPEAT: f64 = 0.4;
/// Bonus of the noun that is asked for, in a span or beside it.
pub(super) const FOCUS: f64 = 0.2;
/// Bonus for terms in the head of a cell's column, times their weight.
pub(super) const COLUMN: f64 = 0.25;
/// Bonus of a span of just the wanted kind.
pub(super) const KIND: f64 = 0.54;
/// Bonus of words around a span that go with its kind: `in Paris`, `by Ann Lee`.
pub(super) const MANNER: f64 = 0.08;

/// Malus, for a question of the present, of a clause on the past and of a stale document.
pub(super) const PRESENT: (f64, f64) = (0.1, 0.2);
/// Bonus of the same for a question of the past.
pub(super) const PAST: (f64, f64) = (0.2, 0.1);

/// A sentence of fewer words than this is given with the next one.
pub(super) const SHORT: usize = 12;
