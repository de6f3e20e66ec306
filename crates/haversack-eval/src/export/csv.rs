use crate::{Entry, RunRecord, Status};

const COLUMNS: &str = "task,trial,status,score,passed,pack_id,reused_from,millis,calls,input_tokens,output_tokens,cost,\
tags,answer,error\r\n";

/// The outcomes of a run as CSV after RFC 4180: a header line, CRLF, fields with a comma, quote or line break in quotes.
///
/// Tags are separated by `;`. Answers are text of whoever the agent is, and programs for tables run a field that begins
/// with `=`, `+`, `-`, `@`, a tab or a carriage return: before a text that does, an apostrophe is set, as OWASP advises
/// ("CSV Injection"). Numbers stand as they are.
#[must_use]
pub fn outcomes_csv(run: &RunRecord) -> String {
    let mut text = COLUMNS.to_owned();
    for entry in &run.outcomes {
        text.push_str(&fields(run, entry).join(","));
        text.push_str("\r\n");
    }
    text
}

fn fields(run: &RunRecord, entry: &Entry) -> [String; 15] {
    let outcome = &entry.outcome;
    let answer = outcome.answer.clone().unwrap_or_default();
    let tags = run.header.tasks.get(&outcome.task).map_or(String::new(), |task| task.tags.join(";"));
    let status = match outcome.status {
        Status::Answered => "answered",
        Status::Abstained => "abstained",
        Status::Failed => "failed",
        Status::TimedOut => "timed_out",
    };
    [
        field(&outcome.task),
        outcome.trial.to_string(),
        status.to_owned(),
        outcome.score.to_string(),
        outcome.passed.to_string(),
        outcome.pack_id.to_string(),
        entry.reused_from.as_ref().map_or(String::new(), ToString::to_string),
        outcome.millis.to_string(),
        answer.usage.calls.to_string(),
        answer.usage.input_tokens.to_string(),
        answer.usage.output_tokens.to_string(),
        answer.usage.cost.to_string(),
        field(&tags),
        field(&answer.text),
        field(outcome.error.as_deref().unwrap_or_default()),
    ]
}

/// A text that no program for tables runs, in quotes where it must be.
fn field(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_guarded() {
        let cases = [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("-5", "'-5"),
            ("@x", "'@x"),
            ("\t=1", "'\t=1"),
            ("=HYPERLINK(\"a\",\"b\")", "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\""),
            ("1=1", "1=1"),
        ];
        for (text, expected) in cases {
            assert_eq!(field(text), expected);
        }
    }
}
