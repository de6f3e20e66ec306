//! Reading a TOML file whose every key is known.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::text::{at, nearest};
use crate::{EvalError, LineError};

/// The keys of a table and of the tables below it.
pub(super) enum Keys {
    /// A value.
    Leaf,
    /// A table (or a list of tables) with these keys.
    Table(&'static [(&'static str, Keys)]),
    /// A table with any keys, all of the same kind.
    Any(&'static Keys),
}

/// Reads a file; an unknown key is an error with its line and the nearest known key.
pub(super) fn parse<T: DeserializeOwned>(text: &str, file: &str, keys: &Keys) -> Result<T, EvalError> {
    toml::from_str(text).map_err(|error| {
        let end = error.span().map_or(0, |span| span.start).min(text.len());
        let line = 1 + text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count();
        let table = toml::from_str::<Table>(text).ok();
        match table.and_then(|table| unknown(&Value::Table(table), keys, "")) {
            Some((key, suggestion)) => at(file, line, LineError::UnknownKey { key, suggestion }),
            None => at(file, line, LineError::Toml(Box::new(error))),
        }
    })
}

fn unknown(value: &Value, keys: &Keys, under: &str) -> Option<(String, Option<String>)> {
    match (value, keys) {
        (Value::Array(items), Keys::Table(_)) => items.iter().find_map(|item| unknown(item, keys, under)),
        (Value::Table(table), Keys::Any(below)) => {
            table.iter().find_map(|(key, value)| unknown(value, below, &format!("{under}{key}.")))
        }
        (Value::Table(table), Keys::Table(known)) => {
            table.iter().find_map(|(key, value)| match known.iter().find(|(name, _)| name == key) {
                Some((_, below)) => unknown(value, below, &format!("{under}{key}.")),
                None => {
                    let near = nearest(key, known.iter().map(|(name, _)| *name));
                    Some((format!("{under}{key}"), near.map(|name| format!("{under}{name}"))))
                }
            })
        }
        _ => None,
    }
}
