//! Suites: tasks, judgments and expected numbers in a folder.

mod expect;
pub(crate) mod expected;
mod graders;
mod header;
mod settings;
pub(crate) mod task;
pub(crate) mod tomlfile;

use std::path::Path;

use haversack_model::{Digest, DocumentId, Principal};

pub use expect::Expect;
pub use expected::{Deviation, Expected, ExpectedValue};
pub use header::SuiteHeader;
pub use settings::{OnError, RunSettings};
pub use task::Task;
pub(crate) use tomlfile::Keys;

use crate::text::{at, read, write};
use crate::{EvalError, Gold, LineError, Qrels};

const HEADER: &str = "suite.toml";
const TASKS: &str = "tasks.jsonl";
const QRELS: &str = "qrels.tsv";
const EXPECTED: &str = "expected.toml";

/// A suite: what is asked, what a good answer holds, and the numbers that must reproduce.
///
/// In a folder `evals/<suite>/` it is four files: `suite.toml`, `tasks.jsonl`, `qrels.tsv` (which may be left
/// out) and `expected.toml` (likewise).
///
/// ```
/// use haversack_eval::{Suite, Task};
/// let folder = std::env::temp_dir().join(format!("haversack-doc-suite-{}", std::process::id()));
/// let mut suite = Suite::new("smoke");
/// suite.tasks.push(Task::new("t1", "how do I rotate the signing key?"));
/// suite.save(&folder)?;
/// assert_eq!(Suite::open(&folder)?.tasks, suite.tasks);
/// # std::fs::remove_dir_all(&folder).ok();
/// # Ok::<(), haversack_eval::EvalError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    /// Name, context, standard measures.
    pub header: SuiteHeader,
    /// The tasks in the order of their file.
    pub tasks: Vec<Task>,
    /// Judgments by the ids of the test collection, that is without `header.id_prefix`.
    pub qrels: Qrels,
    /// Numbers that must reproduce.
    pub expected: Vec<Expected>,
}

impl Suite {
    /// A suite without tasks.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            header: SuiteHeader::new(name),
            tasks: Vec::new(),
            qrels: Qrels::default(),
            expected: Vec::new(),
        }
    }

    /// Reads the folder of a suite.
    ///
    /// # Errors
    /// When `suite.toml` or `tasks.jsonl` is missing, or a line of a file is wrong: an unknown key (with the
    /// nearest known one), an id that stands twice, judgments for a task that is not there, a grader that is not there or that needs
    /// gold facts the task lacks.
    pub fn open(folder: &Path) -> Result<Self, EvalError> {
        let path = |name| folder.join(name);
        let shown = |name| folder.join(name).display().to_string();
        let header = SuiteHeader::parse(&read(&path(HEADER))?, &shown(HEADER))?;
        let tasks_text = read(&path(TASKS))?;
        let tasks = task::parse(&tasks_text, &shown(TASKS))?;
        let qrels = if path(QRELS).exists() || header.digests.contains_key(QRELS) {
            let text = read(&path(QRELS))?;
            let qrels = Qrels::parse(&text, &shown(QRELS))?;
            every_judged_query_is_a_task(&qrels, &tasks, &text, &shown(QRELS))?;
            qrels
        } else {
            Qrels::default()
        };
        let expected = if path(EXPECTED).exists() {
            expected::parse(&read(&path(EXPECTED))?, &shown(EXPECTED))?
        } else {
            Vec::new()
        };
        let suite = Self { header, tasks, qrels, expected };
        graders::check_tasks(&suite, &tasks_text, &shown(TASKS))?;
        Ok(suite)
    }

    /// Writes the folder of the suite, with the digests of `tasks.jsonl` and `qrels.tsv` in `suite.toml`.
    ///
    /// `expected.toml` is written only if something is expected.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), EvalError> {
        std::fs::create_dir_all(folder)
            .map_err(|source| EvalError::Write { path: folder.to_owned(), source })?;
        for (name, text) in self.files()? {
            write(&folder.join(name), &text)?;
        }
        Ok(())
    }

    /// The files of the suite by name: what [`Suite::save`] writes.
    ///
    /// # Errors
    /// Never for a suite that was read.
    pub fn files(&self) -> Result<Vec<(&'static str, String)>, EvalError> {
        let (tasks, qrels) = (task::write(&self.tasks)?, self.qrels.to_beir());
        let mut header = self.header.clone();
        header.digests = [(TASKS, &tasks), (QRELS, &qrels)]
            .map(|(name, text)| (name.to_owned(), Digest::of(text.as_bytes())))
            .into();
        let mut files = vec![(TASKS, tasks), (QRELS, qrels), (HEADER, header.to_toml()?)];
        if !self.expected.is_empty() {
            files.push((EXPECTED, expected::write(&self.expected)?));
        }
        Ok(files)
    }

    /// What the suite asks and judges, as one hash: it changes with tasks and judgments, not with the header
    /// or the expected numbers, and not with the order of keys or lines in the file of judgments.
    ///
    /// # Errors
    /// Never for a suite that was read.
    pub fn digest(&self) -> Result<Digest, EvalError> {
        let content = format!("haversack suite v1\0{}\0{}", task::write(&self.tasks)?, self.qrels.to_beir());
        Ok(Digest::of(content.as_bytes()))
    }

    /// Files in a folder that were edited since the digests in their `suite.toml` were written, by name.
    ///
    /// # Errors
    /// When `suite.toml` or a file that it names cannot be read.
    pub fn edited(folder: &Path) -> Result<Vec<String>, EvalError> {
        let file = folder.join(HEADER);
        let header = SuiteHeader::parse(&read(&file)?, &file.display().to_string())?;
        let mut edited = Vec::new();
        for (name, digest) in header.digests {
            if Digest::of(read(&folder.join(&name))?.as_bytes()) != digest {
                edited.push(name);
            }
        }
        Ok(edited)
    }

    /// The task with an id.
    #[must_use]
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }

    /// Who asks a task: its own principal, else the suite's, else one without labels.
    #[must_use]
    pub fn principal(&self, task: &Task) -> Principal {
        let given = task.principal.as_ref().or(self.header.principal.as_ref());
        given.cloned().unwrap_or_else(Principal::anyone)
    }

    /// Tokens of the pack of a task: its own budget, else that of the suite's `[run]`; else the recipe decides.
    #[must_use]
    pub fn budget(&self, task: &Task) -> Option<u32> {
        task.budget.or(self.header.run.budget)
    }

    /// Names of the graders of a task: its own, else the suite's.
    #[must_use]
    pub fn grader_names<'a>(&'a self, task: &'a Task) -> &'a [String] {
        if task.graders.is_empty() { &self.header.default_graders } else { &task.graders }
    }

    /// The judgments by the ids that documents have in the context.
    #[must_use]
    pub fn document_qrels(&self) -> Qrels {
        self.qrels.prefixed(&self.header.id_prefix)
    }

    /// Tasks without judgments.
    #[must_use]
    pub fn unjudged(&self) -> usize {
        self.tasks.iter().filter(|task| self.qrels.get(&task.id).is_none()).count()
    }

    /// What a good pack for a task holds. Where the task names no documents they are those of its spans, and
    /// where it has none, those judged relevant.
    #[must_use]
    pub fn gold(&self, task: &Task) -> Gold {
        let prefix = &self.header.id_prefix;
        let documents: Vec<DocumentId> = if !task.documents.is_empty() {
            task.documents.clone()
        } else if !task.spans.is_empty() {
            task.spans.iter().map(|span| span.document.clone()).collect()
        } else {
            self.qrels.relevant(&task.id).filter_map(|id| format!("{prefix}{id}").parse().ok()).collect()
        };
        Gold { answers: task.answers.clone(), spans: task.spans.clone(), documents }
    }
}

