//! What a question asks for: the terms that evidence must share with it, the kind of thing that answers it, and of
//! what time it speaks.

use std::collections::BTreeMap;

use super::lexicon;
use super::words::{Reader, Word, contains, numeral};

/// The kind of thing that answers a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Want {
    /// A number of something: how many.
    Count,
    /// A number with its unit: how much, how far, which limit.
    Amount,
    /// An amount of money.
    Money,
    /// A percentage or share.
    Percent,
    /// A stretch of time: how long, how late.
    Duration,
    /// How often.
    Frequency,
    /// A date, year or time of day.
    Date,
    /// Who.
    Person,
    /// Where.
    Place,
    /// An identifier, code, setting or command.
    Code,
    /// Which or what, with a noun: anything that has a name.
    Name,
    /// Why, how, whether, what happens: a statement.
    Sentence,
}

/// Of what time a question speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Era {
    /// Of what holds now, or of no time in particular.
    Present,
    /// Of what held before something: `before release 2026.4`, `the old price`.
    Past,
    /// Of a year or release that it names; what held then may still hold.
    Named,
    /// Of now and before: `what was it before, and what is it now`.
    Both,
}

/// One term of a question.
#[derive(Debug, Clone)]
pub(super) struct Term {
    /// The stem by which it is matched.
    pub stem: String,
    /// How much it must be there, before the rarity of the term in the pack counts.
    pub weight: f64,
    /// Whether it belongs to the noun that is asked for: `error code` in `Which error code ..?`.
    pub focus: bool,
    /// Whether it stands in a relative clause, and so tells what another part of the question is about: `the city where X
    /// was born`.
    pub nested: bool,
}

/// A question, understood.
pub(super) struct Asked {
    /// The terms, in the order of the question; at most [`Asked::MOST`].
    pub terms: Vec<Term>,
    /// What answers it, the first part first; at least one.
    pub wants: Vec<Want>,
    /// Of what time it speaks.
    pub era: Era,
    /// Whether several things are asked for: `which reason codes`, `and how long`.
    pub many: bool,
    /// Which term a stem stands for, with the share of it that counts (1 for the term itself, less for a synonym).
    pub matches: BTreeMap<String, (usize, f64)>,
}

impl Asked {
    /// Terms beyond these are left out.
    pub const MOST: usize = 48;

    /// Understands a question.
    pub fn new(question: &str, reader: &Reader) -> Self {
        let words = reader.words(question);
        let (wants, focus, asking) = wants(&words);
        let nested = nested(&words, question, asking);
        let terms = terms(&words, question, &focus, &nested);
        let matches = matches(&terms, reader);
        let many = wants.len() > 1 || focus.iter().any(|&at| plural(&words[at].plain));
        Self { terms, wants, era: era(&words), many, matches }
    }

    /// The first thing asked for.
    pub fn want(&self) -> Want {
        self.wants.first().copied().unwrap_or(Want::Sentence)
    }
}

fn plural(word: &str) -> bool {
    word.len() > 3
        && word.ends_with('s')
        && !word.ends_with("ss")
        && !word.ends_with("us")
        && !word.ends_with("is")
}

/// The terms of a question: its words but for function words and the words that ask.
fn terms(words: &[Word], question: &str, focus: &[usize], nested: &[bool]) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if contains(lexicon::STOP, &word.plain) || contains(lexicon::ASKS, &word.plain) {
            continue;
        }
        if at > 0
            && matches!(words[at - 1].plain.as_str(), "how" | "hoe" | "wie")
            && contains("long often far fast soon lange lang vaak oft", &word.plain)
        {
            continue;
        }
        let joined =
            word.from > 0 && matches!(question.as_bytes()[word.from - 1], b'-' | b'_' | b'.' | b'`' | b'"');
        let name = word.digits || (word.capital && at > 0) || joined;
        let focus = focus.contains(&at);
        let weight = if name {
            1.4
        } else if focus {
            0.7
        } else {
            1.0
        };
        if let Some(term) = terms.iter_mut().find(|term| term.stem == word.stem) {
            term.weight = term.weight.max(weight);
            term.nested &= nested[at];
        } else if terms.len() < Asked::MOST {
            terms.push(Term { stem: word.stem.clone(), weight, focus, nested: nested[at] });
        }
    }
    terms
}

