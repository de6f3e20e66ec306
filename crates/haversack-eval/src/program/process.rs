use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use super::output::{Event, Tail, lines};

/// How long a program's pipes may stay open after it was killed: a child that left its group may hold them.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long a program that served may take to end by itself.
const FAREWELL: Duration = Duration::from_millis(200);

/// How a program is started.
pub(crate) struct Launch {
    /// Where it is.
    pub path: PathBuf,
    /// As the suite writes it, for messages.
    pub program: String,
    pub args: Vec<String>,
    pub environment: BTreeMap<String, String>,
    pub inherit: bool,
    /// None is the caller's.
    pub cwd: Option<PathBuf>,
    /// Most bytes for a question.
    pub max_output: usize,
    /// Whether the end of its stderr is kept; else that goes where the caller's goes.
    pub keeps_errors: bool,
}

impl Launch {
    /// Starts it in a process group of its own, so that its children can be killed with it.
    pub fn start(&self) -> std::io::Result<Process> {
        let mut command = std::process::Command::new(&self.path);
        if !self.inherit {
            command.env_clear();
        }
        command.args(&self.args).envs(&self.environment);
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(if self.keeps_errors { Stdio::piped() } else { Stdio::inherit() });
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::Error::other("no pipes"));
        };
        let stderr = child.stderr.take().map(Tail::of);
        let (input, receive) = channel::<Vec<u8>>();
        // A program that does not read must not hold up whoever asks; one that closes its input is free to.
        std::thread::spawn(move || {
            let mut stdin = stdin;
            for line in receive {
                if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
                    return;
                }
            }
        });
        Ok(Process {
            child,
            input: Some(input),
            output: lines(stdout, self.max_output),
            stderr,
            limit: self.max_output,
            asked: 0,
            reaped: false,
        })
    }
}

/// A running program. Dropping it ends it, its children, and what the system remembers of them.
pub(crate) struct Process {
    child: Child,
    input: Option<Sender<Vec<u8>>>,
    output: Receiver<Event>,
    stderr: Option<Tail>,
    limit: usize,
    asked: u64,
    reaped: bool,
}

/// Why a program said nothing that could be read.
pub(crate) enum Silence {
    /// The deadline passed.
    TimedOut,
    /// It printed too much.
    TooMuch {
        /// Most bytes.
        limit: usize,
    },
    /// It ended.
    Ended {
        /// How.
        status: ExitStatus,
    },
}

impl Process {
    /// Asks the one question of a program that is started for it: gives it all that it is to read, and takes all that it
    /// prints until it ends, which it must do with success and in time.
    pub fn ask_once(&mut self, bytes: Vec<u8>, deadline: Instant) -> Result<Vec<u8>, Silence> {
        self.send(bytes);
        self.end_input();
        let said = self.rest(deadline)?;
        self.success(deadline).map(|()| said)
    }

    /// The number of the next question.
    pub fn next_id(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    /// Gives it bytes to read; a program that has ended does not get them, which its output tells.
    pub fn send(&self, bytes: Vec<u8>) {
        if let Some(input) = &self.input {
            let _ = input.send(bytes);
        }
    }

    /// Closes its input behind what was sent.
    fn end_input(&mut self) {
        self.input = None;
    }

    /// Whether it runs and has said nothing since its last answer.
    pub fn is_quiet(&mut self) -> bool {
        loop {
            match self.output.try_recv() {
                Ok(Event::Line(line)) if line.trim_ascii().is_empty() => {}
                Err(TryRecvError::Empty) => return !self.has_ended(),
                _ => return false,
            }
        }
    }

    /// The next line that is not blank.
    pub fn line(&mut self, deadline: Instant) -> Result<Vec<u8>, Silence> {
        loop {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Event::Line(line)) if line.trim_ascii().is_empty() => {}
                Ok(Event::Line(line)) => return Ok(line),
                Ok(Event::TooLong) => return Err(Silence::TooMuch { limit: self.limit }),
                Err(RecvTimeoutError::Timeout) => return Err(Silence::TimedOut),
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended(deadline)),
            }
        }
    }

    /// All that it prints until it ends, or closes its output.
    fn rest(&mut self, deadline: Instant) -> Result<Vec<u8>, Silence> {
        let mut all = Vec::new();
        // When the program itself has ended, a child may go on and hold the output open.
        let mut until: Option<Instant> = None;
        loop {
            let now = Instant::now();
            if until.is_none() && self.has_ended() {
                self.kill();
                until = Some(now + PATIENCE);
            }
            // Short turns, to notice the program's end while a child holds its output.
            let turn = deadline.min(until.unwrap_or(now + Duration::from_millis(20)));
            match self.output.recv_timeout(turn.saturating_duration_since(now)) {
                Ok(Event::Line(line)) => {
                    all.extend_from_slice(&line);
                    all.push(b'\n');
                    if all.len() > self.limit + 1 {
                        return Err(Silence::TooMuch { limit: self.limit });
                    }
                }
                Ok(Event::TooLong) => return Err(Silence::TooMuch { limit: self.limit }),
                Err(RecvTimeoutError::Disconnected) => return Ok(all),
                Err(RecvTimeoutError::Timeout) if until.is_some_and(|until| Instant::now() >= until) => {
                    return Ok(all);
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => {
                    return Err(Silence::TimedOut);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Waits for its end, which must be a success.
    fn success(&mut self, deadline: Instant) -> Result<(), Silence> {
        match self.wait(deadline) {
            None => Err(Silence::TimedOut),
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(Silence::Ended { status }),
        }
    }

    /// What it wrote to stderr last, where that is kept. Ask after it has ended.
    pub fn stderr(&self) -> String {
        self.stderr.as_ref().map_or_else(String::new, |stderr| stderr.read(PATIENCE))
    }

    fn ended(&mut self, deadline: Instant) -> Silence {
        match self.wait(deadline) {
            Some(status) => Silence::Ended { status },
            None => Silence::TimedOut,
        }
    }

    /// Its status once it has ended; none at the deadline.
    fn wait(&mut self, deadline: Instant) -> Option<ExitStatus> {
        let mut pause = Duration::from_micros(200);
        while !self.has_ended() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            std::thread::sleep(pause.min(left));
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        self.kill()
    }

    /// Whether it has ended. Its number is not given free, so that its group can still be killed.
    fn has_ended(&mut self) -> bool {
        #[cfg(unix)]
        if !self.reaped {
            use rustix::process::{WaitId, WaitIdOptions, waitid};
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
            return match waitid(WaitId::Pid(rustix::process::Pid::from_child(&self.child)), options) {
                Ok(status) => status.is_some(),
                Err(_) => true,
            };
        }
        self.reaped || !matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it and its children, and gives its number free; its status. Where there are no process groups, only the
    /// program itself is ended.
    pub fn kill(&mut self) -> Option<ExitStatus> {
        self.input = None;
        if !self.reaped {
            #[cfg(unix)]
            let _ = rustix::process::kill_process_group(
                rustix::process::Pid::from_child(&self.child),
                rustix::process::Signal::KILL,
            );
            let _ = self.child.kill();
            self.reaped = true;
        }
        self.child.wait().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that serves sees the end of its input and may end by itself.
        let serves = self.asked > 0 && self.input.take().is_some();
        if serves && !self.reaped {
            let _ = self.wait(Instant::now() + FAREWELL);
        }
        self.kill();
    }
}
