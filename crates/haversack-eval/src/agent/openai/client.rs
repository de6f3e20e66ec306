use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ureq::http::{HeaderName, HeaderValue, Response, StatusCode, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Body, Error, Proxy};

use super::completion::Refusal;
use super::{OpenAiSpec, wait};
use crate::agent::setting::{check, seconds};
use crate::agent::{AgentError, AgentSetting, AgentSpecError};
use crate::secret::Secrets;

const ENDPOINT: &str = "/chat/completions";

/// Sends requests to one endpoint. Redirects are not followed: the key would go along.
pub(super) struct Client {
    agent: ureq::Agent,
    url: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    max_response: usize,
    timeout: Duration,
    secrets: Secrets,
}

/// A request that brought no reply.
pub(super) struct Failure {
    pub error: AgentError,
    pub again: Again,
    /// Whether it is certain that no model worked on it.
    pub is_free: bool,
}

/// Whether another attempt may succeed.
pub(super) enum Again {
    /// No.
    Never,
    /// Yes, later.
    Later,
    /// Yes, and the server said when.
    After(Duration),
}

impl Failure {
    /// One that will not pass, of something that was not sent, or was read.
    pub fn never(error: AgentError) -> Self {
        Self { error, again: Again::Never, is_free: true }
    }
}

impl Client {
    pub fn new(
        spec: &OpenAiSpec,
        setting: &AgentSetting<'_>,
        secrets: &mut Secrets,
    ) -> Result<Self, AgentSpecError> {
        let (url, is_safe) = endpoint(&spec.base_url)?;
        let headers = headers(spec, setting, secrets)?;
        let has_secrets = spec.api_key_env.is_some() || !spec.headers_env.is_empty();
        check(
            is_safe || spec.plain_http || !has_secrets,
            "base_url",
            "https where a secret is sent to another machine, unless `plain_http = true`",
        )?;
        let timeout = seconds("timeout", spec.timeout)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy(spec)?)
            .tls_config(tls)
            .timeout_global(Some(timeout))
            .timeout_connect(Some(seconds("connect_timeout", spec.connect_timeout)?))
            .max_idle_connections_per_host(spec.concurrency)
            .user_agent(concat!("haversack/", env!("CARGO_PKG_VERSION")))
            .build();
        let (max_response, secrets) = (spec.max_response, secrets.clone());
        Ok(Self { agent: config.new_agent(), url, headers, max_response, timeout, secrets })
    }

    /// Where requests go.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request and reads the reply of one that succeeded.
    pub fn post(&self, body: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut request = self.agent.post(&self.url).content_type("application/json");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut response = request.send(body).map_err(|error| self.broken(&error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(self.refused(status, &mut response));
        }
        let bytes = self.body(&mut response).map_err(|error| self.broken(&error))?;
        if bytes.len() > self.max_response {
            let reason = format!("the reply is longer than {} bytes", self.max_response);
            return Err(Failure { is_free: false, ..Failure::never(AgentError::Protocol { reason }) });
        }
        Ok(bytes)
    }

    /// At most a byte more than is allowed.
    fn body(&self, response: &mut Response<Body>) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let mut reader = response.body_mut().as_reader().take(self.max_response as u64 + 1);
        reader.read_to_end(&mut bytes).map_err(Error::from)?;
        Ok(bytes)
    }

    /// No reply at all, or half of one.
    fn broken(&self, error: &Error) -> Failure {
        let is_free =
            matches!(error, Error::HostNotFound | Error::ConnectionFailed | Error::Tls(_) | Error::BadUri(_))
                || matches!(error, Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused)
                || matches!(error, Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve));
        let again = match error {
            Error::BadUri(_) | Error::Http(_) | Error::Tls(_) | Error::Rustls(_) | Error::InvalidProxyUrl => {
                Again::Never
            }
            _ => Again::Later,
        };
        let error = match error {
            Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                AgentError::Failed { reason: format!("{} cannot be reached in time", self.url) }
            }
            Error::Timeout(_) => AgentError::TimedOut { seconds: self.timeout.as_secs_f64() },
            error => {
                let error = self.secrets.redact(&error.to_string());
                AgentError::Failed { reason: format!("no reply from {}: {error}", self.url) }
            }
        };
        Failure { error, again, is_free }
    }

    /// A reply that is no success.
    fn refused(&self, status: StatusCode, response: &mut Response<Body>) -> Failure {
        let asked = wait::asked(response.headers(), SystemTime::now());
        let location = response.headers().get("location").and_then(|value| value.to_str().ok());
        let location = location.map(|location| self.secrets.redact(location));
        // A body that breaks off says as much as it says.
        let refusal = Refusal::read(&self.body(response).unwrap_or_default());
        let said = refusal.text(&self.secrets);
        let passes =
            matches!(status.as_u16(), 408 | 409 | 429 | 500 | 502 | 503 | 504) && !refusal.is_final();
        let reason = if status.is_redirection() {
            let to = location.unwrap_or_default();
            format!("{} answers {status} and points to {to}: name that address as `base_url`", self.url)
        } else if refusal.is_too_long() && !passes {
            format!("the prompt is longer than the model's context ({status}): {said}")
        } else {
            format!("{} answers {status}: {said}", self.url)
        };
        let again = match (passes, asked) {
            (false, _) => Again::Never,
            (true, Some(wait)) => Again::After(wait),
            (true, None) => Again::Later,
        };
        Failure { error: AgentError::Failed { reason }, again, is_free: true }
    }
}

