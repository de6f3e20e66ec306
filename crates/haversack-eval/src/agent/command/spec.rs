use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use haversack_model::{Digest, canonical};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Command;
use crate::agent::backoff::{Backoff, sleep};
use crate::agent::setting::{check, seconds};
use crate::agent::{AgentSetting, AgentSpecError};
use crate::program::{self, Launch};
use crate::secret::Secrets;
use crate::suite::Keys;

/// Raised when the same program could be understood otherwise: part of every fingerprint.
const CONTRACT: u32 = 1;

/// Longest wait between two attempts.
const LONGEST: Duration = Duration::from_secs(60);

/// Variables that every program gets, where they are set.
const ALWAYS: &[&str] = if cfg!(windows) {
    &["PATH", "PATHEXT", "SYSTEMROOT", "COMSPEC", "USERPROFILE", "TEMP", "TMP"]
} else {
    &["PATH", "HOME"]
};

/// The keys of `kind = "command"`: a program that gets a question and writes an answer, as docs/agents.md says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandSpec {
    /// The program: a name that is looked for on the `PATH`, or a path from the suite's folder.
    pub program: String,
    /// Its arguments; no shell reads them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Whether it is started for each question.
    #[serde(default)]
    pub mode: CommandMode,
    /// Seconds for one attempt; then the program and its children are killed.
    #[serde(default = "timeout")]
    pub timeout: f64,
    /// Attempts after one that failed, whatever the reason.
    #[serde(default)]
    pub retries: u32,
    /// Seconds before the second attempt; doubled before each further one, up to a minute.
    #[serde(default = "backoff")]
    pub backoff: f64,
    /// Names of environment variables that it gets beside `PATH` and `HOME`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Environment variables with their values. No place for secrets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// Whether it gets the whole environment.
    #[serde(default)]
    pub inherit: bool,
    /// The folder that it runs in, from the suite's folder, which it is without this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// How many questions may be asked at once: as many programs run.
    #[serde(default = "concurrency")]
    pub concurrency: usize,
    /// Most bytes that it may print for a question.
    #[serde(default = "max_output")]
    pub max_output: usize,
    /// Files that it is made of, from the suite's folder, beside the program and arguments that are files there: when
    /// one changes, so does the fingerprint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Whatever else it depends on, in words: a new one makes a new fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// How often a program is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommandMode {
    /// For each question: it reads one line, writes one, and ends.
    #[default]
    Once,
    /// For many questions: it reads a line and writes one, again and again, until its input ends.
    Serve,
}

fn timeout() -> f64 {
    60.0
}

fn backoff() -> f64 {
    0.5
}

fn concurrency() -> usize {
    1
}

fn max_output() -> usize {
    1 << 20
}

impl CommandSpec {
    pub(in crate::agent) const KEYS: Keys = Keys::Table(&[
        ("kind", Keys::Leaf),
        ("program", Keys::Leaf),
        ("args", Keys::Leaf),
        ("mode", Keys::Leaf),
        ("timeout", Keys::Leaf),
        ("retries", Keys::Leaf),
        ("backoff", Keys::Leaf),
        ("env", Keys::Leaf),
        ("set", Keys::Any(&Keys::Leaf)),
        ("inherit", Keys::Leaf),
        ("cwd", Keys::Leaf),
        ("concurrency", Keys::Leaf),
        ("max_output", Keys::Leaf),
        ("files", Keys::Leaf),
        ("version", Keys::Leaf),
    ]);

    /// A program without arguments, asked once for each start, and all else as in a suite that does not say.
    #[must_use]
    pub fn new(program: &str) -> Self {
        Self {
            program: program.to_owned(),
            args: Vec::new(),
            mode: CommandMode::Once,
            timeout: timeout(),
            retries: 0,
            backoff: backoff(),
            env: Vec::new(),
            set: BTreeMap::new(),
            inherit: false,
            cwd: None,
            concurrency: concurrency(),
            max_output: max_output(),
            files: Vec::new(),
            version: None,
        }
    }

