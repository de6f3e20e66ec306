use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::event::{Asked, Judged, Reused};
use super::{Entry, Event, JOURNAL_FORMAT, JournalError, RunHeader, Stop, Ungraded, line};
use crate::{Outcome, Usage};

/// What a journal says.
///
/// Of several outcomes of one task and trial the last counts: a failed call may have been asked again.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// What the run is of.
    pub header: RunHeader,
    /// Outcomes by task and trial.
    pub entries: BTreeMap<(String, u32), Entry>,
    /// Answers that wait for a grader, by task and trial.
    pub ungraded: BTreeMap<(String, u32), Ungraded>,
    /// What judges cost, by task and trial.
    pub judging: BTreeMap<(String, u32), Usage>,
    /// Questions that went to the agent, answered or not.
    pub calls: u64,
    /// When every outcome was there, in milliseconds since 1970; none if one came since.
    pub finished: Option<u64>,
    /// Why it ended before its end, if nobody has gone on since.
    pub stopped: Option<Stop>,
    /// How often it was resumed.
    pub resumed: u32,
    /// What stood behind the last whole line.
    pub torn: Option<Torn>,
}

/// The end of a journal that a crash left: no whole line is in it, and none follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// Number of the first line of it, from 1.
    pub line: usize,
    /// Where it begins, in bytes.
    pub from: u64,
    /// How long it is, in bytes.
    pub bytes: u64,
}

/// The one field that every format has.
#[derive(Deserialize)]
struct Versioned {
    started: Format,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl Recording {
    /// Reads a journal; `file` is the name that errors give.
    ///
    /// A torn tail is passed over and told in `torn`; a last line that lacks only its line feed is whole.
    ///
    /// # Errors
    /// When the first line is not whole, a line before the last whole one is damaged, lines are lost, or the format is
    /// newer. Never panics, whatever the bytes.
    pub fn parse(bytes: &[u8], file: &Path) -> Result<Self, JournalError> {
        let lines = Lines::split(bytes, file)?;
        let no_start = || JournalError::NoStart { file: file.to_owned() };
        let mut bodies = lines.bodies.iter().enumerate().map(|(index, body)| (index + 1, *body));
        let (number, first) = bodies.next().ok_or_else(no_start)?;
        check_format(first, file)?;
        let Event::Started(header) = decode(number, first, file)? else { return Err(no_start()) };
        let mut recording = Self::new(*header);
        recording.torn = lines.torn;
        for (number, body) in bodies {
            recording.apply(decode(number, body, file)?).map_err(|error| within(file, number, error))?;
        }
        Ok(recording)
    }

    pub(super) fn new(header: RunHeader) -> Self {
        Self {
            header,
            entries: BTreeMap::new(),
            ungraded: BTreeMap::new(),
            judging: BTreeMap::new(),
            calls: 0,
            finished: None,
            stopped: None,
            resumed: 0,
            torn: None,
        }
    }

    /// Takes one more event in.
    pub(super) fn apply(&mut self, event: Event) -> Result<(), JournalError> {
        match event {
            Event::Started(header) => return Err(JournalError::Exists { run: header.run }),
            Event::Asked(Asked { task, trial, .. }) => {
                self.key(&task, trial)?;
                self.calls += 1;
            }
            Event::Outcome(outcome) => self.take(outcome, None)?,
            Event::Reused(Reused { from, outcome }) => self.take(outcome, Some(from))?,
            Event::Judged(Judged { task, trial, usage }) => {
                let key = self.key(&task, trial)?;
                *self.judging.entry(key).or_default() += usage;
            }
            Event::Ungraded(ungraded) => {
                let key = self.key(&ungraded.task, ungraded.trial)?;
                self.ungraded.insert(key, ungraded);
            }
            Event::Stopped(stopped) => self.stopped = Some(stopped.reason),
            Event::Resumed(_) => {
                self.stopped = None;
                self.resumed += 1;
            }
            Event::Finished(finished) => self.finished = Some(finished.at),
        }
        Ok(())
    }

    fn take(&mut self, outcome: Outcome, reused_from: Option<super::RunId>) -> Result<(), JournalError> {
        let key = self.key(&outcome.task, outcome.trial)?;
        self.ungraded.remove(&key);
        self.finished = None;
        self.entries.insert(key, Entry { outcome, reused_from });
        Ok(())
    }

    fn key(&self, task: &str, trial: u32) -> Result<(String, u32), JournalError> {
        if self.header.plans(task, trial) {
            Ok((task.to_owned(), trial))
        } else {
            Err(JournalError::NotPlanned { task: task.to_owned(), trial })
        }
    }

    /// How many whole lines there are, and where the last one ends, in bytes.
    pub(super) fn whole_lines(bytes: &[u8], file: &Path) -> Result<(u64, u64), JournalError> {
        let lines = Lines::split(bytes, file)?;
        Ok((lines.bodies.len() as u64, lines.torn.map_or(bytes.len() as u64, |torn| torn.from)))
    }

    /// The header alone.
    pub(super) fn header_of(bytes: &[u8], file: &Path) -> Result<RunHeader, JournalError> {
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        Ok(Self::parse(first, file)?.header)
    }
}

/// Bodies of the whole lines, and what is behind them.
struct Lines<'b> {
    bodies: Vec<&'b [u8]>,
    torn: Option<Torn>,
}

impl<'b> Lines<'b> {
    fn split(bytes: &'b [u8], file: &Path) -> Result<Self, JournalError> {
        let mut lines = Self { bodies: Vec::new(), torn: None };
        let mut from = 0;
        for text in bytes.split_inclusive(|byte| *byte == b'\n') {
            let body = line::body(text.strip_suffix(b"\n").unwrap_or(text));
            match (body, &lines.torn) {
                (Some(body), None) => lines.bodies.push(body),
                (None, None) => {
                    let bytes = bytes.len() as u64 - from;
                    lines.torn = Some(Torn { line: lines.bodies.len() + 1, from, bytes });
                }
                (Some(_), Some(torn)) => {
                    return Err(JournalError::Damaged { file: file.to_owned(), line: torn.line });
                }
                (None, Some(_)) => {}
            }
            from += text.len() as u64;
        }
        Ok(lines)
    }
}

fn decode(number: usize, body: &[u8], file: &Path) -> Result<Event, JournalError> {
    let unknown = |source| JournalError::Event { file: file.to_owned(), line: number, source };
    let (found, event) = line::decode(body).map_err(unknown)?;
    if found == number as u64 {
        Ok(event)
    } else {
        Err(JournalError::Misplaced { file: file.to_owned(), line: number, found })
    }
}

/// Before anything else of a newer format is read, which may not be understood.
fn check_format(body: &[u8], file: &Path) -> Result<(), JournalError> {
    match line::decode::<Versioned>(body) {
        Ok((_, Versioned { started: Format { format: found } })) if found > JOURNAL_FORMAT => {
            Err(JournalError::Newer { file: file.to_owned(), found, known: JOURNAL_FORMAT })
        }
        _ => Ok(()),
    }
}

/// Where in a journal an event was refused.
fn within(file: &Path, line: usize, error: JournalError) -> JournalError {
    let file = file.to_owned();
    match error {
        JournalError::NotPlanned { task, trial } => JournalError::Unplanned { file, line, task, trial },
        JournalError::Exists { .. } => JournalError::SecondStart { file, line },
        other => other,
    }
}
