//! One answer to one task, for the tests of graders.

use haversack_model::{Digest, Lines, Pack, Passage, Scores, Span, Timings, Trust};

use crate::{Answer, Gold, Graded, Task};

/// What a grader looks at.
pub(crate) struct Case {
    pub task: Task,
    pub gold: Gold,
    pub pack: Pack,
    pub answer: Answer,
}

impl Case {
    pub fn new(gold: &[&str], answer: &str) -> Self {
        let mut task = Task::new("t", "what?");
        task.answers = gold.iter().map(|answer| (*answer).to_owned()).collect();
        let gold = Gold { answers: task.answers.clone(), ..Gold::default() };
        let answer = Answer { text: answer.to_owned(), ..Answer::default() };
        Self { task, gold, pack: pack(&[]), answer }
    }

    pub fn abstained(unanswerable: bool) -> Self {
        let mut case = Self::new(if unanswerable { &[] } else { &["x"] }, "");
        case.task.unanswerable = unanswerable;
        case.answer.abstained = true;
        case
    }

    pub fn with<T>(&self, look: impl FnOnce(&Graded<'_>) -> T) -> T {
        look(&Graded { task: &self.task, gold: &self.gold, pack: &self.pack, answer: &self.answer })
    }
}

/// A pack with passages: document, lines, text. Spans begin at 100 times the first line.
pub(crate) fn pack(passages: &[(&str, (u32, u32), &str)]) -> Pack {
    let passage = |(document, (first, last), text): &(&str, (u32, u32), &str)| Passage {
        citation: format!("{document}#L{first}-L{last}"),
        document: document.parse().unwrap(),
        span: Span::new(100 * *first as usize, 100 * *first as usize + text.len()),
        lines: Lines { first: *first, last: *last },
        tokens: 1,
        trust: Trust::Standard,
        score: 1.0,
        scores: Scores::default(),
        breadcrumb: Vec::new(),
        text: (*text).to_owned(),
    };
    let text: String = passages.iter().map(|(_, _, text)| format!("{text}\n")).collect();
    Pack {
        pack_id: Digest::of(text.as_bytes()),
        version: Digest::of(b"v"),
        query: "what?".to_owned(),
        budget: 1000,
        tokenizer: "none".to_owned(),
        tokens: 1,
        text,
        passages: passages.iter().map(passage).collect(),
        decisions: Vec::new(),
        warnings: Vec::new(),
        timings_us: Timings::default(),
    }
}
