use serde::{Deserialize, Serialize};
use tantivy::tokenizer::{AsciiFoldingFilter, LowerCaser, Stemmer, StopWordFilter, TextAnalyzer};

use crate::IndexError;
use crate::language::Language;
use crate::split::Splitter;

/// What a recipe says of the analyzer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalyzerSpec {
    /// An ISO 639 code for every document, `auto` (each document's own, else English), or `none`.
    pub language: String,
    /// Whether words are stemmed (Snowball).
    pub stem: bool,
    /// Whether stop words are left out.
    pub stop_words: bool,
}

impl Default for AnalyzerSpec {
    fn default() -> Self {
        Self { language: "auto".to_owned(), stem: true, stop_words: true }
    }
}

/// Text to terms, by language.
///
/// Tokens (see the rules in the source of `split`) are lower-cased, stop words of the language are left out, words
/// are stemmed, and *then* Latin diacritics are folded in every language: stemmers need them, people often do not type
/// them. Languages without a stemmer (`ja`, `pl`, ...) keep their words as they are.
///
/// ```
/// use haversack_index::{Analyzer, AnalyzerSpec};
/// let analyzer = Analyzer::new(AnalyzerSpec::default())?;
/// assert_eq!(analyzer.terms("Rotating the keys", Some("en")), ["rotat", "key"]);
/// assert_eq!(analyzer.terms("die Schlüssel", Some("de")), ["schlussel"]);
/// # Ok::<(), haversack_index::IndexError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Analyzer {
    spec: AnalyzerSpec,
}

/// The terms of one text in one buffer, each followed by a zero byte, which no term contains.
#[derive(Debug, Default, Clone)]
pub(crate) struct Terms {
    pub(crate) joined: String,
    pub(crate) count: u32,
}

impl Analyzer {
    /// The analyzer of a recipe.
    ///
    /// # Errors
    /// When the language is not `auto`, `none` or a code of two or three letters.
    pub fn new(spec: AnalyzerSpec) -> Result<Self, IndexError> {
        if spec.language != "auto" && Language::of(&spec.language).is_none() {
            return Err(IndexError::Language(spec.language));
        }
        Ok(Self { spec })
    }

    /// Identity of its behaviour: it changes whenever a text could give other terms. Part of a version's identity.
    #[must_use]
    pub fn version(&self) -> String {
        let AnalyzerSpec { language, stem, stop_words } = &self.spec;
        let flag = |on: bool, name: &str| if on { format!("+{name}") } else { format!("-{name}") };
        format!("terms-1/tantivy-0.27/{language}{}{}", flag(*stem, "stem"), flag(*stop_words, "stop"))
    }

    /// What it was made of.
    #[must_use]
    pub fn spec(&self) -> &AnalyzerSpec {
        &self.spec
    }

    /// Terms of a text in a document of a language, in order, repeated as they stand.
    #[must_use]
    pub fn terms(&self, text: &str, language: Option<&str>) -> Vec<String> {
        let mut found = Vec::new();
        let mut pipeline = self.pipeline(&self.language(language));
        pipeline.token_stream(text).process(&mut |token| found.push(token.text.clone()));
        found.retain(|term| !term.is_empty());
        found
    }

    /// The language in which a document is indexed. An unreadable code of a document counts as no code.
    pub(crate) fn language(&self, own: Option<&str>) -> Language {
        match self.spec.language.as_str() {
            "auto" => own.and_then(Language::of).unwrap_or(Language::ENGLISH),
            fixed => Language::of(fixed).unwrap_or(Language::NONE),
        }
    }

    pub(crate) fn pipeline(&self, language: &Language) -> TextAnalyzer {
        let snowball = language.snowball();
        let mut builder = TextAnalyzer::builder(Splitter::default()).dynamic().filter_dynamic(LowerCaser);
        if let Some(filter) = snowball.filter(|_| self.spec.stop_words).and_then(StopWordFilter::new) {
            builder = builder.filter_dynamic(filter);
        }
        if let Some(snowball) = snowball.filter(|_| self.spec.stem) {
            builder = builder.filter_dynamic(Stemmer::new(snowball));
        }
        builder.filter_dynamic(AsciiFoldingFilter).build()
    }
}

impl Terms {
    pub(crate) fn of(pipeline: &mut TextAnalyzer, text: &str) -> Self {
        let mut terms = Self { joined: String::with_capacity(text.len() + 16), count: 0 };
        pipeline.token_stream(text).process(&mut |token| {
            if !token.text.is_empty() {
                terms.joined.push_str(&token.text);
                terms.joined.push('\0');
                terms.count += 1;
            }
        });
        terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(language: &str, text: &str) -> String {
        let analyzer = Analyzer::new(AnalyzerSpec::default()).unwrap();
        analyzer.terms(text, Some(language)).join(" ")
    }

    #[test]
    fn stems_stops_and_folds_by_language() {
        assert_eq!(terms("en", "The keys were ROTATED at the café's"), "key were rotat cafe");
        assert_eq!(terms("de", "Die Schlüssel und die Häuser"), "schlussel haus");
        assert_eq!(terms("fr", "Les clés de l'équipe"), "cle equip");
        assert_eq!(terms("ru", "и ключами"), "ключ");
        assert_eq!(terms("ja", "鍵の更新"), "鍵の の更 更新");
        assert_eq!(terms("none", "The Keys"), "the keys");
        assert_eq!(terms("en", "the of and"), "");
    }

    #[test]
    fn a_fixed_language_holds_for_all_documents() {
        let spec = AnalyzerSpec { language: "de".to_owned(), ..AnalyzerSpec::default() };
        let analyzer = Analyzer::new(spec).unwrap();
        assert_eq!(analyzer.language(Some("en")), Language::of("de").unwrap());
        assert!(
            Analyzer::new(AnalyzerSpec { language: "deutsch".into(), ..AnalyzerSpec::default() }).is_err()
        );
    }

    #[test]
    fn version_is_pinned_to_behaviour() {
        // When this fails, an upgrade changed what terms a text gives: raise the number in `version`.
        let text = "Rotating the keys' rotate_signing_key BCN-1007 v2.1 naïve Häuser größte clés 富士山 привет ключами \
                    running generously organisation hopping ponies relational";
        let all: Vec<Vec<String>> = ["en", "de", "fr", "ru", "es", "sv", "fi", "tr", "none"]
            .iter()
            .map(|code| Analyzer::new(AnalyzerSpec::default()).unwrap().terms(text, Some(code)))
            .collect();
        let print = blake3::hash(format!("{all:?}").as_bytes()).to_hex();
        assert_eq!(&print[..16], "0c96e2fc21a3a61c", "{all:#?}");
        let analyzer = Analyzer::new(AnalyzerSpec::default()).unwrap();
        assert_eq!(analyzer.version(), "terms-1/tantivy-0.27/auto+stem+stop");
    }
}
