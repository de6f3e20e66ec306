//! What opening a remote accepts, without talking to anybody.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use haversack_remote::{ObjectRemote, Options, RemoteError};

fn open(url: &str, settings: &[(&str, &str)]) -> Result<ObjectRemote, RemoteError> {
    let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    ObjectRemote::open(url, &Options { settings, ..Options::default() })
}

#[test]
fn every_service_opens() {
    open("s3://bucket/folder", &[("aws_region", "eu-central-1")]).unwrap();
    open("https://minio.example.org:9000/bucket/folder", &[]).unwrap();
    open("gs://bucket", &[]).unwrap();
    let key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    let azure = open(
        "az://container/folder",
        &[("azure_storage_account_name", "a"), ("azure_storage_account_key", key)],
    );
    assert_eq!(azure.unwrap().describe(), "az://container/folder");
}

#[test]
fn what_is_no_remote_is_refused() {
    for url in [
        "bucket",
        "ftp://host/bucket",
        "s3://",
        "https://host",
        "s3://b?key=secret",
        "s3://me:secret@bucket/x",
    ] {
        let error = open(url, &[]).unwrap_err();
        assert!(matches!(error, RemoteError::Url { .. }), "{url}: {error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    assert!(matches!(open("s3://b", &[("aws_reginn", "x")]), Err(RemoteError::Setup { .. })));
}

#[test]
fn connections_to_other_machines_are_encrypted_unless_asked() {
    assert!(matches!(open("http://minio.example.org/bucket", &[]), Err(RemoteError::Insecure(_))));
    let endpoint = ("aws_endpoint_url", "http://minio.example.org");
    assert!(matches!(open("s3://bucket", &[endpoint]), Err(RemoteError::Insecure(_))));
    open("s3://bucket", &[endpoint, ("aws_allow_http", "true")]).unwrap();
    open("http://localhost:9000/bucket", &[]).unwrap();
}