fn every_judged_query_is_a_task(
    qrels: &Qrels,
    tasks: &[Task],
    text: &str,
    file: &str,
) -> Result<(), EvalError> {
    let ids: std::collections::BTreeSet<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
    let Some((query, _)) = qrels.queries().find(|(query, _)| !ids.contains(query)) else {
        return Ok(());
    };
    let mut lines = crate::text::lines(text);
    let first = lines.find(|(_, line)| line.split(['\t', ' ']).next() == Some(query));
    let line = first.map_or(1, |(line, _)| line);
    Err(at(file, line, LineError::NoSuchTask { query: query.to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GoldSpan, PackView, PassageView, measure_packs};

    fn sample() -> Suite {
        let mut suite = Suite::new("sample");
        suite.header.id_prefix = "docs/".to_owned();
        suite.header.measures = vec!["nDCG@10".parse().unwrap(), "answer@500tok".parse().unwrap()];
        suite.header.budgets = vec![500, 2000];
        suite.header.principal = Some(haversack_model::Principal::new("ana", ["hr"]));
        let mut task = Task::new("t1", "who?\nand where");
        task.answers = vec!["Ana".to_owned()];
        task.spans = vec![GoldSpan { document: "docs/a.md".parse().unwrap(), from: 0, to: 4 }];
        task.tags = vec!["people".to_owned()];
        task.budget = Some(300);
        suite.tasks = vec![task, Task::new("t2", "what?")];
        suite.qrels.insert("t2", "b.md", 1).unwrap();
        let value = ExpectedValue { value: 0.4659, tolerance: 0.0005 };
        suite.expected = vec![Expected {
            context: Some("docs".to_owned()),
            recipe: None,
            version: None,
            note: String::new(),
            measures: [("nDCG@10".parse().unwrap(), value)].into(),
        }];
        suite
    }

    #[test]
    fn a_suite_reads_back_and_its_edits_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let suite = sample();
        suite.save(folder.path()).unwrap();
        let mut again = Suite::open(folder.path()).unwrap();
        assert_eq!(again.header.digests.len(), 2);
        again.header.digests.clear();
        assert_eq!(again, suite);
        assert_eq!(again.principal(&again.tasks[0]).name, "ana");
        assert_eq!(again.digest().unwrap(), suite.digest().unwrap());
        assert!(Suite::edited(folder.path()).unwrap().is_empty());
        std::fs::write(folder.path().join(QRELS), "t2\tb.md\t2\n").unwrap();
        assert_eq!(Suite::edited(folder.path()).unwrap(), [QRELS]);
        assert_ne!(Suite::open(folder.path()).unwrap().digest().unwrap(), suite.digest().unwrap());
    }

    #[test]
    fn errors_name_file_line_and_what_was_meant() {
        let cases = [
            (
                HEADER,
                "name = \"x\"\n\nmesures = []\n",
                "suite.toml:3: unknown key `mesures`; did you mean `measures`?",
            ),
            (
                HEADER,
                "name = \"x\"\nmeasures = [\"nDGC@10\"]\n",
                "suite.toml:2: unknown measure `nDGC@10`; did you",
            ),
            (HEADER, "name = ", "suite.toml:1: "),
            (
                TASKS,
                "{\"id\":\"a\",\"query\":\"q\"}\n{\"id\":\"b\",\"qeury\":\"q\"}\n",
                "tasks.jsonl:2: unknown key `qeury`; did you mean `query`?",
            ),
            (
                TASKS,
                "{\"id\":\"t2\",\"query\":\"q\"}\n\n{\"id\":\"t2\",\"query\":\"q\"}\n",
                "tasks.jsonl:3: task `t2` stands twice",
            ),
            (TASKS, "{\"id\":\"a\"}\n", "tasks.jsonl:1: missing field `query`"),
            (
                TASKS,
                "{\"id\":\"a\",\"query\":\"q\",\"spans\":[{\"documnet\":\"a/b\",\"from\":0,\"to\":1}]}",
                "tasks.jsonl:1: unknown key `spans.documnet`; did you mean `spans.document`?",
            ),
            (
                TASKS,
                "{\"id\":\"a\",\"query\":\"q\",\"spans\":[{\"document\":\"a/b\",\"from\":1,\"to\":1}]}",
                "tasks.jsonl:1: span 1..1 holds nothing",
            ),
            (TASKS, "[]\n", "tasks.jsonl:1: "),
            (QRELS, "t2\tb\t1\nt9\tb\t1\n", "qrels.tsv:2: query `t9` is judged, but no task has this id"),
            (
                EXPECTED,
                "[[expected]]\ncontxt = \"c\"\n",
                "expected.toml:2: unknown key `expected.contxt`; did you mean `expected.context`?",
            ),
            (
                EXPECTED,
                "[[expected]]\n[expected.measures]\n\"AP\" = { value = 1, tolerence = 0.1 }\n",
                "expected.toml:3: unknown key `expected.measures.AP.tolerence`; did you mean `expected.measures.AP.tolerance`?",
            ),
        ];
        for (name, text, message) in cases {
            let folder = tempfile::tempdir().unwrap();
            sample().save(folder.path()).unwrap();
            std::fs::write(folder.path().join(name), text).unwrap();
            let error = Suite::open(folder.path()).unwrap_err().to_string();
            let error = error.strip_prefix(&format!("{}/", folder.path().display())).unwrap().to_owned();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn packs_are_made_once_for_each_task_and_budget() {
        let suite = sample();
        let names = ["answer@500tok", "spanrecall@500tok", "evidence@500tok", "evidence@50tok"];
        let measures: Vec<_> = names.iter().map(|name| name.parse().unwrap()).collect();
        let mut calls = Vec::new();
        let got = measure_packs::<EvalError>(&suite, &measures, |task, budget| {
            calls.push((task.id.clone(), budget.get()));
            let passages = vec![PassageView {
                document: "docs/a.md".parse().unwrap(),
                span: haversack_model::Span::new(2, 10),
            }];
            Ok(PackView { text: "by ANA".to_owned(), passages })
        })
        .unwrap();
        let expected = [("t1", 50), ("t1", 500), ("t2", 50), ("t2", 500)];
        assert_eq!(calls, expected.map(|(id, budget)| (id.to_owned(), budget)));
        let mean = |name: &str| got[&name.parse().unwrap()].mean;
        assert_eq!((mean(names[0]), mean(names[1]), mean(names[2])), (1.0, 0.5, 0.5));
        assert_eq!(got[&measures[0]].per_task.len(), 1);
    }

    #[test]
    fn expected_numbers_are_compared() {
        let suite = sample();
        let run = crate::Run::parse("t2 Q0 b.md 1 1 x\n", "r").unwrap();
        let measures = &suite.header.measures[..1];
        let report = crate::measure_run(&suite.qrels, &run, measures, crate::Averaging::Complete).unwrap();
        let deviations = suite.expected[0].deviations(&report);
        assert_eq!(deviations.len(), 1);
        assert_eq!(deviations[0].measured, Some(1.0));
        assert_eq!(deviations[0].to_string(), "nDCG@10 is 1.0000, expected 0.4659 ± 0.0005");
    }
}
