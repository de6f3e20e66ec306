/// Which state of a file was read: what [`put_if`](crate::ObjectRemote::put_if) compares.
///
/// Opaque: a service's entity tag or generation. Two states of a file never have the same tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(String);

impl Tag {
    /// A tag from its text, as [`as_str`](Self::as_str) gave it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Entity tag and version on two lines: services compare the one or the other.
    #[cfg(feature = "_cloud")]
    pub(crate) fn from_parts(etag: Option<&str>, version: Option<&str>) -> Option<Self> {
        (etag.is_some() || version.is_some())
            .then(|| Self(format!("{}\n{}", etag.unwrap_or_default(), version.unwrap_or_default())))
    }

    #[cfg(feature = "_cloud")]
    pub(crate) fn parts(&self) -> object_store::UpdateVersion {
        let (etag, version) = self.0.split_once('\n').unwrap_or((&self.0, ""));
        let given = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        object_store::UpdateVersion { e_tag: given(etag), version: given(version) }
    }
}
