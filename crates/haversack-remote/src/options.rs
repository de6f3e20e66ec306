use std::time::Duration;

/// How to reach an object store. The default is right for the services themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Settings by the names that `object_store` gives them (`aws_endpoint_url`, `aws_region`, `aws_allow_http`, ...).
    /// They win over the environment.
    pub settings: Vec<(String, String)>,
    /// Whether connections without encryption are allowed to other machines; to this machine they always are.
    pub allow_http: bool,
    /// How often a request is tried again after the server was busy or out of reach, with growing pauses in between.
    pub retries: usize,
    /// How long one file operation may take with all its retries.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { settings: Vec::new(), allow_http: false, retries: 6, patience: Duration::from_secs(120) }
    }
}