/// Which words stand in a relative clause: from `which`, `who`, `where`, `that` behind the beginning to the next comma.
fn nested(words: &[Word], question: &str, asking: Option<usize>) -> Vec<bool> {
    let mut inside = false;
    let mut nested = Vec::with_capacity(words.len());
    for (at, word) in words.iter().enumerate() {
        let comma = at > 0 && question[words[at - 1].to..word.from].contains([',', '.', ';', '?']);
        inside = inside && !comma && word.plain != "and" && asking != Some(at);
        let after_and = at > 0 && words[at - 1].plain == "and";
        if at > 0
            && asking != Some(at)
            && !after_and
            && contains("which who whom whose where that when", &word.plain)
        {
            inside = true;
        }
        nested.push(inside);
    }
    nested
}

fn matches(terms: &[Term], reader: &Reader) -> BTreeMap<String, (usize, f64)> {
    let mut matches = BTreeMap::new();
    for group in lexicon::SYNONYMS {
        let stems: Vec<String> = reader.words(group).into_iter().map(|word| word.stem).collect();
        for (at, _) in terms.iter().enumerate().filter(|(_, term)| stems.contains(&term.stem)) {
            for stem in &stems {
                matches.entry(stem.clone()).or_insert((at, lexicon::SYNONYM_SHARE));
            }
        }
    }
    for (at, term) in terms.iter().enumerate() {
        matches.insert(term.stem.clone(), (at, 1.0));
    }
    matches
}

/// What is asked for, and the words of the noun that is asked for.
fn wants(words: &[Word]) -> (Vec<Want>, Vec<usize>, Option<usize>) {
    let plain: Vec<&str> = words.iter().map(|word| word.plain.as_str()).collect();
    let Some(first) = asking(&plain) else {
        let (wants, focus) = untold(&plain);
        return (wants, focus, None);
    };
    let (want, focus) = want_at(&plain, first);
    let mut wants = vec![want];
    for at in first + 1..plain.len() {
        if plain[at - 1] == "and" || plain[at - 1] == "en" || plain[at - 1] == "und" {
            if contains(lexicon::ASKS, plain[at]) {
                wants.push(want_at(&plain, at).0);
            } else if at + 1 < plain.len()
                && contains(lexicon::PREPOSITIONS, plain[at])
                && contains(lexicon::ASKS, plain[at + 1])
            {
                wants.push(want_at(&plain, at + 1).0);
            }
        }
    }
    (wants, focus, Some(first))
}

/// Where the word stands that asks. `where` and `who` in the middle of a question mostly begin a relative clause, so
/// the beginning, then a word after a comma or preposition, then the last one is taken.
fn asking(plain: &[&str]) -> Option<usize> {
    let asks = |at: usize| plain.get(at).is_some_and(|word| contains(lexicon::ASKS, word));
    let relative = |at: usize| {
        matches!(plain[at], "which" | "where" | "who" | "when" | "that" | "die" | "der" | "que" | "qui")
    };
    let auxiliary = |at: usize| plain.get(at + 1).is_some_and(|word| contains(lexicon::AUXILIARIES, word));
    // `When deciding .., what ..` begins with a clause, not with what asks.
    let clause = |at: usize| plain[at] == "when" && !auxiliary(at) && (at + 1..plain.len()).any(asks);
    let start = (0..plain.len().min(4))
        .find(|&at| asks(at) && !clause(at) && (0..at).all(|i| contains(lexicon::PREPOSITIONS, plain[i])));
    start
        .or_else(|| plain.first().filter(|word| contains(lexicon::AUXILIARIES, word)).map(|_| 0))
        .or_else(|| (0..plain.len()).find(|&at| asks(at) && !relative(at)))
        .or_else(|| {
            (0..plain.len())
                .rev()
                .find(|&at| asks(at) && matches!(plain[at], "where" | "when" | "who") && auxiliary(at))
        })
        .or_else(|| (0..plain.len()).rev().find(|&at| asks(at)))
}

fn want_at(plain: &[&str], at: usize) -> (Want, Vec<usize>) {
    let next = plain.get(at + 1).copied().unwrap_or_default();
    match plain[at] {
        "how" | "hoe" | "wie" => how(plain, at, next),
        "hoeveel" | "wieviel" | "combien" => how_many(plain, at),
        "when" | "wanneer" | "wann" | "quand" => (Want::Date, Vec::new()),
        "who" | "whom" | "whose" | "wer" | "qui" => (Want::Person, Vec::new()),
        "where" | "waar" | "wo" | "ou" => (Want::Place, Vec::new()),
        "which" | "what" | "welche" | "welcher" | "welches" | "welke" | "quel" | "quelle" | "wat" | "was" => {
            named(plain, at)
        }
        _ => (Want::Sentence, Vec::new()),
    }
}

