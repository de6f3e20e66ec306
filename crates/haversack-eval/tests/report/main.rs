//! The report page and the gate, by what others make of their files. Set `HAVERSACK_UPDATE_GOLDEN=1` to write what comes
//! out as what is expected, then read the difference.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod fixture;
mod gate;
mod markup;
mod page;
mod summary;

/// Compares with a file under `tests/golden`, or writes it.
fn golden(name: &str, got: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("HAVERSACK_UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, got).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(got == expected, "{name} differs from what is expected");
}
