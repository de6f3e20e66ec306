use std::fmt;
use std::str::FromStr;

/// How a person names a version: `docs`, `docs@v1`, `docs@latest~2`, `docs@3f9c2a1b`.
///
/// ```
/// use haversack_store::{Address, Point};
/// let address: Address = "docs@v1~2".parse()?;
/// assert_eq!((address.context.as_str(), address.back), ("docs", 2));
/// assert_eq!(address.point, Point::Named("v1".to_owned()));
/// assert_eq!(address.to_string(), "docs@v1~2");
/// # Ok::<(), haversack_store::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The context.
    pub context: String,
    /// Where in its line.
    pub point: Point,
    /// How many entries of the log before that.
    pub back: usize,
}

/// A point in a context's line of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Point {
    /// The newest version.
    Latest,
    /// A tag, or the first 4 or more digits of a version id; tags win.
    Named(String),
}

/// A string that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a version address (expected `context`, `context@tag`, `context@latest~1` or `context@3f9c2a1b`)"
)]
pub struct InvalidAddress(pub String);

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || InvalidAddress(text.chars().take(120).collect());
        let (named, back) = match text.split_once('~') {
            Some((named, "")) => (named, 1),
            Some((named, back)) => (named, back.parse().map_err(|_| wrong())?),
            None => (text, 0),
        };
        let (context, point) = match named.split_once('@') {
            Some((context, "latest")) => (context, Point::Latest),
            Some((context, point)) if is_name(point) => (context, Point::Named(point.to_owned())),
            Some(_) => return Err(wrong()),
            None => (named, Point::Latest),
        };
        if !is_name(context) {
            return Err(wrong());
        }
        Ok(Self { context: context.to_owned(), point, back })
    }
}

/// Whether a string may name a context or a tag: it becomes a file name, so nothing that leads elsewhere.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= 100
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.context)?;
        match &self.point {
            Point::Latest if self.back == 0 => return Ok(()),
            Point::Latest => f.write_str("@latest")?,
            Point::Named(name) => write!(f, "@{name}")?,
        }
        if self.back > 0 {
            write!(f, "~{}", self.back)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_print_as_they_are_read() {
        for text in ["docs", "docs@v1", "docs@latest~2", "docs@3f9c2a1b~1", "a.b-c_d@x"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!("docs@latest".parse::<Address>().unwrap().to_string(), "docs");
        assert_eq!("docs~".parse::<Address>().unwrap().back, 1);
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for text in ["", "@v1", "docs@", "docs~x", "../x", "a/b", "docs@a/b", "docs@..", ".hidden", "é"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
