use serde_json::Value;

use crate::secret::{Secrets, shortened};

/// Most characters of a reply in a message about it.
const EXCERPT: usize = 300;

/// What a reply holds.
#[derive(Debug, PartialEq)]
pub(crate) struct Completion {
    pub text: String,
    /// Tokens read and written, where the server counts them.
    pub tokens: Option<(u64, u64)>,
}

/// Why a reply is no completion.
#[derive(Debug)]
pub(crate) struct Wrong {
    what: &'static str,
    reply: String,
}

impl Wrong {
    /// In words, with the beginning of the reply.
    pub fn reason(&self, secrets: &Secrets) -> String {
        format!("{}: {}", self.what, shortened(&secrets.redact(&self.reply), EXCERPT))
    }
}

/// Reads a reply that the server calls a success.
pub(crate) fn read(bytes: &[u8]) -> Result<Completion, Wrong> {
    let Ok(reply) = serde_json::from_slice::<Value>(bytes) else {
        return Err(Wrong {
            what: "the reply is not JSON",
            reply: String::from_utf8_lossy(bytes).into_owned(),
        });
    };
    let wrong = |what| Err(Wrong { what, reply: reply.to_string() });
    let choice = &reply["choices"][0];
    if choice.is_null() {
        return wrong("the reply is no completion");
    }
    let message = &choice["message"];
    let text = content(&message["content"]).or_else(|| content(&message["refusal"])).unwrap_or_default();
    if text.trim().is_empty() {
        return wrong(match choice["finish_reason"].as_str() {
            Some("length") => "`max_tokens` was used up before the answer began",
            Some("content_filter") => "the server's filter withheld the answer",
            _ => "the completion is empty",
        });
    }
    let usage = &reply["usage"];
    let tokens = usage["prompt_tokens"].as_u64().zip(usage["completion_tokens"].as_u64());
    Ok(Completion { text, tokens })
}

/// A text, or a list of parts of which some are text.
fn content(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(parts.iter().filter_map(|part| part["text"].as_str()).collect()),
        _ => None,
    }
}

/// What a server says of a request that it did not fulfil.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    /// Its message, else the whole reply.
    pub message: String,
    /// Its word for the reason, such as `context_length_exceeded`.
    pub code: String,
}

impl Refusal {
    pub fn read(bytes: &[u8]) -> Self {
        let Ok(reply) = serde_json::from_slice::<Value>(bytes) else {
            let message = String::from_utf8_lossy(bytes).trim().to_owned();
            return Self { message, code: String::new() };
        };
        let error = &reply["error"];
        let messages = [&error["message"], error, &reply["message"], &reply["detail"]];
        let message =
            messages.into_iter().find_map(Value::as_str).map_or_else(|| reply.to_string(), str::to_owned);
        let code = error["code"].as_str().or(error["type"].as_str()).unwrap_or_default().to_owned();
        Self { message, code }
    }

    /// Whether the prompt is longer than the model can read. Servers agree on no code; the phrases are those of
    /// OpenAI, vLLM, llama.cpp, Anthropic and Mistral.
    pub fn is_too_long(&self) -> bool {
        let message = self.message.to_lowercase();
        let phrases =
            ["context length", "context window", "context size", "prompt is too long", "too many tokens"];
        matches!(self.code.as_str(), "context_length_exceeded" | "exceed_context_size_error")
            || phrases.iter().any(|phrase| message.contains(phrase))
    }

    /// Whether waiting is of no use: the account is empty.
    pub fn is_final(&self) -> bool {
        self.code == "insufficient_quota"
    }

    /// The message, shortened, without secrets.
    pub fn text(&self, secrets: &Secrets) -> String {
        shortened(&secrets.redact(&self.message), EXCERPT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().reason(&Secrets::default())
    }

    #[test]
    fn a_completion_has_a_text_and_perhaps_counts() {
        let text =
            r#"{"choices":[{"message":{"content":"ü"}}],"usage":{"prompt_tokens":5,"completion_tokens":2}}"#;
        assert_eq!(read(text.as_bytes()).unwrap(), Completion { text: "ü".to_owned(), tokens: Some((5, 2)) });
        let parts =
            r#"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"text":"b"}]}}],"usage":null}"#;
        assert_eq!(read(parts.as_bytes()).unwrap(), Completion { text: "ab".to_owned(), tokens: None });
        let refused = r#"{"choices":[{"message":{"content":null,"refusal":"I will not"}}]}"#;
        assert_eq!(read(refused.as_bytes()).unwrap().text, "I will not");
    }

    #[test]
    fn what_is_no_completion_is_shown() {
        assert_eq!(reason("<html>busy</html>"), "the reply is not JSON: <html>busy</html>");
        assert_eq!(reason("{\"choices\":[]}"), "the reply is no completion: {\"choices\":[]}");
        let cut = reason(r#"{"choices":[{"message":{"content":""},"finish_reason":"length"}]}"#);
        assert!(cut.starts_with("`max_tokens` was used up before the answer began: "), "{cut}");
        assert!(reason(&"x".repeat(9_000)).len() < 400);
        assert!(read(&[0xff, 0xfe]).is_err());
    }

    #[test]
    fn refusals_are_understood_in_several_dialects() {
        let openai =
            Refusal::read(br#"{"error":{"message":"max is 8192","code":"context_length_exceeded"}}"#);
        assert!(openai.is_too_long());
        let llama = Refusal::read(
            br#"{"error":{"message":"the request exceeds the available context size","type":"x"}}"#,
        );
        assert!(llama.is_too_long());
        assert_eq!(Refusal::read(br#"{"detail":"no such model"}"#).message, "no such model");
        assert_eq!(Refusal::read(br#"{"error":"plain"}"#).message, "plain");
        assert_eq!(Refusal::read(b" bad gateway\n").message, "bad gateway");
        assert!(Refusal::read(br#"{"error":{"code":"insufficient_quota"}}"#).is_final());
    }
}