    pub(in crate::agent) fn open(&self, setting: &AgentSetting<'_>) -> Result<Command, AgentSpecError> {
        check(!self.program.trim().is_empty(), "program", "the name or path of a program")?;
        check(self.concurrency > 0, "concurrency", "at least 1")?;
        check(self.max_output > 0, "max_output", "at least 1 byte")?;
        let named = |name: &String| !name.is_empty() && !name.contains(['=', '\0']);
        check(self.env.iter().all(named), "env", "names of environment variables")?;
        check(self.set.keys().all(named), "set", "values of environment variables")?;
        let cwd = self.cwd.as_ref().map_or(setting.folder.to_owned(), |cwd| setting.folder.join(cwd));
        let digests = self.digests(setting.folder, &cwd)?;
        let identity = json!({
            "contract": CONTRACT, "program": self.program, "args": self.args, "mode": self.mode, "env": self.env,
            "set": self.set, "inherit": self.inherit, "cwd": self.cwd, "files": digests, "version": self.version,
        });
        let (environment, secrets) = self.environment(setting);
        Ok(Command {
            launch: Launch {
                path: self.path(setting, &environment)?,
                program: self.program.clone(),
                args: self.args.clone(),
                environment,
                inherit: self.inherit,
                cwd: Some(cwd),
                max_output: self.max_output,
                keeps_errors: true,
            },
            mode: self.mode,
            timeout: seconds("timeout", self.timeout)?,
            backoff: Backoff {
                retries: self.retries,
                first: seconds("backoff", self.backoff)?,
                longest: LONGEST,
            },
            sleep: sleep(),
            concurrency: self.concurrency,
            secrets,
            fingerprint: canonical::digest("agent command", &identity)?,
            idle: Mutex::new(Vec::new()),
        })
    }

    /// The digests of the files that the agent is made of, by the names that the suite gives them: the program and its
    /// arguments where they are files under the suite's folder, and all that it lists.
    fn digests(&self, folder: &Path, cwd: &Path) -> Result<BTreeMap<String, Digest>, AgentSpecError> {
        let mut digests = BTreeMap::new();
        if program::is_path(&self.program) {
            program::digest_near(&mut digests, folder, folder, &self.program)?;
        }
        for arg in &self.args {
            program::digest_near(&mut digests, folder, cwd, arg)?;
        }
        for name in &self.files {
            program::digest_listed(&mut digests, folder, name)?;
        }
        Ok(digests)
    }

    /// What the program gets, and what of it must not be seen: the values of variables whose names sound secret.
    fn environment(&self, setting: &AgentSetting<'_>) -> (BTreeMap<String, String>, Secrets) {
        let names = ALWAYS.iter().copied().chain(self.env.iter().map(String::as_str));
        let found = names.filter_map(|name| Some((name.to_owned(), (setting.variable)(name)?)));
        let mut all: BTreeMap<String, String> = found.collect();
        all.extend(self.set.clone());
        let mut secrets = Secrets::default();
        for (name, value) in &all {
            let name = name.to_uppercase();
            if ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"].iter().any(|word| name.contains(word)) {
                secrets.add(value);
            }
        }
        (all, secrets)
    }

    /// Where the program is, so that a suite with a misspelt one fails before its first question.
    fn path(
        &self,
        setting: &AgentSetting<'_>,
        environment: &BTreeMap<String, String>,
    ) -> Result<PathBuf, AgentSpecError> {
        let missing = || AgentSpecError::NoProgram { program: self.program.clone() };
        if program::is_path(&self.program) {
            // Absolute, since the program is started from another folder.
            let path = std::path::absolute(setting.folder.join(&self.program)).map_err(|_| missing())?;
            return if path.is_file() { Ok(path) } else { Err(missing()) };
        }
        if cfg!(windows) {
            // Windows looks in more places than the PATH, and for more endings.
            return Ok(PathBuf::from(&self.program));
        }
        let path = environment.get("PATH").map(String::as_str).unwrap_or_default();
        let mut folders = std::env::split_paths(path);
        let found =
            folders.find(|folder: &PathBuf| folder.is_absolute() && is_program(&folder.join(&self.program)));
        Ok(found.ok_or_else(missing)?.join(&self.program))
    }
}

fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    path.is_file()
}
