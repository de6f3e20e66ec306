use crate::RemoteError;

/// Which service a URL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Amazon S3 by bucket name.
    S3,
    /// A server of the S3 protocol by its address.
    S3Compatible,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
}

impl Service {
    /// The service that a URL is for, if this program was built with it.
    pub fn of(url: &str) -> Result<Self, RemoteError> {
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        let (service, feature, built) = match scheme {
            "s3" => (Self::S3, "s3", cfg!(feature = "s3")),
            "http" | "https" => (Self::S3Compatible, "s3", cfg!(feature = "s3")),
            "gs" => (Self::Gcs, "gcs", cfg!(feature = "gcs")),
            "az" => (Self::Azure, "azure", cfg!(feature = "azure")),
            _ => {
                let reason = "it begins with none of s3://, https://, gs://, az://".to_owned();
                return Err(RemoteError::Url { url: shown(url), reason });
            }
        };
        if built { Ok(service) } else { Err(RemoteError::Feature { scheme: scheme.to_owned(), feature }) }
    }
}

/// Whether a text is the URL of an object store rather than a folder, built with it or not.
///
/// ```
/// use haversack_remote::is_object_url;
/// assert!(is_object_url("s3://bucket/folder"));
/// assert!(!is_object_url("/mnt/share/knowledge"));
/// ```
#[must_use]
pub fn is_object_url(text: &str) -> bool {
    ["s3://", "https://", "http://", "gs://", "az://"].iter().any(|scheme| text.starts_with(scheme))
}

/// A URL as it may stand in messages: nothing that could be a password.
pub(crate) fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or_default();
    let shown = if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") };
    shown.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_shown() {
        assert_eq!(shown("https://me:secret@host:9000/b/f?key=secret#x"), "https://host:9000/b/f");
        assert_eq!(shown("s3://bucket"), "s3://bucket");
        assert_eq!(shown("me:secret@there"), "there");
    }

    #[test]
    fn schemes_name_services() {
        assert_eq!(Service::of("s3://b").unwrap(), Service::S3);
        assert_eq!(Service::of("http://localhost/b").unwrap(), Service::S3Compatible);
        assert!(matches!(Service::of("ftp://host/b"), Err(RemoteError::Url { .. })));
        assert!(matches!(Service::of("bucket"), Err(RemoteError::Url { .. })));
    }
}
