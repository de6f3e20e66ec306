use saphyr_parser::{Event, Parser, ScalarStyle};

use super::facts::Fact;

/// Deepest nesting of front matter that is read.
const MAX_DEPTH: usize = 64;

/// What a block of YAML turned out to be.
pub(super) enum Yaml {
    /// A mapping; values that are neither scalars nor lists of scalars are [`Fact::Other`].
    Mapping(Vec<(String, Fact)>),
    /// Nothing but white space and comments.
    Empty,
    /// A list or a scalar, as the text between two thematic breaks is.
    NotMapping,
}

/// Reads one YAML document whose top level is a mapping.
///
/// Anchors, aliases and duplicate keys are refused: front matter may carry labels, and a reader that guesses
/// could lose one.
pub(super) fn mapping(text: &str) -> Result<Yaml, String> {
    let mut parser = Parser::new_from_str(text);
    loop {
        match next(&mut parser)? {
            Some(Event::MappingStart(..)) => return members(&mut parser).map(Yaml::Mapping),
            Some(Event::SequenceStart(..)) => {
                skip(&mut parser)?;
                return Ok(Yaml::NotMapping);
            }
            Some(Event::Scalar(value, ScalarStyle::Plain, ..)) if is_null(&value) => return Ok(Yaml::Empty),
            Some(Event::Scalar(..)) => return Ok(Yaml::NotMapping),
            Some(Event::StreamStart | Event::DocumentStart(_) | Event::Nothing) => {}
            _ => return Ok(Yaml::Empty),
        }
    }
}

type Source<'a> = Parser<'a, saphyr_parser::StrInput<'a>>;

fn next<'a>(parser: &mut Source<'a>) -> Result<Option<Event<'a>>, String> {
    match parser.next_event() {
        None => Ok(None),
        Some(Ok((Event::Alias(_), _))) => Err("YAML aliases are not read".to_owned()),
        Some(Ok((event, _))) => Ok(Some(event)),
        Some(Err(error)) => Err(error.to_string()),
    }
}

fn members(parser: &mut Source<'_>) -> Result<Vec<(String, Fact)>, String> {
    let mut members: Vec<(String, Fact)> = Vec::new();
    loop {
        let key = match next(parser)? {
            Some(Event::Scalar(key, ..)) => key.to_ascii_lowercase(),
            Some(Event::MappingEnd) => break,
            _ => return Err("a key is not a word".to_owned()),
        };
        if members.iter().any(|(known, _)| *known == key) {
            return Err(format!("key `{key}` stands twice"));
        }
        let fact = value(parser)?;
        members.push((key, fact));
    }
    // The rest must be one well-formed document, or the mapping was cut short.
    while let Some(event) = next(parser)? {
        if matches!(event, Event::DocumentStart(_)) {
            return Err("more than one YAML document".to_owned());
        }
    }
    Ok(members)
}

fn value(parser: &mut Source<'_>) -> Result<Fact, String> {
    match next(parser)? {
        Some(Event::Scalar(value, ScalarStyle::Plain, ..)) if is_null(&value) => Ok(Fact::Nothing),
        Some(Event::Scalar(value, ..)) => Ok(Fact::One(value.into_owned())),
        Some(Event::SequenceStart(..)) => list(parser),
        Some(Event::MappingStart(..)) => skip(parser).map(|()| Fact::Other),
        _ => Err("a value is missing".to_owned()),
    }
}

fn list(parser: &mut Source<'_>) -> Result<Fact, String> {
    let mut items = Vec::new();
    let mut scalars = true;
    loop {
        match next(parser)? {
            Some(Event::SequenceEnd) => break,
            Some(Event::Scalar(value, ..)) => items.push(value.into_owned()),
            Some(Event::SequenceStart(..) | Event::MappingStart(..)) => {
                skip(parser)?;
                scalars = false;
            }
            _ => return Err("a list is not closed".to_owned()),
        }
    }
    Ok(if scalars { Fact::Many(items) } else { Fact::Other })
}

/// Reads on to the end of the list or mapping that was just opened.
fn skip(parser: &mut Source<'_>) -> Result<(), String> {
    let mut depth = 1_usize;
    while depth > 0 {
        match next(parser)? {
            Some(Event::SequenceStart(..) | Event::MappingStart(..)) => depth += 1,
            Some(Event::SequenceEnd | Event::MappingEnd) => depth -= 1,
            None => return Err("a list or mapping is not closed".to_owned()),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err("nested too deeply".to_owned());
        }
    }
    Ok(())
}

fn is_null(value: &str) -> bool {
    matches!(value, "" | "~" | "null" | "Null" | "NULL")
}
