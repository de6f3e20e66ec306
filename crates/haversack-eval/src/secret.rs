use std::fmt;

use serde_json::Value;

use crate::{Answer, Outcome};

/// Shorter strings are placeholders (`none`, `EMPTY`) or stand in texts by chance, and removing them would tear up answers.
const SHORTEST: usize = 6;

/// What stands in the place of a secret.
const REDACTED: &str = "[redacted]";

/// Strings that must not be seen in anything that is printed or kept, as keys of servers, which may come back in what a
/// server says.
///
/// A secret of fewer than 6 bytes is taken for a placeholder and left alone.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub fn new(secrets: &[String]) -> Self {
        let mut all = Self::default();
        secrets.iter().for_each(|secret| all.add(secret));
        all
    }

    /// One more, as it is and as JSON writes it.
    pub fn add(&mut self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let quoted = Value::from(secret).to_string();
        let escaped = quoted.trim_matches('"').to_owned();
        self.0.extend([secret.to_owned(), escaped.replace('/', "\\/"), escaped]);
        // The longest first: a secret that begins with another is then removed whole.
        self.0.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.0.dedup();
    }

    /// The text without them. Shorten a text after this, never before: half a secret is not recognised.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        self.text(&mut text);
        text
    }

    /// Takes them out of a text.
    pub fn text(&self, text: &mut String) {
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), REDACTED);
            }
        }
    }

    /// Takes them out of what an agent said.
    pub fn answer(&self, answer: &mut Answer) {
        self.text(&mut answer.text);
        answer.citations.iter_mut().for_each(|citation| self.text(citation));
    }

    /// Takes them out of every text that comes from an agent or grader.
    pub fn outcome(&self, outcome: &mut Outcome) {
        outcome.answer.iter_mut().for_each(|answer| self.answer(answer));
        outcome.error.iter_mut().for_each(|error| self.text(error));
        outcome.grades.values_mut().for_each(|grade| self.text(&mut grade.reason));
    }

    /// Takes them out of the strings of a value.
    pub fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.value(member)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_empty() { "no secrets" } else { REDACTED })
    }
}

/// At most `most` characters of a text, with a mark where it was cut.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_as_it_is_and_as_json_writes_it() {
        let mut secrets = Secrets::default();
        secrets.add("sk-a\"b/c\\d");
        secrets.add("sk-a\"b/c\\d-and-more");
        let said = "raw sk-a\"b/c\\d, json sk-a\\\"b/c\\\\d, other json sk-a\\\"b\\/c\\\\d-and-more";
        assert_eq!(secrets.redact(said), "raw [redacted], json [redacted], other json [redacted]");
        assert_eq!(format!("{secrets:?}"), "[redacted]");
    }

    #[test]
    fn placeholders_are_no_secrets() {
        let mut secrets = Secrets::default();
        secrets.add("none");
        secrets.add("");
        assert_eq!(secrets.redact("there is none"), "there is none");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(shortened("äöü", 2), "äö...");
        assert_eq!(shortened("äöü", 3), "äöü");
    }
}
