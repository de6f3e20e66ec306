use super::OpenAiSpec;
use crate::agent::AgentSpecError;
use crate::agent::setting::check;

/// Headers that hold secrets by their nature, and so have no place in a file that is committed.
const SECRET_HEADERS: [&str; 5] = ["authorization", "proxy-authorization", "api-key", "x-api-key", "cookie"];

/// Keys of a request that have their own keys in the suite, or would change what a reply looks like.
const RESERVED: [&str; 9] = [
    "model",
    "messages",
    "stream",
    "n",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "seed",
    "tools",
];

/// Largest seed: sums with trials stay exact in every language (2^53).
const SEEDS: u64 = (1 << 53) - (1 << 32);

/// Refuses what cannot be meant, before anything is asked of a server.
pub(super) fn values(spec: &OpenAiSpec) -> Result<(), AgentSpecError> {
    let amount = |value: f64| value >= 0.0 && value.is_finite();
    check(!spec.model.trim().is_empty(), "model", "the name of a model")?;
    check(spec.temperature.is_none_or(amount), "temperature", "at least 0")?;
    check(spec.max_tokens > 0, "max_tokens", "at least 1")?;
    check(spec.seed.is_none_or(|seed| seed <= SEEDS), "seed", "below 2^53 - 2^32")?;
    check(spec.max_cost.is_none_or(amount), "max_cost", "at least 0")?;
    check(spec.concurrency > 0, "concurrency", "at least 1")?;
    check(spec.max_response > 0, "max_response", "at least 1 byte")?;
    if let Some(prices) = spec.prices {
        check(amount(prices.input) && amount(prices.output), "prices", "at least 0")?;
    }
    if spec.max_cost.is_some() && spec.prices.is_none() {
        return Err(AgentSpecError::Needs { key: "max_cost", needs: "prices" });
    }
    if let Some(name) = spec.headers.keys().find(|name| is_secret(name)) {
        return Err(AgentSpecError::SecretInFile { key: format!("headers.{name}"), instead: "headers_env" });
    }
    match spec.body.keys().find(|key| RESERVED.contains(&key.as_str())) {
        Some(key) => Err(AgentSpecError::Value {
            key: format!("body.{key}"),
            expected: "left out: it has a key of its own, or would change what a reply looks like",
        }),
        None => Ok(()),
    }
}

fn is_secret(header: &str) -> bool {
    SECRET_HEADERS.contains(&header.to_ascii_lowercase().as_str())
}
