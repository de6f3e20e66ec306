use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

/// One row of a table: cells by column, in the order of the source.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Row(pub(super) Vec<(String, Value)>);

impl Row {
    pub(super) fn get(&self, column: &str) -> Option<&Value> {
        if column.is_empty() {
            return None;
        }
        self.0.iter().find(|(name, _)| name == column).map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows;
        impl<'de> Visitor<'de> for Rows {
            type Value = Row;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut cells: Vec<(String, Value)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if cells.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom(format_args!("column `{name}` stands twice")));
                    }
                    cells.push((name, value));
                }
                Ok(Row(cells))
            }
        }
        deserializer.deserialize_map(Rows)
    }
}

/// A scalar, or a list of scalars, as one line or more of text; nothing where the cell is empty.
pub(super) fn cell(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) if items.iter().all(is_scalar) => {
            items.iter().filter_map(cell).collect::<Vec<_>>().join(", ")
        }
        Value::Array(_) | Value::Object(_) => sorted(value),
    };
    (!text.trim().is_empty()).then_some(text)
}

pub(super) fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// JSON with sorted keys: the order of a map in memory depends on how the program was built.
fn sorted(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            let members = members
                .iter()
                .map(|(name, value)| format!("{}: {}", Value::String((*name).clone()), sorted(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}
