use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{JournalError, line};
use crate::{Outcome, OutcomeKey};

/// Outcomes of packs that belong to no run: those of contexts between two versions. A file of lines as in a journal, each with
/// its checksum, to be used again.
///
/// Several processes may append at once; a line that is damaged or torn is passed over, since nothing but a call is lost by it.
#[derive(Debug)]
pub struct ProbeLog {
    path: PathBuf,
    file: Option<File>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Probe {
    key: OutcomeKey,
    outcome: Outcome,
}

impl ProbeLog {
    /// The log at a path, which need not be there yet, with what stands in it.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn open(path: &Path) -> Result<(Self, Vec<(OutcomeKey, Outcome)>), JournalError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(JournalError::io("read", path)(error)),
        };
        Ok((Self { path: path.to_owned(), file: None }, Self::known(&bytes)))
    }

    /// What stands in a log.
    pub(crate) fn known(bytes: &[u8]) -> Vec<(OutcomeKey, Outcome)> {
        let whole = bytes.split(|byte| *byte == b'\n').filter_map(line::body);
        let known = whole.filter_map(|body| line::decode::<Probe>(body).ok());
        known.map(|(_, probe)| (probe.key, probe.outcome)).collect()
    }

    /// Adds an outcome.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&mut self, key: &OutcomeKey, outcome: &Outcome) -> Result<(), JournalError> {
        let mut bytes = line::encode(1, &Probe { key: *key, outcome: outcome.clone() })?;
        bytes.push(b'\n');
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open(&self.path)?),
        };
        file.write_all(&bytes).map_err(JournalError::io("write", &self.path))
    }
}

/// Opens the file to append; a line that another process left torn is ended.
fn open(path: &Path) -> Result<File, JournalError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(JournalError::io("create folder", folder))?;
    }
    let wrap = |error| JournalError::io("open", path)(error);
    let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(wrap)?;
    let torn = std::fs::read(path).map_err(wrap)?.last().is_some_and(|last| *last != b'\n');
    if torn {
        file.write_all(b"\n").map_err(JournalError::io("write", path))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use haversack_model::Digest;

    use super::*;
    use crate::Status;

    fn probe(n: u32) -> (OutcomeKey, Outcome) {
        let digest = Digest::of(&n.to_le_bytes());
        let key = OutcomeKey { agent: digest, graders: digest, task: digest, pack: digest, trial: n };
        let outcome = Outcome {
            task: format!("t{n}"),
            trial: n,
            pack_id: digest,
            status: Status::Answered,
            score: 0.1,
            passed: false,
            grades: Default::default(),
            answer: None,
            error: None,
            millis: 3,
        };
        (key, outcome)
    }

    #[test]
    fn what_is_whole_is_read_whatever_stands_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/probes.jsonl");
        let (mut log, known) = ProbeLog::open(&path).unwrap();
        assert!(known.is_empty() && !path.exists());
        let all: Vec<_> = (0..3).map(probe).collect();
        all.iter().for_each(|(key, outcome)| log.append(key, outcome).unwrap());
        assert_eq!(ProbeLog::open(&path).unwrap().1, all);
        let bytes = std::fs::read(&path).unwrap();
        for cut in 0..bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let (mut log, known) = ProbeLog::open(&path).unwrap();
            assert_eq!(known, all[..known.len()]);
            let (key, outcome) = probe(9);
            log.append(&key, &outcome).unwrap();
            assert_eq!(ProbeLog::open(&path).unwrap().1.len(), known.len() + 1, "{cut}");
        }
        let mut flipped = bytes.clone();
        flipped[20] ^= 1;
        std::fs::write(&path, flipped).unwrap();
        assert_eq!(ProbeLog::open(&path).unwrap().1, all[1..]);
    }
}
