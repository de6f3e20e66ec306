/// Names of glyphs that are not a letter or `uniXXXX`, from the Adobe Glyph List: Latin text and its punctuation.
const NAMES: &[(&str, &str)] = &[
    ("AE", "Æ"),
    ("OE", "Œ"),
    ("ae", "æ"),
    ("oe", "œ"),
    ("germandbls", "ß"),
    ("dotlessi", "ı"),
    ("lslash", "ł"),
    ("Lslash", "Ł"),
    ("oslash", "ø"),
    ("Oslash", "Ø"),
    ("eth", "ð"),
    ("thorn", "þ"),
    ("Thorn", "Þ"),
    ("space", " "),
    ("nbspace", " "),
    ("exclam", "!"),
    ("quotedbl", "\""),
    ("numbersign", "#"),
    ("dollar", "$"),
    ("percent", "%"),
    ("ampersand", "&"),
    ("quotesingle", "'"),
    ("parenleft", "("),
    ("parenright", ")"),
    ("asterisk", "*"),
    ("plus", "+"),
    ("comma", ","),
    ("hyphen", "-"),
    ("minus", "−"),
    ("period", "."),
    ("slash", "/"),
    ("zero", "0"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("colon", ":"),
    ("semicolon", ";"),
    ("less", "<"),
    ("equal", "="),
    ("greater", ">"),
    ("question", "?"),
    ("at", "@"),
    ("bracketleft", "["),
    ("backslash", "\\"),
    ("bracketright", "]"),
    ("asciicircum", "^"),
    ("underscore", "_"),
    ("grave", "`"),
    ("braceleft", "{"),
    ("bar", "|"),
    ("braceright", "}"),
    ("asciitilde", "~"),
    ("quoteleft", "‘"),
    ("quoteright", "’"),
    ("quotedblleft", "“"),
    ("quotedblright", "”"),
    ("quotesinglbase", "‚"),
    ("quotedblbase", "„"),
    ("guillemotleft", "«"),
    ("guillemotright", "»"),
    ("guilsinglleft", "‹"),
    ("guilsinglright", "›"),
    ("endash", "–"),
    ("emdash", "—"),
    ("bullet", "•"),
    ("ellipsis", "…"),
    ("dagger", "†"),
    ("daggerdbl", "‡"),
    ("section", "§"),
    ("paragraph", "¶"),
    ("copyright", "©"),
    ("registered", "®"),
    ("trademark", "™"),
    ("degree", "°"),
    ("plusminus", "±"),
    ("multiply", "×"),
    ("divide", "÷"),
    ("mu", "µ"),
    ("Euro", "€"),
    ("sterling", "£"),
    ("yen", "¥"),
    ("cent", "¢"),
    ("periodcentered", "·"),
    ("fi", "fi"),
    ("fl", "fl"),
    ("ff", "ff"),
    ("ffi", "ffi"),
    ("ffl", "ffl"),
    ("f_i", "fi"),
    ("f_l", "fl"),
    ("f_f", "ff"),
    ("onehalf", "½"),
    ("onequarter", "¼"),
    ("threequarters", "¾"),
    ("exclamdown", "¡"),
    ("questiondown", "¿"),
    ("arrowright", "→"),
    ("arrowleft", "←"),
    ("lessequal", "≤"),
    ("greaterequal", "≥"),
    ("notequal", "≠"),
    ("infinity", "∞"),
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ε"),
    ("lambda", "λ"),
    ("pi", "π"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("phi", "φ"),
    ("omega", "ω"),
    ("theta", "θ"),
    ("summation", "∑"),
];

/// Accents that follow a letter in a name, as combining marks.
const ACCENTS: &[(&str, char)] = &[
    ("grave", '\u{300}'),
    ("acute", '\u{301}'),
    ("circumflex", '\u{302}'),
    ("tilde", '\u{303}'),
    ("dieresis", '\u{308}'),
    ("ring", '\u{30A}'),
    ("cedilla", '\u{327}'),
    ("caron", '\u{30C}'),
    ("macron", '\u{304}'),
    ("breve", '\u{306}'),
    ("ogonek", '\u{328}'),
    ("dotaccent", '\u{307}'),
];

/// Letters that carry each accent, and the two in one character: text is stored and searched composed.
const COMPOSED: &[(char, &str, &str)] = &[
    ('\u{300}', "AEIOUaeiou", "ÀÈÌÒÙàèìòù"),
    ('\u{301}', "AEIOUYaeiouyCcNnSsZz", "ÁÉÍÓÚÝáéíóúýĆćŃńŚśŹź"),
    ('\u{302}', "AEIOUaeiou", "ÂÊÎÔÛâêîôû"),
    ('\u{303}', "ANOano", "ÃÑÕãñõ"),
    ('\u{308}', "AEIOUaeiouy", "ÄËÏÖÜäëïöüÿ"),
    ('\u{30A}', "AaUu", "ÅåŮů"),
    ('\u{327}', "CcSs", "ÇçŞş"),
    ('\u{30C}', "CcDdEeNnRrSsTtZz", "ČčĎďĚěŇňŘřŠšŤťŽž"),
    ('\u{304}', "AaEeIiOoUu", "ĀāĒēĪīŌōŪū"),
    ('\u{306}', "AaGg", "ĂăĞğ"),
    ('\u{328}', "AaEe", "ĄąĘę"),
    ('\u{307}', "Zz", "Żż"),
];

/// The text of a glyph by its name.
pub(super) fn text(name: &str) -> Option<String> {
    let name = name.split('.').next().filter(|base| !base.is_empty())?;
    if let Some((_, text)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some((*text).to_owned());
    }
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return letter.is_ascii_alphabetic().then(|| letter.to_string());
    }
    let hex = name.strip_prefix("uni").filter(|hex| hex.len() >= 4).or_else(|| name.strip_prefix('u'));
    let hex =
        hex.filter(|hex| (4..=6).contains(&hex.len())).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    if let Some(c) = hex.and_then(char::from_u32) {
        return Some(c.to_string());
    }
    let (_, accent) =
        ACCENTS.iter().find(|(accent, _)| name.strip_suffix(accent).is_some_and(|l| l.len() == 1))?;
    let letter = name.chars().next()?;
    Some(composed(letter, *accent))
}

fn composed(letter: char, accent: char) -> String {
    let row = COMPOSED.iter().find(|(mark, ..)| *mark == accent);
    let whole = row.and_then(|(_, letters, whole)| {
        letters.chars().zip(whole.chars()).find(|(plain, _)| *plain == letter).map(|(_, whole)| whole)
    });
    whole.map_or_else(|| format!("{letter}{accent}"), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_text() {
        for (name, expected) in
            [("A", "A"), ("space", " "), ("uni20AC", "€"), ("u1F600", "😀"), ("fi", "fi"), ("a.alt", "a")]
        {
            assert_eq!(text(name).as_deref(), Some(expected), "{name}");
        }
        assert_eq!(text("eacute").as_deref(), Some("é"));
        assert_eq!(text("g123"), None);
    }
}
