//! Lines of a file with their numbers, and the nearest name.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{EvalError, LineError};

/// Reads a whole file as UTF-8, without its byte order mark.
pub(crate) fn read(path: &Path) -> Result<String, EvalError> {
    let bytes = std::fs::read(path).map_err(|source| EvalError::Read { path: path.to_owned(), source })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let upto = error.utf8_error().valid_up_to();
            let line = 1 + error.as_bytes()[..upto].iter().filter(|byte| **byte == b'\n').count();
            Err(EvalError::Line { file: path.display().to_string(), line, source: LineError::NotUtf8 })
        }
    }
}

/// Writes a whole file beside its place and moves it there, so that no reader sees half of it.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), EvalError> {
    let wrap = |source| EvalError::Write { path: path.to_owned(), source };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".partial");
    std::fs::write(&beside, text).map_err(wrap)?;
    std::fs::rename(&beside, path).map_err(wrap)
}

/// The lines that hold something, numbered from 1, without line ends of either kind.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split('\n')
        .enumerate()
        .map(|(index, line)| (index + 1, line.strip_suffix('\r').unwrap_or(line)))
        .filter(|(_, line)| !line.trim().is_empty())
}

/// Columns of a TREC line: separated by tabs where that gives the expected number (ids may then hold spaces),
/// else by any white space.
pub(crate) fn columns(line: &str, expected: usize) -> Vec<&str> {
    let tabs: Vec<&str> = line.split('\t').map(str::trim).collect();
    if tabs.len() == expected && tabs.iter().all(|column| !column.is_empty()) {
        return tabs;
    }
    line.split_ascii_whitespace().collect()
}

/// The first key of a JSON table that is none of the known ones, as an error that names it with the path that it stands
/// `under` (empty, or with a point at its end).
pub(crate) fn unknown_in(value: &Value, known: &[&str], under: &str) -> Option<LineError> {
    let key = value.as_object()?.keys().find(|key| !known.contains(&key.as_str()))?;
    let suggestion = nearest(key, known.iter().copied()).map(|name| format!("{under}{name}"));
    Some(LineError::UnknownKey { key: format!("{under}{key}"), suggestion })
}

/// The first unknown key of an answer or of its usage.
pub(crate) fn unknown_in_answer(answer: &Value) -> Option<LineError> {
    unknown_in(answer, &["text", "abstained", "citations", "usage"], "answer.").or_else(|| {
        unknown_in(&answer["usage"], &["calls", "input_tokens", "output_tokens", "cost"], "answer.usage.")
    })
}

/// Reads one JSON object. A list is refused, which serde would take for the values of the keys in their order.
pub(crate) fn json_object<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    if text.trim_start().starts_with('[') {
        return Err(serde::de::Error::custom("a list, where an object was expected"));
    }
    serde_json::from_str(text)
}

/// An error at a line of a file.
pub(crate) fn at(file: &str, line: usize, source: impl Into<LineError>) -> EvalError {
    EvalError::Line { file: file.to_owned(), line, source: source.into() }
}

/// At most 80 characters of something wrong, for a message.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Whether a string can be an id: not empty, no control characters, no white space at its ends.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control)
}

/// The nearest name, when it is near enough to be what was meant.
pub(crate) fn nearest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    names
        .map(|name| (strsim::damerau_levenshtein(&given, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 3))
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers_through_blanks_and_carriage_returns() {
        let got: Vec<_> = lines("\u{feff}a\r\n\r\n \nb").collect();
        assert_eq!(got, [(1, "a"), (4, "b")]);
    }

    #[test]
    fn tabs_protect_spaces_in_ids() {
        assert_eq!(columns("q\t0\tmy file.md\t1", 4), ["q", "0", "my file.md", "1"]);
        assert_eq!(columns("q 0  d\t 1", 4), ["q", "0", "d", "1"]);
    }

    #[test]
    fn bytes_that_are_not_text_are_an_error_with_a_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"a\nb\xff\n").unwrap();
        assert!(matches!(
            read(file.path()),
            Err(EvalError::Line { line: 2, source: LineError::NotUtf8, .. })
        ));
    }
}
