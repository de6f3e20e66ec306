//! The bundled counters against tiktoken 0.14.0 (`encode_ordinary`), on the vocabularies whose SHA-256 it checks.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[test]
fn counts_agree_with_tiktoken() {
    let table = include_str!("fixtures/tiktoken.jsonl");
    let counters = haversack_select::TOKENIZERS.map(|name| haversack_select::counter(name).unwrap());
    let mut wrong = Vec::new();
    for line in table.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = row["text"].as_str().unwrap();
        for counter in &counters {
            let expected = usize::try_from(row[counter.name()].as_u64().unwrap()).unwrap();
            let found = counter.count(text);
            if found != expected {
                wrong.push((counter.name().to_owned(), text.to_owned(), expected, found));
            }
            assert!(counter.fits(text, found) && (found == 0 || !counter.fits(text, found - 1)), "{text:?}");
        }
    }
    assert!(wrong.is_empty(), "{} differ: {wrong:#?}", wrong.len());
}
