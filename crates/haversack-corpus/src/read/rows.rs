use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor};

use encoding_rs::{Encoding, UTF_8};
use haversack_model::Document;
use serde_json::Value;

use crate::scan::SourceFile;
use crate::skip::SkipReason;

use super::build::Builder;
use super::decode::{decode, guess, is_binary, lenient};
use super::load;
use super::records::Recorder;
use super::row::Row;

/// Bytes that are read at a time, and from which the encoding is told.
const BUFFER: usize = 64 << 10;

/// Reads a table with a header row; the delimiter is a comma, or a semicolon where the header has no comma.
pub(super) fn delimited(
    builder: &Builder<'_>,
    file: &SourceFile,
    delimiter: Option<u8>,
    each: &mut dyn FnMut(Document),
) -> Result<(), SkipReason> {
    let mut source = Source::open(file, builder.max_bytes())?;
    let delimiter = match delimiter {
        Some(delimiter) => delimiter,
        None => source.delimiter().map_err(unreadable)?,
    };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(source.input);
    let mut recorder = Recorder::new(builder);
    let header = reader.byte_headers().map_err(|error| damaged(&error))?.clone();
    let columns: Vec<String> =
        header.iter().map(|name| lenient(name, source.encoding).trim().to_owned()).collect();
    check_columns(builder, &columns)?;
    let mut record = csv::ByteRecord::new();
    loop {
        let row = recorder.next_row();
        match reader.read_byte_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            Err(error) => return Err(SkipReason::BadRecord { row, error: error.to_string() }),
        }
        let cells = record.iter().map(|cell| Value::String(lenient(cell, source.encoding).into_owned()));
        each(recorder.document(&Row(columns.iter().cloned().zip(cells).collect()))?);
    }
}

/// Reads one JSON object a line; blank lines are not rows.
pub(super) fn json_lines(
    builder: &Builder<'_>,
    file: &SourceFile,
    each: &mut dyn FnMut(Document),
) -> Result<(), SkipReason> {
    let mut source = Source::open(file, builder.max_bytes())?;
    let mut recorder = Recorder::new(builder);
    let mut line = Vec::new();
    loop {
        line.clear();
        if source.input.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            return Ok(());
        }
        let text = lenient(&line, source.encoding);
        if text.trim().is_empty() {
            continue;
        }
        let row = recorder.next_row();
        let parsed: Row = serde_json::from_str(&text)
            .map_err(|error| SkipReason::BadRecord { row, error: error.to_string() })?;
        each(recorder.document(&parsed)?);
    }
}

/// The bytes of a table and the encoding of what in them is not UTF-8.
struct Source {
    input: Box<dyn BufRead>,
    encoding: &'static Encoding,
}

impl Source {
    fn open(file: &SourceFile, max_bytes: u64) -> Result<Self, SkipReason> {
        let opened = File::open(&file.absolute).map_err(unreadable)?;
        let mut input = BufReader::with_capacity(BUFFER, opened);
        let head = input.fill_buf().map_err(unreadable)?;
        let mark = Encoding::for_bom(head);
        match mark {
            Some((encoding, bytes)) if encoding == UTF_8 => input.consume(bytes),
            None if !is_binary(head) => {
                // A character cut by the end of the buffer is no error.
                let broken = std::str::from_utf8(head).is_err_and(|error| error.error_len().is_some());
                let encoding = if broken { guess(head) } else { UTF_8 };
                return Ok(Self { input: Box::new(input), encoding });
            }
            // UTF-16 has no bytes to split lines at: it is decoded whole.
            _ => {
                let text = decode(load(file, max_bytes)?)?.text;
                return Ok(Self { input: Box::new(Cursor::new(text)), encoding: UTF_8 });
            }
        }
        Ok(Self { input: Box::new(input), encoding: UTF_8 })
    }

    fn delimiter(&mut self) -> io::Result<u8> {
        let head = self.input.fill_buf()?;
        let header = head.split(|&b| b == b'\n').next().unwrap_or_default();
        Ok(if !header.contains(&b',') && header.contains(&b';') { b';' } else { b',' })
    }
}

/// Columns that the corpus names must be there: a renamed column of labels must not open what it closed.
fn check_columns(builder: &Builder<'_>, columns: &[String]) -> Result<(), SkipReason> {
    let records = builder.records();
    let standard = ["", "_id", "title", "labels"];
    let named = [&records.id, &records.title, &records.labels];
    let named = named.into_iter().filter(|name| !standard.contains(&name.as_str())).chain(&records.text);
    for name in named {
        if !columns.contains(name) {
            return Err(SkipReason::Damaged { error: format!("no column `{name}`") });
        }
    }
    let twice = columns.iter().enumerate().find(|(i, name)| !name.is_empty() && columns[..*i].contains(name));
    match twice {
        Some((_, name)) => Err(SkipReason::Damaged { error: format!("column `{name}` stands twice") }),
        None => Ok(()),
    }
}

fn damaged(error: &csv::Error) -> SkipReason {
    SkipReason::Damaged { error: error.to_string() }
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn unreadable(error: io::Error) -> SkipReason {
    SkipReason::Unreadable { error: error.to_string() }
}