/// The address of the endpoint, and whether nobody on the way can read what is sent there.
fn endpoint(base: &str) -> Result<(String, bool), AgentSpecError> {
    let wrong = |expected| AgentSpecError::Value { key: "base_url".to_owned(), expected };
    let url = base.trim_end_matches('/');
    let url = if url.ends_with(ENDPOINT) { url.to_owned() } else { format!("{url}{ENDPOINT}") };
    let uri: Uri = url.parse().map_err(|_| wrong("an address, such as https://api.openai.com/v1"))?;
    let is_tls = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(wrong("an address that begins with https:// or http://")),
    };
    if uri.authority().is_none_or(|authority| authority.as_str().contains('@')) {
        return Err(wrong("an address without a user's name or password"));
    }
    if uri.query().is_some() || base.contains('#') {
        return Err(wrong("an address without a query"));
    }
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    Ok((url, is_tls || is_here))
}

fn headers(
    spec: &OpenAiSpec,
    setting: &AgentSetting<'_>,
    secrets: &mut Secrets,
) -> Result<Vec<(HeaderName, HeaderValue)>, AgentSpecError> {
    let mut headers = Vec::new();
    let mut add = |key: String, name: &str, value: &str, is_secret: bool| {
        let wrong = |expected| AgentSpecError::Value { key: key.clone(), expected };
        let name: HeaderName = name.parse().map_err(|_| wrong("named as a header can be"))?;
        let mut value: HeaderValue = value.parse().map_err(|_| wrong("a value that a header can hold"))?;
        value.set_sensitive(is_secret);
        headers.push((name, value));
        Ok::<(), AgentSpecError>(())
    };
    if let Some(name) = &spec.api_key_env {
        let secret = setting.required("api_key_env", name)?;
        secrets.add(&secret);
        add("api_key_env".to_owned(), "authorization", &format!("Bearer {secret}"), true)?;
    }
    for (header, name) in &spec.headers_env {
        let key = format!("headers_env.{header}");
        let secret = setting.required(&key, name)?;
        secrets.add(&secret);
        add(key, header, &secret, true)?;
    }
    for (header, value) in &spec.headers {
        add(format!("headers.{header}"), header, value, false)?;
    }
    Ok(headers)
}

fn proxy(spec: &OpenAiSpec) -> Result<Option<Proxy>, AgentSpecError> {
    let Some(address) = &spec.proxy else { return Ok(None) };
    if address.contains('@') {
        return Err(AgentSpecError::Value {
            key: "proxy".to_owned(),
            expected: "an address without a user's name or password",
        });
    }
    let expected = "an address, such as http://localhost:3128";
    Proxy::new(address).map(Some).map_err(|_| AgentSpecError::Value { key: "proxy".to_owned(), expected })
}
