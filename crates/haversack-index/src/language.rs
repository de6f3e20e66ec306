use tantivy::tokenizer::Language as Snowball;

/// A language as the analyzer knows it: its field's name and, where there is one, its stemmer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Language(&'static str);

impl Language {
    pub(crate) const NONE: Self = Self("none");
    pub(crate) const ENGLISH: Self = Self("en");

    /// The language of a code such as `de`, `de-AT` or `nb`; `None` when it is not a code at all.
    ///
    /// Languages without a stemmer share `none`: their words are indexed as they are.
    pub(crate) fn of(code: &str) -> Option<Self> {
        let primary = code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let letters = primary.bytes().all(|byte| byte.is_ascii_lowercase());
        if primary != "none" && !(letters && (2..=3).contains(&primary.len())) {
            return None;
        }
        let primary = match primary.as_str() {
            "nb" | "nn" | "nor" => "no",
            "eng" => "en",
            "deu" | "ger" => "de",
            "fra" | "fre" => "fr",
            "spa" => "es",
            other => other,
        };
        Some(TABLE.iter().find(|(code, _)| *code == primary).map_or(Self::NONE, |(code, _)| Self(code)))
    }

    /// The language whose field this is.
    pub(crate) fn of_field(field: &str) -> Option<Self> {
        let code = field.strip_prefix("text_")?;
        Self::of(code).filter(|language| language.0 == code)
    }

    /// Name of the field that holds its terms.
    pub(crate) fn field(&self) -> String {
        format!("text_{}", self.0)
    }

    pub(crate) fn snowball(&self) -> Option<Snowball> {
        TABLE.iter().find(|(code, _)| *code == self.0).map(|(_, language)| *language)
    }
}

const TABLE: [(&str, Snowball); 18] = [
    ("ar", Snowball::Arabic),
    ("da", Snowball::Danish),
    ("de", Snowball::German),
    ("el", Snowball::Greek),
    ("en", Snowball::English),
    ("es", Snowball::Spanish),
    ("fi", Snowball::Finnish),
    ("fr", Snowball::French),
    ("hu", Snowball::Hungarian),
    ("it", Snowball::Italian),
    ("nl", Snowball::Dutch),
    ("no", Snowball::Norwegian),
    ("pt", Snowball::Portuguese),
    ("ro", Snowball::Romanian),
    ("ru", Snowball::Russian),
    ("sv", Snowball::Swedish),
    ("ta", Snowball::Tamil),
    ("tr", Snowball::Turkish),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_map_to_fields() {
        let field = |code| Language::of(code).map(|language| language.field());
        assert_eq!(field("de-AT").as_deref(), Some("text_de"));
        assert_eq!(field("NB").as_deref(), Some("text_no"));
        assert_eq!(field("ja").as_deref(), Some("text_none"));
        assert_eq!(field("none").as_deref(), Some("text_none"));
        assert_eq!((field("english"), field(""), field("a1")), (None, None, None));
        for (code, _) in TABLE {
            assert_eq!(Language::of_field(&format!("text_{code}")).unwrap().0, code);
        }
        assert_eq!(Language::of_field("text_none"), Some(Language::NONE));
        assert_eq!(Language::of_field("text_ja"), None);
    }
}
