use haversack_model::Pack;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agent::{AgentError, Answer, Question, Usage};
use crate::text::nearest;

#[derive(Serialize)]
struct Asked<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    task: &'a str,
    query: &'a str,
    context: &'a str,
    passages: Vec<Passage<'a>>,
    budget: usize,
    tokens: usize,
    tokenizer: &'a str,
    trial: u32,
    version: String,
    pack_id: String,
}

#[derive(Serialize)]
struct Passage<'a> {
    citation: &'a str,
    document: &'a str,
    text: &'a str,
}

/// The line that a program reads, with its line end.
pub(super) fn question(question: &Question<'_>, id: Option<u64>) -> Result<Vec<u8>, AgentError> {
    let Pack { text, passages, budget, tokens, tokenizer, version, pack_id, .. } = question.pack;
    let asked = Asked {
        id,
        task: question.task,
        query: question.query,
        context: text,
        passages: passages
            .iter()
            .map(|passage| Passage {
                citation: &passage.citation,
                document: passage.document.as_str(),
                text: &passage.text,
            })
            .collect(),
        budget: *budget,
        tokens: *tokens,
        tokenizer,
        trial: question.trial,
        version: version.to_string(),
        pack_id: pack_id.to_string(),
    };
    let mut line = serde_json::to_vec(&asked).map_err(|source| AgentError::Failed {
        reason: format!("the question has no JSON form: {source}"),
    })?;
    line.push(b'\n');
    Ok(line)
}

/// What a program may write. Other keys are left alone: programs grow.
#[derive(Deserialize)]
struct Said {
    answer: Option<String>,
    #[serde(default)]
    abstained: Option<bool>,
    #[serde(default)]
    citations: Option<Vec<String>>,
    #[serde(default)]
    usage: Option<Cost>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    id: Option<u64>,
}

#[derive(Deserialize)]
struct Cost {
    #[serde(default)]
    calls: Option<u64>,
    #[serde(default)]
    input_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: Option<u64>,
    #[serde(default)]
    cost: Option<f64>,
}

/// Why what a program wrote is no answer.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// It said itself that it failed.
    Reported(String),
    /// It is not what was agreed.
    Wrong(String),
}

/// Reads what a program wrote for the question with an id.
pub(crate) fn answer(bytes: &[u8], id: Option<u64>) -> Result<Answer, Unusable> {
    let wrong = |reason: String| Err(Unusable::Wrong(reason));
    if bytes.trim_ascii().is_empty() {
        return wrong("nothing was printed".to_owned());
    }
    let said: Said = match serde_json::from_slice(bytes) {
        Ok(said) => said,
        Err(error) => return wrong(format!("not an answer as JSON: {error}")),
    };
    if let (Some(asked), Some(said)) = (id, said.id)
        && asked != said
    {
        return wrong(format!("it answers question {said}, and {asked} was asked"));
    }
    if let Some(error) = said.error {
        return Err(Unusable::Reported(error));
    }
    let abstained = said.abstained.unwrap_or(false);
    let Some(text) = said.answer.or_else(|| abstained.then(String::new)) else {
        return wrong(format!("no key `answer`{}", meant(bytes)));
    };
    let cost = said.usage.as_ref().and_then(|usage| usage.cost).unwrap_or(0.0);
    if !(cost >= 0.0 && cost.is_finite()) {
        return wrong("`usage.cost` is below 0".to_owned());
    }
    let usage =
        said.usage.unwrap_or(Cost { calls: None, input_tokens: None, output_tokens: None, cost: None });
    Ok(Answer {
        text: if abstained { String::new() } else { text },
        abstained,
        citations: said.citations.unwrap_or_default(),
        usage: Usage {
            calls: usage.calls.unwrap_or(1),
            input_tokens: usage.input_tokens.unwrap_or(0),
            output_tokens: usage.output_tokens.unwrap_or(0),
            cost,
        },
    })
}

/// A key that may have been meant for `answer`.
fn meant(bytes: &[u8]) -> String {
    let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let keys = value.as_object().into_iter().flat_map(|object| object.keys());
    let near = nearest("answer", keys.map(String::as_str));
    near.map_or(String::new(), |key| format!("; was `{key}` meant?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::samples::pack;

    fn wrong(text: &str) -> String {
        match answer(text.as_bytes(), Some(3)).unwrap_err() {
            Unusable::Wrong(reason) => reason,
            Unusable::Reported(reason) => format!("reported {reason}"),
        }
    }

    #[test]
    fn a_question_is_one_line_whatever_it_holds() {
        let pack = pack("a\n\"b\"\u{2028}ü\0", &[("d/a.md", "a\nb")]);
        let line = question(&Question { task: "t", query: "q\nr", pack: &pack, trial: 2 }, None).unwrap();
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        let value: Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(value["context"], pack.text);
        assert_eq!(value["passages"][0]["citation"], "d/a.md#L1-L2");
        assert_eq!(value["pack_id"], pack.pack_id.to_string());
        let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            [
                "budget",
                "context",
                "pack_id",
                "passages",
                "query",
                "task",
                "tokenizer",
                "tokens",
                "trial",
                "version"
            ]
        );
    }

    #[test]
    fn answers_are_read_with_what_they_cost() {
        let said = r#"{"answer":"42","citations":["d/a.md#L1-L2"],"usage":{"output_tokens":3,"cost":0.5},"note":1,"id":3}"#;
        let got = answer(said.as_bytes(), Some(3)).unwrap();
        assert_eq!((got.text.as_str(), got.citations.len(), got.abstained), ("42", 1, false));
        assert_eq!(got.usage, Usage { calls: 1, input_tokens: 0, output_tokens: 3, cost: 0.5 });
        let got = answer(br#"{"abstained":true,"answer":"no idea"}"#, None).unwrap();
        assert_eq!((got.text.as_str(), got.abstained), ("", true));
        assert!(answer(br#"{"answer":null,"abstained":true,"usage":null}"#, None).unwrap().abstained);
    }

    #[test]
    fn what_is_no_answer_is_named() {
        assert_eq!(wrong("{\"anwser\":\"x\"}"), "no key `answer`; was `anwser` meant?");
        assert_eq!(wrong("{}"), "no key `answer`");
        assert_eq!(wrong(" \n"), "nothing was printed");
        assert_eq!(wrong("{\"answer\":\"x\",\"id\":2}"), "it answers question 2, and 3 was asked");
        assert_eq!(wrong("{\"answer\":\"x\",\"usage\":{\"cost\":-1}}"), "`usage.cost` is below 0");
        assert_eq!(wrong("{\"error\":\"no model\"}"), "reported no model");
        for text in [
            "hello",
            "[]",
            "{\"answer\":3}",
            "{\"answer\":\"a\"}\n{\"answer\":\"b\"}",
            "{\"answer\":\"\\ud800\"}",
        ] {
            assert!(wrong(text).starts_with("not an answer as JSON: "), "{text}");
        }
    }
}
