//! From a URL and the environment to a client of the service.

use std::sync::Arc;
use std::time::Duration;

#[cfg(any(feature = "s3", feature = "azure"))]
use object_store::ClientConfigKey;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use url::Url;

use crate::location::{Service, shown};
use crate::{Options, RemoteError};

/// One request may move a part of some megabytes over a slow line.
const REQUEST: Duration = Duration::from_secs(300);

/// The client, and the folder within the bucket.
pub(crate) fn connect(url: &str, options: &Options) -> Result<(Arc<dyn ObjectStore>, Path), RemoteError> {
    let service = Service::of(url)?;
    let wrong = |reason: &str| RemoteError::Url { url: shown(url), reason: reason.to_owned() };
    let parsed = Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
    if !parsed.username().is_empty() || parsed.password().is_some() || parsed.query().is_some() {
        return Err(wrong("credentials and settings come from the environment, not from the URL"));
    }
    let host =
        parsed.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("it names no bucket"))?;
    let path = parsed.path().trim_matches('/');
    let (bucket, folder) = match service {
        Service::S3Compatible => path.split_once('/').unwrap_or((path, "")),
        _ => (host, path),
    };
    if bucket.is_empty() {
        return Err(wrong("it names no bucket"));
    }
    let folder = Path::from_url_path(folder).map_err(|error| wrong(&error.to_string()))?;
    // Whoever embeds this may have chosen a provider: theirs then stands.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = match service {
        #[cfg(feature = "s3")]
        Service::S3 | Service::S3Compatible => s3(service, &parsed, bucket, options)?,
        #[cfg(feature = "gcs")]
        Service::Gcs => gcs(&parsed, bucket, options)?,
        #[cfg(feature = "azure")]
        Service::Azure => azure(&parsed, bucket, options)?,
        #[cfg(not(all(feature = "s3", feature = "gcs", feature = "azure")))]
        _ => return Err(wrong("this program has no such object store")),
    };
    Ok((store, folder))
}

/// Applies the settings that a service knows; one that it does not know is a mistake of the caller.
macro_rules! set {
    ($builder:expr, $url:expr, $options:expr) => {{
        let mut builder = $builder;
        for (key, value) in &$options.settings {
            let key = key.to_ascii_lowercase().parse().map_err(setup($url))?;
            builder = builder.with_config(key, value.clone());
        }
        builder
    }};
}

#[cfg(feature = "s3")]
fn s3(
    service: Service,
    url: &Url,
    bucket: &str,
    options: &Options,
) -> Result<Arc<dyn ObjectStore>, RemoteError> {
    use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};

    let mut builder = set!(AmazonS3Builder::from_env(), url, options).with_bucket_name(bucket);
    if service == Service::S3Compatible {
        // The port is kept, and the bucket is the first part of the path.
        builder = builder.with_endpoint(url.origin().ascii_serialization());
        builder = builder.with_virtual_hosted_style_request(false);
    }
    let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint];
    let endpoint = endpoint.iter().find_map(|key| builder.get_config_value(key));
    let asked = builder.get_config_value(&AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp));
    let plain = allow_http(endpoint.as_deref(), asked.as_deref(), options)?;
    let store = builder
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(retry(options))
        .with_client_options(client(plain))
        .build()
        .map_err(setup(url))?;
    Ok(Arc::new(store))
}

#[cfg(feature = "gcs")]
fn gcs(url: &Url, bucket: &str, options: &Options) -> Result<Arc<dyn ObjectStore>, RemoteError> {
    use object_store::gcp::GoogleCloudStorageBuilder;

    let builder = set!(GoogleCloudStorageBuilder::from_env(), url, options).with_bucket_name(bucket);
    let store = builder
        .with_retry(retry(options))
        .with_client_options(client(options.allow_http))
        .build()
        .map_err(setup(url))?;
    Ok(Arc::new(store))
}

#[cfg(feature = "azure")]
fn azure(url: &Url, bucket: &str, options: &Options) -> Result<Arc<dyn ObjectStore>, RemoteError> {
    use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};

    let builder = set!(MicrosoftAzureBuilder::from_env(), url, options).with_container_name(bucket);
    let endpoint = builder.get_config_value(&AzureConfigKey::Endpoint);
    let asked = builder.get_config_value(&AzureConfigKey::Client(ClientConfigKey::AllowHttp));
    let plain = allow_http(endpoint.as_deref(), asked.as_deref(), options)?;
    let store =
        builder.with_retry(retry(options)).with_client_options(client(plain)).build().map_err(setup(url))?;
    Ok(Arc::new(store))
}

/// Whether plain connections are made. They are to this machine, and elsewhere when somebody asked for it.
#[cfg(any(feature = "s3", feature = "azure"))]
fn allow_http(endpoint: Option<&str>, asked: Option<&str>, options: &Options) -> Result<bool, RemoteError> {
    let Some(endpoint) = endpoint.filter(|endpoint| endpoint.starts_with("http://")) else {
        return Ok(false);
    };
    let local = Url::parse(endpoint).ok().is_some_and(|url| match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    });
    let asked = asked.is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "on"));
    if local || asked || options.allow_http { Ok(true) } else { Err(RemoteError::Insecure(shown(endpoint))) }
}

fn client(plain: bool) -> ClientOptions {
    ClientOptions::new()
        .with_timeout(REQUEST)
        .with_connect_timeout(Duration::from_secs(10))
        .with_allow_http(plain)
}

fn retry(options: &Options) -> RetryConfig {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(10),
        base: 2.0,
    };
    RetryConfig { backoff, max_retries: options.retries, retry_timeout: options.patience }
}

fn setup(url: &Url) -> impl Fn(object_store::Error) -> RemoteError {
    let url = shown(url.as_str());
    move |source| RemoteError::Setup { url: url.clone(), source: Box::new(source) }
}
