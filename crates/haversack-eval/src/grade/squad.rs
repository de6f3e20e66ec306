//! Normalisation of answers before they are compared.

use serde::{Deserialize, Serialize};

/// How two texts are made alike before they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalise {
    /// As SQuAD's evaluation (Rajpurkar et al., EMNLP 2016, its `evaluate-v2.0.py`): lower case; ASCII punctuation out;
    /// the articles a, an, the out where they stand as words; white space to single spaces.
    #[default]
    Squad,
    /// Lower case, and white space to single spaces.
    Case,
    /// Nothing but white space at the ends.
    None,
}

impl Normalise {
    /// The text, made alike.
    #[must_use]
    pub(crate) fn apply(self, text: &str) -> String {
        match self {
            Self::Squad => squad(text),
            Self::Case => single_spaces(&text.to_lowercase()),
            Self::None => text.trim().to_owned(),
        }
    }
}

/// The words that SQuAD's F1 counts: its normalised text, split at spaces.
pub(super) fn tokens(text: &str) -> Vec<String> {
    squad(text).split(' ').filter(|token| !token.is_empty()).map(str::to_owned).collect()
}

fn squad(text: &str) -> String {
    let mut text = text.to_lowercase();
    text.retain(|c| !c.is_ascii_punctuation());
    single_spaces(&without_articles(&text))
}

/// Puts a space for every article that stands between characters that belong to no word, Python's `\b(a|an|the)\b`.
fn without_articles(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word = &rest[..rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())];
        out.push_str(if matches!(word, "a" | "an" | "the") { " " } else { word });
        rest = &rest[word.len()..];
        let gap = &rest[..rest.find(char::is_alphanumeric).unwrap_or(rest.len())];
        out.push_str(gap);
        rest = &rest[gap.len()..];
    }
    out
}

/// Python's `" ".join(text.split())`, which takes four control characters for white space that Unicode does not.
fn single_spaces(text: &str) -> String {
    let space = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
    let words: Vec<&str> = text.split(space).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values follow the four steps of the official script, in its order: lower, remove_punc, remove_articles,
    /// white_space_fix. Punctuation goes without leaving a space, so `a.` and `the-` meet what follows them.
    #[test]
    fn squad_normalises_as_the_official_script() {
        let cases = [
            ("The Eiffel Tower", "eiffel tower"),
            ("  An  apple,\ta day. ", "apple day"),
            ("U.S.A.", "usa"),
            ("Beyoncé Knowles-Carter", "beyoncé knowlescarter"),
            ("the-theatre", "thetheatre"),
            ("A.", ""),
            ("theirs an and", "theirs and"),
            ("a the an", ""),
            // Not ASCII, so not punctuation of the script; but no letter, so the article beside it is a word.
            ("“the” end", "“ ” end"),
            ("3–a–4", "3– –4"),
            ("it's $5.00", "its 500"),
            ("x\u{1c}y\u{a0}z", "x y z"),
            ("ΟΔΟΣ", "οδος"),
            ("", ""),
            ("?!", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(Normalise::Squad.apply(text), expected, "{text:?}");
        }
    }

    #[test]
    fn weaker_forms_keep_more() {
        assert_eq!(Normalise::Case.apply(" The  A.B "), "the a.b");
        assert_eq!(Normalise::None.apply(" The  A.B "), "The  A.B");
    }
}
