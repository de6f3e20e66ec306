use super::outline::Outline;
use super::plain;

/// Items as blocks and sections.
pub(super) fn outline(text: &str, body: usize, _language: &str) -> Outline {
    plain::code(text, body)
}