fn how(plain: &[&str], at: usize, next: &str) -> (Want, Vec<usize>) {
    if contains("many much viele viel veel", next) {
        return how_many(plain, at + 1);
    }
    let want = match next {
        "long" | "late" | "early" | "fast" | "soon" | "quickly" | "old" | "lange" | "lang" => Want::Duration,
        "often" | "frequently" | "oft" | "vaak" => Want::Frequency,
        "far" if plain.iter().any(|word| contains("back off time old ahead", word)) => Want::Duration,
        "far" | "tall" | "high" | "big" | "large" | "wide" | "deep" | "heavy" | "small" => Want::Amount,
        _ if plain[at] == "wie" && !contains(lexicon::AUXILIARIES, next) => Want::Person,
        _ => Want::Sentence,
    };
    (want, Vec::new())
}

fn how_many(plain: &[&str], at: usize) -> (Want, Vec<usize>) {
    let focus = noun(plain, at + 1);
    let noun = focus.last().map_or("", |&at| plain[at]);
    let money = plain.iter().any(|word| contains(lexicon::MONEY_NOUNS, word));
    let want = match plain[at] {
        _ if contains(lexicon::TIME_NOUNS, noun) => Want::Duration,
        "much" if money => Want::Money,
        "much" => Want::Amount,
        _ => Want::Count,
    };
    (want, focus)
}

/// What `which` or `what` asks for is told by the noun.
fn named(plain: &[&str], at: usize) -> (Want, Vec<usize>) {
    let auxiliary = plain.get(at + 1).is_some_and(|word| contains(lexicon::AUXILIARIES, word));
    let focus = noun(plain, if auxiliary { at + 2 } else { at + 1 });
    let verbs = &plain[at + 1..];
    if auxiliary && verbs.iter().any(|word| contains("cost pay paid charge charged earn", word)) {
        return (Want::Money, Vec::new());
    }
    let what = matches!(plain[at], "what" | "wat" | "was");
    if auxiliary
        && what
        && (verbs.first() == Some(&"are") || contains("do does did if happens should can will", verbs[0]))
    {
        return (Want::Sentence, focus);
    }
    let head = focus.last().map_or("", |&at| plain[at]);
    let before = at.checked_sub(1).map_or("", |at| plain[at]);
    if head == "time" && contains("within over for under", before) {
        return (Want::Duration, focus);
    }
    let kinds = [
        (Want::Money, lexicon::MONEY_NOUNS),
        (Want::Percent, lexicon::PERCENT_NOUNS),
        (Want::Date, lexicon::DATE_NOUNS),
        (Want::Duration, lexicon::TIME_NOUNS),
        (Want::Duration, lexicon::DURATION_NOUNS),
        (Want::Code, lexicon::CODE_NOUNS),
        (Want::Amount, lexicon::AMOUNT_NOUNS),
        (Want::Person, lexicon::PERSON_NOUNS),
        (Want::Place, lexicon::PLACE_NOUNS),
        (Want::Sentence, lexicon::SENTENCE_NOUNS),
    ];
    // The head of a noun phrase is its last word; a modifier before it may tell too (`delay time`).
    let found = focus.iter().rev().find_map(|&at| {
        let singular = plain[at].strip_suffix('s').unwrap_or(plain[at]);
        kinds
            .iter()
            .find(|(_, nouns)| contains(nouns, plain[at]) || contains(nouns, singular))
            .map(|kind| kind.0)
    });
    // Several things that have no kind are told in a sentence.
    let vague = focus.is_empty() || plural(head);
    if focus.iter().any(|&at| numeral(plain[at]).is_some()) && plural(head) {
        return (Want::Sentence, focus);
    }
    let want = found.unwrap_or(if vague { Want::Sentence } else { Want::Name });
    (want, focus)
}

/// The words of the noun phrase that begins here, without article: up to a preposition or auxiliary, at most four.
fn noun(plain: &[&str], from: usize) -> Vec<usize> {
    let mut focus = Vec::new();
    for (at, word) in plain.iter().enumerate().skip(from) {
        if focus.is_empty() && contains("the a an of kind type sort name le la de het der die das", word) {
            continue;
        }
        let ends = contains(lexicon::PREPOSITIONS, word)
            || contains(lexicon::AUXILIARIES, word)
            || contains(lexicon::STOP, word);
        // `Which code means ..`: a word in -s behind a noun is the verb, unless it is the last of the phrase.
        let last = plain
            .get(at + 1)
            .is_none_or(|next| contains(lexicon::PREPOSITIONS, next) || contains(lexicon::AUXILIARIES, next));
        let verb = !focus.is_empty() && plural(word) && !last;
        if ends || verb || focus.len() == 4 || contains(lexicon::ASKS, word) {
            break;
        }
        focus.push(at);
    }
    focus
}

