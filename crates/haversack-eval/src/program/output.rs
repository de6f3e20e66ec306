use std::io::Read;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What is kept of stderr: its last bytes.
const TAIL: usize = 64 << 10;

/// Lines that may wait to be read; a program that prints more is made to wait.
const AHEAD: usize = 8;

/// What comes out of a program.
pub(super) enum Event {
    /// A line, without its end.
    Line(Vec<u8>),
    /// A line that is longer than allowed.
    TooLong,
}

/// Reads a program's output line by line in a thread of its own; the channel ends with the output.
pub(super) fn lines(mut output: impl Read + Send + 'static, limit: usize) -> Receiver<Event> {
    let (send, receive) = sync_channel(AHEAD);
    std::thread::spawn(move || {
        let mut line = Vec::new();
        let mut buffer = vec![0; 16 << 10];
        while let Some(read) = some(&mut output, &mut buffer) {
            if !forward(read, &mut line, limit, &send) {
                // Dropping the pipe tells a program that prints without end.
                return;
            }
        }
        if !line.is_empty() {
            let _ = send.send(Event::Line(line));
        }
    });
    receive
}

/// The next bytes that there are; none at the end, or when the pipe fails.
fn some<'b>(output: &mut impl Read, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let read = loop {
        match output.read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Ok(read) => break read,
            Err(_) => return None,
        }
    };
    (read > 0).then(|| &buffer[..read])
}

/// Adds bytes to the line that is being read, and sends the lines that are complete; false when nobody wants more.
fn forward(bytes: &[u8], line: &mut Vec<u8>, limit: usize, send: &SyncSender<Event>) -> bool {
    for part in bytes.split_inclusive(|byte| *byte == b'\n') {
        let complete = part.ends_with(b"\n");
        line.extend_from_slice(part.strip_suffix(b"\n").unwrap_or(part));
        if line.len() > limit {
            let _ = send.send(Event::TooLong);
            return false;
        }
        if complete && send.send(Event::Line(std::mem::take(line))).is_err() {
            return false;
        }
    }
    true
}

/// The end of a program's stderr, which a thread reads so that the program never waits.
pub(super) struct Tail {
    bytes: Arc<Mutex<Vec<u8>>>,
    open: Receiver<()>,
}

impl Tail {
    pub fn of(mut stderr: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (alive, open): (Sender<()>, Receiver<()>) = channel();
        let kept = Arc::clone(&bytes);
        std::thread::spawn(move || {
            let _alive = alive;
            let mut buffer = vec![0; 16 << 10];
            while let Some(read) = some(&mut stderr, &mut buffer) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(read);
                let over = kept.len().saturating_sub(TAIL);
                kept.drain(..over);
            }
        });
        Self { bytes, open }
    }

    /// What was kept, once the program has closed it or `patience` is over.
    pub fn read(&self, patience: Duration) -> String {
        // Nothing is ever sent: this waits for the thread to let go of its end.
        let _ = self.open.recv_timeout(patience);
        String::from_utf8_lossy(&self.bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &'static [u8], limit: usize) -> Vec<String> {
        let events = lines(bytes, limit).into_iter();
        events
            .map(|event| match event {
                Event::Line(line) => String::from_utf8(line).unwrap(),
                Event::TooLong => "too long".to_owned(),
            })
            .collect()
    }

    #[test]
    fn lines_end_with_a_line_end_or_with_the_output() {
        assert_eq!(all(b"ab\n\nc", 9), ["ab", "", "c"]);
        assert_eq!(all(b"ab\n", 2), ["ab"]);
        assert_eq!(all(b"ab\nabc\nd\n", 2), ["ab", "too long"]);
        assert_eq!(all(b"", 2), [""; 0]);
    }

    #[test]
    fn the_end_of_stderr_is_kept() {
        let long = [vec![b'a'; TAIL], b"the end".to_vec()].concat();
        let kept = Tail::of(std::io::Cursor::new(long)).read(Duration::from_secs(9));
        assert_eq!(kept.len(), TAIL);
        assert!(kept.ends_with("aathe end"));
    }
}
