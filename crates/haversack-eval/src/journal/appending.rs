use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use haversack_model::Digest;

use super::event::{Asked, Finished, Judged, Resumed, Reused, Stopped};
use super::lock::RunLock;
use super::{Entry, Event, JournalError, Recording, RunHeader, RunId, Stop, Ungraded, line};
use crate::secret::Secrets;
use crate::{Outcome, Totals, Usage};

const EVENTS: &str = "events.jsonl";

/// The journal of a run that goes on. One process at a time has it.
///
/// Every event is handed to the operating system before its method returns, so the death of the process loses none; what
/// the death of the machine may lose, [`JournalOptions::sync_every`] says.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    recording: Recording,
    lines: u64,
    unsynced: u32,
    broken: bool,
    sync_every: u32,
    secrets: Secrets,
    _lock: RunLock,
}

/// How a journal is written.
#[derive(Clone)]
pub struct JournalOptions {
    /// After how many outcomes the disk is waited for; 1 where calls are dear, more where an agent answers in less time
    /// than a disk does. Outcomes used again are not counted, since they stand elsewhere.
    pub sync_every: u32,
    /// Strings that are replaced by `[redacted]` in everything an agent or grader says, and in the agent's settings. Those
    /// below 6 bytes are not looked for.
    pub secrets: Vec<String>,
}

impl Default for JournalOptions {
    /// The disk is waited for after each outcome; no secrets.
    fn default() -> Self {
        Self { sync_every: 1, secrets: Vec::new() }
    }
}

impl std::fmt::Debug for JournalOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let secrets = Secrets::new(&self.secrets);
        f.debug_struct("JournalOptions")
            .field("sync_every", &self.sync_every)
            .field("secrets", &secrets)
            .finish()
    }
}

impl Journal {
    /// Begins a run in a folder of runs. The run is there when its first event is on the disk, and not before.
    pub(super) fn create(
        runs: &Path,
        mut header: RunHeader,
        options: &JournalOptions,
    ) -> Result<Self, JournalError> {
        let run = header.run.clone();
        let (new, folder) = (runs.join(format!(".{run}.new")), runs.join(run.as_str()));
        let lock = claim(&new, &folder, &run)?;
        Secrets::new(&options.secrets).value(&mut header.agent.spec);
        let line = finish_line(line::encode(1, &Event::Started(Box::new(header.clone())))?);
        let path = new.join(EVENTS);
        let mut file = File::create(&path).map_err(JournalError::io("create", &path))?;
        let written = file.write_all(&line).and_then(|()| file.sync_all());
        written.map_err(JournalError::io("write", &path))?;
        sync_folder(&new)?;
        fs::rename(&new, &folder).map_err(JournalError::io("name the folder", &folder))?;
        sync_folder(runs)?;
        Self::open(folder.join(EVENTS), Recording::new(header), 1, lock, options)
    }

    fn open(
        path: PathBuf,
        recording: Recording,
        lines: u64,
        lock: RunLock,
        options: &JournalOptions,
    ) -> Result<Self, JournalError> {
        let file = OpenOptions::new().append(true).open(&path).map_err(JournalError::io("open", &path))?;
        Ok(Self {
            path,
            file,
            recording,
            lines,
            unsynced: 0,
            broken: false,
            sync_every: options.sync_every.max(1),
            secrets: Secrets::new(&options.secrets),
            _lock: lock,
        })
    }

    /// Goes on with a run. A torn tail is cut off; nothing that is whole is.
    pub(super) fn resume(
        runs: &Path,
        run: &RunId,
        now: u64,
        options: &JournalOptions,
    ) -> Result<Self, JournalError> {
        let folder = runs.join(run.as_str());
        let path = folder.join(EVENTS);
        // Before the lock, which would make a file in any folder.
        fs::metadata(&path).map_err(JournalError::io("read", &path))?;
        let lock = RunLock::acquire(&folder, run)?;
        let bytes = fs::read(&path).map_err(JournalError::io("read", &path))?;
        let recording = read(&bytes, &path, run)?;
        let (lines, end) = Recording::whole_lines(&bytes, &path)?;
        let mut journal = Self::open(path, recording, lines, lock, options)?;
        journal.mend(&bytes, end)?;
        let torn = journal.recording.torn.map_or(0, |torn| torn.bytes);
        journal.append(Event::Resumed(Resumed { at: now, torn }))?;
        journal.sync()?;
        Ok(journal)
    }

    /// What the run is of.
    #[must_use]
    pub fn header(&self) -> &RunHeader {
        &self.recording.header
    }