/// A question without a word that asks: `Late fee for 2,400 EUR?`
fn untold(plain: &[&str]) -> (Vec<Want>, Vec<usize>) {
    let focus = noun(plain, 0);
    let money = focus.iter().any(|&at| contains(lexicon::MONEY_NOUNS, plain[at]));
    (vec![if money { Want::Money } else { Want::Sentence }], focus)
}

fn era(words: &[Word]) -> Era {
    let has = |list: &str| words.iter().any(|word| contains(list, &word.plain));
    // `The old key` may be a thing of today; `was the old price` is of before.
    let was = has("was were did had");
    let past = has(lexicon::PAST_CUES) || was && has("old");
    let present = has(lexicon::PRESENT_CUES) || words.iter().skip(1).any(|word| word.plain == "now");
    let is_and_was = has("is are does do may") && past && words.iter().any(|word| word.plain == "and");
    let edition = words
        .windows(2)
        .any(|pair| contains("revision rev release version", &pair[0].plain) && pair[1].digits);
    let named = edition || words.iter().any(|word| word.digits && dated(&word.stem));
    match (past, present, named) {
        (true, true, _) => Era::Both,
        (true, false, _) if is_and_was => Era::Both,
        (true, false, _) => Era::Past,
        (false, false, true) => Era::Named,
        _ => Era::Present,
    }
}

/// Whether a number is a year, or a release that begins with one: `2023`, `2026.4`.
pub(super) fn dated(number: &str) -> bool {
    let year = number.split('.').next().unwrap_or_default();
    year.len() == 4 && (year.starts_with("19") || year.starts_with("20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(question: &str) -> Asked {
        Asked::new(question, &Reader::of(question))
    }

    #[test]
    fn the_kind_of_answer_is_told_by_the_words_that_ask() {
        for (question, want) in [
            ("How many events may a batch hold?", Want::Count),
            ("How many days did customers have?", Want::Duration),
            ("How much did Beaconry earn?", Want::Money),
            ("What does Tollway charge per SMS?", Want::Money),
            ("For how long are ids remembered?", Want::Duration),
            ("Within what time must a key be replaced?", Want::Duration),
            ("How often must keys be rotated?", Want::Frequency),
            ("When did the window grow?", Want::Date),
            ("What year did the company dissolve?", Want::Date),
            ("Who may lift a legal hold?", Want::Person),
            ("Where did the band form?", Want::Place),
            ("In which country is Midway?", Want::Place),
            ("Which error code means that it is late?", Want::Code),
            ("What percentage of edits were from there?", Want::Percent),
            ("What is the default of sms.threshold?", Want::Amount),
            ("Why did log-ins fail?", Want::Sentence),
            ("How do I rotate a key?", Want::Sentence),
            ("May a ticket be translated?", Want::Sentence),
            ("When deciding on a leak, what is important?", Want::Sentence),
            ("Wie lange werden Aufzeichnungen gespeichert?", Want::Duration),
            ("Hoeveel vakantiedagen heb ik?", Want::Count),
            ("Quand le numéro est-il vérifié ?", Want::Date),
            ("", Want::Sentence),
        ] {
            assert_eq!(asked(question).want(), want, "{question}");
        }
    }

    #[test]
    fn a_question_of_two_parts_has_two_kinds() {
        let asked = asked("How often do keys rotate and how long do they overlap?");
        assert_eq!(asked.wants, [Want::Frequency, Want::Duration]);
        assert!(asked.many);
    }

    #[test]
    fn the_era_is_told_by_tense_and_cues() {
        for (question, era) in [
            ("How late may an event be today?", Era::Present),
            ("How long does the old key stay valid?", Era::Present),
            ("What was the window before release 2026.4?", Era::Past),
            ("What was the old price?", Era::Past),
            ("What was the window in release 2026.3?", Era::Named),
            ("How many days did customers have in 2023?", Era::Named),
            ("How long may it last under revision 2?", Era::Named),
        ] {
            assert_eq!(asked(question).era, era, "{question}");
        }
    }

    #[test]
    fn terms_know_whether_they_stand_in_a_relative_clause() {
        let asked = asked("Who led the city where Verdi was born?");
        let nested: Vec<(&str, bool)> =
            asked.terms.iter().map(|term| (term.stem.as_str(), term.nested)).collect();
        assert_eq!(nested, [("led", false), ("citi", false), ("verdi", true), ("born", true)]);
    }
}
