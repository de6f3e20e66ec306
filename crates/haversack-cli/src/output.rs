//! Where text goes: data to stdout, the rest to stderr, colours only where they are wanted.

use std::error::Error as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;

/// How the program speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// JSON to stdout instead of text.
    pub json: bool,
    /// No progress and no notes.
    pub quiet: bool,
}

/// Headings and ids.
pub(crate) const STRONG: Style = Style::new().bold();
/// What is beside the point.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// What was added, or is well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What was removed, or is not.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// What changed, or wants attention.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();

/// Text in a style; `anstream` takes the codes out where they are not wanted (pipes, NO_COLOR).
pub(crate) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

impl Output {
    pub fn new(global: &Global) -> Self {
        Self { json: global.json, quiet: global.quiet }
    }

    /// Writes data.
    pub fn data(&self, text: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    /// Writes bytes that are data as they are, without a look at colours: a pack may hold escape codes of its own.
    pub fn raw(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    /// Writes a value as JSON with a line end.
    pub fn value(&self, value: &impl Serialize) -> Result<(), Failure> {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        self.raw(&text)
    }

    /// Writes a remark that is no data.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.stderr(text);
        }
    }

    /// Writes a warning; only `--quiet` silences it.
    pub fn warning(&self, text: &str) {
        self.note(&format!("{} {text}", paint(WARN, "warning:")));
    }

    /// Writes why the command failed, down to the cause, and what to do.
    pub fn failure(&self, failure: &Failure) {
        let mut text = format!("{} {failure}", paint(BAD, "error:"));
        let mut source = failure.source();
        let mut last = failure.to_string();
        while let Some(cause) = source {
            let said = cause.to_string();
            // Some layers repeat what is beneath them.
            if !last.contains(&said) {
                text.push_str(&format!("\n  because {said}"));
            }
            last = said;
            source = cause.source();
        }
        if let Some(hint) = failure.hint() {
            text.push_str(&format!("\n{} {hint}", paint(GOOD, "hint:")));
        }
        self.stderr(&text);
        if let Failure::Engine(haversack::Error::Lost { lost }) = failure {
            for skipped in lost.iter().take(20) {
                self.stderr(&format!("  {}: {}", skipped.path, skipped.reason));
            }
            if lost.len() > 20 {
                self.stderr(&format!("  and {} more", lost.len() - 20));
            }
        }
    }

    /// Writes what was asked for but is no data.
    pub fn stderr(&self, text: &str) {
        // When nobody can read stderr there is nobody to tell.
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }
}

/// Columns of the terminal, or 100 where there is none.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)).max(20)
}

/// The first line of a text, cut to a number of columns.
pub(crate) fn one_line(text: &str, columns: usize) -> String {
    use unicode_width::UnicodeWidthChar;
    let mut line = String::new();
    let mut used = 0;
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > columns.saturating_sub(1) {
            line.push('…');
            break;
        }
        // Control characters of a document must not steer the terminal.
        line.push(if c.is_control() { ' ' } else { c });
        used += wide;
    }
    line
}

/// `1 document`, `3 documents`.
pub(crate) fn count(n: impl TryInto<u64>, noun: &str) -> String {
    let n = n.try_into().unwrap_or(u64::MAX);
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// `812 B`, `3.4 kB`, `1.2 GB`.
pub(crate) fn bytes(n: u64) -> String {
    let mut value = n as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1_000.0 {
            return if unit == "B" { format!("{n} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1_000.0;
    }
    format!("{value:.1} TB")
}