    /// What stands in the journal so far.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    pub(crate) fn asked(
        &mut self,
        task: &str,
        trial: u32,
        pack_id: Digest,
        at: u64,
    ) -> Result<(), JournalError> {
        self.append(Event::Asked(Asked { task: task.to_owned(), trial, pack_id, at }))
    }

    /// Records an outcome; when this returns, no crash of the process loses it.
    ///
    /// # Errors
    /// When the outcome is no part of the run or holds a number without JSON form, or the file cannot be written.
    pub fn record(&mut self, entry: Entry) -> Result<(), JournalError> {
        let Entry { mut outcome, reused_from } = entry;
        check_numbers(&outcome)?;
        self.secrets.outcome(&mut outcome);
        match reused_from {
            Some(from) => self.append(Event::Reused(Reused { from, outcome })),
            None => {
                self.append(Event::Outcome(outcome))?;
                self.unsynced += 1;
                if self.unsynced >= self.sync_every { self.sync() } else { Ok(()) }
            }
        }
    }

    pub(crate) fn judged(&mut self, task: &str, trial: u32, usage: Usage) -> Result<(), JournalError> {
        self.append(Event::Judged(Judged { task: task.to_owned(), trial, usage }))
    }

    pub(crate) fn ungraded(&mut self, mut ungraded: Ungraded) -> Result<(), JournalError> {
        self.secrets.answer(&mut ungraded.answer);
        self.append(Event::Ungraded(ungraded))?;
        self.sync()
    }

    pub(crate) fn stopped(&mut self, at: u64, mut reason: Stop) -> Result<(), JournalError> {
        if let Stop::Failed { error: text, .. } | Stop::Budget { what: text } = &mut reason {
            self.secrets.text(text);
        }
        self.append(Event::Stopped(Stopped { at, reason }))?;
        self.sync()
    }

    pub(crate) fn finished(&mut self, at: u64, totals: Totals) -> Result<(), JournalError> {
        self.append(Event::Finished(Finished { at, totals }))?;
        self.sync()
    }

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.unsynced = 0;
        let synced = self.file.sync_data();
        synced.map_err(|error| self.fail("sync", error))
    }

    fn append(&mut self, event: Event) -> Result<(), JournalError> {
        if self.broken {
            return Err(JournalError::Broken { run: self.recording.header.run.clone() });
        }
        let line = finish_line(line::encode(self.lines + 1, &event)?);
        // First, since it may refuse the event.
        self.recording.apply(event)?;
        let written = self.file.write_all(&line);
        written.map_err(|error| self.fail("write", error))?;
        self.lines += 1;
        Ok(())
    }

    /// As after a failed write.
    #[cfg(test)]
    pub(crate) fn break_off(&mut self) {
        self.broken = true;
    }

    /// After a failure nobody knows what of a line is in the file.
    fn fail(&mut self, what: &'static str, error: std::io::Error) -> JournalError {
        self.broken = true;
        JournalError::io(what, &self.path)(error)
    }

    /// Cuts off a torn tail and gives the last whole line its line feed.
    fn mend(&mut self, bytes: &[u8], end: u64) -> Result<(), JournalError> {
        let mut mended = Ok(());
        if end < bytes.len() as u64 {
            mended = self.file.set_len(end);
        }
        let whole = bytes.get(..usize::try_from(end).unwrap_or(bytes.len())).unwrap_or(bytes);
        if !whole.ends_with(b"\n") {
            mended = mended.and_then(|()| self.file.write_all(b"\n"));
        }
        mended.map_err(|error| self.fail("mend", error))
    }
}

/// Reads the journal of a run in a folder of runs.
pub(super) fn read_run(runs: &Path, run: &RunId) -> Result<Recording, JournalError> {
    let path = runs.join(run.as_str()).join(EVENTS);
    let bytes = fs::read(&path).map_err(JournalError::io("read", &path))?;
    read(&bytes, &path, run)
}

/// Reads the header of a run in a folder of runs.
pub(super) fn read_header(runs: &Path, run: &RunId) -> Result<RunHeader, JournalError> {
    let path = runs.join(run.as_str()).join(EVENTS);
    let file = File::open(&path).map_err(JournalError::io("read", &path))?;
    let mut first = Vec::new();
    let read = std::io::BufRead::read_until(&mut std::io::BufReader::new(file), b'\n', &mut first);
    read.map_err(JournalError::io("read", &path))?;
    own(Recording::header_of(&first, &path)?, &path, run)
}

fn read(bytes: &[u8], path: &Path, run: &RunId) -> Result<Recording, JournalError> {
    let mut recording = Recording::parse(bytes, path)?;
    recording.header = own(recording.header, path, run)?;
    Ok(recording)
}

fn own(header: RunHeader, path: &Path, run: &RunId) -> Result<RunHeader, JournalError> {
    if header.run == *run {
        Ok(header)
    } else {
        Err(JournalError::OtherRun { file: path.to_owned(), run: header.run })
    }
}

fn check_numbers(outcome: &Outcome) -> Result<(), JournalError> {
    let cost = outcome.answer.as_ref().map_or(0.0, |answer| answer.usage.cost);
    let grades = outcome.grades.values().map(|grade| ("a grade", grade.score));
    let wrong = [("the score", outcome.score), ("the cost", cost)].into_iter().chain(grades);
    match wrong.into_iter().find(|(_, number)| !number.is_finite()) {
        Some((what, _)) => {
            Err(JournalError::NotFinite { task: outcome.task.clone(), trial: outcome.trial, what })
        }
        None => Ok(()),
    }
}

fn finish_line(mut line: Vec<u8>) -> Vec<u8> {
    line.push(b'\n');
    line
}

/// The lock of a run that is not there yet, and whose folder `new` is made for it.
fn claim(new: &Path, folder: &Path, run: &RunId) -> Result<RunLock, JournalError> {
    let exists = || JournalError::Exists { run: run.clone() };
    if folder.exists() {
        return Err(exists());
    }
    fs::create_dir_all(new).map_err(JournalError::io("create folder", new))?;
    let lock = RunLock::acquire(new, run).map_err(|error| match error {
        // Another process gave the folder its name in between.
        JournalError::Io { .. } if folder.exists() => exists(),
        other => other,
    })?;
    // Again, now that nobody else makes it: another process may have made it, and let go of it, in between.
    if folder.exists() {
        // What this call left; where the other process has it, the name is gone.
        let _ = fs::remove_dir_all(new);
        return Err(exists());
    }
    Ok(lock)
}

/// Makes new names in a folder durable.
fn sync_folder(folder: &Path) -> Result<(), JournalError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(JournalError::io("sync folder", folder))
}
