use super::facts::Fact;
use super::yaml::{self, Yaml};

/// Longest front matter that is looked for, in bytes.
const MAX_BYTES: usize = 256 << 10;

/// Keys that a document must not lose: they restrict it.
const RESTRICTING: [&str; 2] = ["labels", "trust"];

/// Front matter at the head of a text.
#[derive(Debug, Default, PartialEq)]
pub(super) struct FrontMatter {
    /// What it says, keys in lower case.
    pub(super) facts: Vec<(String, Fact)>,
    /// First byte after it; 0 where there is none.
    pub(super) body: usize,
}

/// Finds and reads YAML between `---` lines or TOML between `+++` lines at the very start of a text.
///
/// What merely looks like it (a thematic break, a paragraph, another one) is body. What is meant as front matter
/// but cannot be read is an error: it may hold the labels that keep a document from its readers.
pub(super) fn read(text: &str) -> Result<FrontMatter, String> {
    let first = text.lines().next().unwrap_or_default().trim_end();
    if ["---\r", "+++\r"].iter().any(|fence| first.starts_with(fence)) {
        return Err("its lines end in carriage returns alone; convert them to line feeds".to_owned());
    }
    let closers: &[&str] = match first {
        "---" => &["---", "..."],
        "+++" => &["+++"],
        _ => return Ok(FrontMatter::default()),
    };
    let Some((inner, body)) = fenced(text, closers) else {
        let head = text[first.len()..].trim_start_matches(['\r', '\n', ' ', '\t']);
        let head = head.split("\n\n").next().unwrap_or_default();
        return if restricts(head) { Err("it is not closed".to_owned()) } else { Ok(FrontMatter::default()) };
    };
    let facts = if first == "+++" { toml_facts(inner)? } else { yaml_facts(inner)? };
    Ok(facts.map_or_else(FrontMatter::default, |facts| FrontMatter { facts, body }))
}

/// The text between the first line and a closing one, and where the closing one ends.
fn fenced<'a>(text: &'a str, closers: &[&str]) -> Option<(&'a str, usize)> {
    let start = text.find('\n')? + 1;
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if closers.contains(&line.trim_end()) {
            return Some((&text[start..at], at + line.len()));
        }
        at += line.len();
        if at - start > MAX_BYTES {
            return None;
        }
    }
    None
}

fn yaml_facts(inner: &str) -> Result<Option<Vec<(String, Fact)>>, String> {
    match yaml::mapping(inner) {
        Ok(Yaml::Mapping(facts)) => Ok(Some(facts)),
        Ok(Yaml::Empty) => Ok(Some(Vec::new())),
        Ok(Yaml::NotMapping) if restricts(inner) => Err("it is not a mapping".to_owned()),
        Ok(Yaml::NotMapping) => Ok(None),
        Err(_) if !inner.lines().any(|line| key(line).is_some()) => Ok(None),
        Err(error) => Err(error),
    }
}

fn toml_facts(inner: &str) -> Result<Option<Vec<(String, Fact)>>, String> {
    let table: toml::Table = inner.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let mut facts: Vec<(String, Fact)> = Vec::new();
    for (key, value) in &table {
        let key = key.to_ascii_lowercase();
        if facts.iter().any(|(known, _)| *known == key) {
            return Err(format!("key `{key}` stands twice"));
        }
        facts.push((key, toml_fact(value)));
    }
    Ok(Some(facts))
}

fn toml_fact(value: &toml::Value) -> Fact {
    let scalar = |value: &toml::Value| match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Array(_) | toml::Value::Table(_) => None,
        other => Some(other.to_string()),
    };
    match value {
        toml::Value::Array(items) => {
            items.iter().map(scalar).collect::<Option<Vec<_>>>().map_or(Fact::Other, Fact::Many)
        }
        other => scalar(other).map_or(Fact::Other, Fact::One),
    }
}

/// The key of a line `key: value` or `key = value`.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once([':', '='])?;
    let key = key.trim_matches(|c: char| matches!(c, '"' | '\'' | '-' | '?' | '{') || c.is_whitespace());
    let word = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    word.then_some(key)
}

fn restricts(text: &str) -> bool {
    text.lines()
        .filter_map(key)
        .any(|key| RESTRICTING.iter().any(|restricting| key.eq_ignore_ascii_case(restricting)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Fact {
        Fact::One(text.to_owned())
    }

    #[test]
    fn yaml_and_toml_are_read() {
        let yaml = "---\ntitle: \"A: b\"\nlabels: [hr, Legal]\nn: 3\nempty:\nauthor:\n  name: x\n---\n# H\n";
        let read = read(yaml).unwrap();
        assert_eq!(&yaml[read.body..], "# H\n");
        assert_eq!(read.facts[0], ("title".to_owned(), one("A: b")));
        assert_eq!(read.facts[1].1, Fact::Many(vec!["hr".to_owned(), "Legal".to_owned()]));
        assert_eq!((&read.facts[2].1, &read.facts[3].1), (&one("3"), &Fact::Nothing));
        assert_eq!(read.facts[4].1, Fact::Other);
        let toml = "+++\r\ntitle = \"T\"\r\ndate = 2024-01-02\r\n+++\r\nbody";
        let read = super::read(toml).unwrap();
        assert_eq!((&toml[read.body..], read.facts.len()), ("body", 2));
    }

    #[test]
    fn thematic_breaks_are_body() {
        for text in ["---\n\nA paragraph.\n\n---\nMore\n", "---\n- a\n- b\n---\n", "---\nno end", "--\n", ""]
        {
            assert_eq!(read(text), Ok(FrontMatter::default()), "{text:?}");
        }
        assert_eq!(read("---\n---\nx").unwrap().body, 8);
    }

    #[test]
    fn lone_carriage_returns_fail_closed() {
        assert!(read("---\rlabels: hr\r---\rtext\r").is_err());
    }

    #[test]
    fn broken_front_matter_fails_closed() {
        for text in [
            "---\nlabels: [a\ntitle: x\n---\n",
            "---\ntitle: x\nlabels: secret\n\nbody",
            "---\nlabels: &a x\nb: *a\n---\n",
            "---\nlabels: a\nlabels: b\n---\n",
            "---\nLabels: a\nlabels: b\n---\n",
            "---\n- labels: a\n---\nx",
            "+++\nlabels = \n+++\n",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
