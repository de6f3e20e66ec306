//! Reads rendered text back from the rules of its format alone, as somebody who has only the text would.

use haversack_model::Format;
use serde_json::Value;

/// What a reader sees of a passage.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub number: usize,
    pub citation: String,
    pub untrusted: bool,
    pub text: String,
}

pub fn read(text: &str, format: Format) -> Vec<Seen> {
    match format {
        _ if text.is_empty() => Vec::new(),
        Format::Markdown => fenced(text, "### ", '`'),
        Format::Plain => fenced(text, "", '='),
        Format::Xml => xml(text),
        Format::Json => json(text),
    }
}

/// What reading cannot give back: fences and elements end a text that has no line break with one.
pub fn as_read(text: &str, format: Format) -> String {
    let mut text = text.to_owned();
    if format == Format::Xml {
        let allowed =
            |c: char| c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}') || matches!(c, '\t' | '\n' | '\r');
        text = text.chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }).collect();
    }
    if format != Format::Json && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn fenced(mut rest: &str, lead: &str, mark: char) -> Vec<Seen> {
    let mut seen = Vec::new();
    loop {
        let (header, after) = rest.split_once('\n').unwrap();
        let (number, header) =
            header.strip_prefix(lead).unwrap().strip_prefix('[').unwrap().split_once("] ").unwrap();
        let (citation, marks) = header.split_once(' ').unwrap_or((header, ""));
        let (fence, after) = after.split_once('\n').unwrap();
        assert!(fence.len() >= 3 && fence.chars().all(|c| c == mark), "{fence:?}");
        // The first run as long as the fence ends the text.
        let end = after.find(fence).unwrap();
        let (text, after) = (&after[..end], after[end + fence.len()..].strip_prefix('\n').unwrap());
        seen.push(Seen {
            number: number.parse().unwrap(),
            citation: citation.to_owned(),
            untrusted: marks.starts_with("(untrusted)"),
            text: text.to_owned(),
        });
        if after.is_empty() {
            return seen;
        }
        rest = after.strip_prefix('\n').unwrap();
    }
}

fn xml(text: &str) -> Vec<Seen> {
    let inner = text.strip_prefix("<context>\n").unwrap().strip_suffix("</context>\n").unwrap();
    let mut seen = Vec::new();
    let mut rest = inner;
    while !rest.is_empty() {
        let (tag, after) = rest.strip_prefix("<passage ").unwrap().split_once(">\n").unwrap();
        let (body, after) = after.split_once("</passage>\n").unwrap();
        assert!(!body.contains('<') && !tag.contains(['<', '\n']), "{body:?} {tag:?}");
        let attribute = |name: &str| {
            let value = tag.split_once(&format!("{name}=\""))?.1.split_once('"')?.0;
            Some(plain(value))
        };
        seen.push(Seen {
            number: attribute("n").unwrap().parse().unwrap(),
            citation: attribute("citation").unwrap(),
            untrusted: attribute(" trust").is_some(),
            text: plain(body),
        });
        rest = after;
    }
    seen
}

fn plain(escaped: &str) -> String {
    escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn json(text: &str) -> Vec<Seen> {
    let values: Vec<Value> = serde_json::from_str(text).unwrap();
    let string = |value: &Value| value.as_str().unwrap().to_owned();
    let see = |value: Value| Seen {
        number: usize::try_from(value["n"].as_u64().unwrap()).unwrap(),
        citation: string(&value["citation"]),
        untrusted: value.get("trust").is_some_and(|trust| trust == "untrusted"),
        text: string(&value["text"]),
    };
    values.into_iter().map(see).collect()
}
