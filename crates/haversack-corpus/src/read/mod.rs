use std::fs;

use haversack_model::{CorpusSource, Document, Media};

use crate::format::Format;
use crate::scan::SourceFile;
use crate::skip::{SkipReason, Skipped};

mod build;
mod decode;
mod facts;
mod front_matter;
mod html;
mod language;
mod notebook;
mod pdf;
mod records;
mod row;
mod rows;
mod title;
mod yaml;

use build::Builder;

/// Names what readers do; it changes when the same bytes would give other documents.
pub const READER_VERSION: &str = "reader-1";

/// Reads one file into its documents: one, or one for each row of a table.
///
/// Files may be read in parallel. The file is read afresh, so that a file that changed after the scan is read as
/// it is now.
///
/// # Errors
/// Why the file gave no documents. A table with one bad row gives none.
pub fn read(source: &CorpusSource, file: &SourceFile) -> Result<Vec<Document>, Skipped> {
    let mut documents = Vec::new();
    read_each(source, file, &mut |document| documents.push(document))?;
    Ok(documents)
}

/// As [`read`](fn@read), but hands over each document as it is read; memory stays bounded by the largest row.
///
/// # Errors
/// As [`read`](fn@read). Documents handed over before an error must be discarded: the file as a whole failed.
pub fn read_each(
    source: &CorpusSource,
    file: &SourceFile,
    each: &mut dyn FnMut(Document),
) -> Result<(), Skipped> {
    let builder = Builder::new(source, file);
    dispatch(&builder, file, each).map_err(|reason| Skipped { path: file.path.clone(), reason })
}

fn dispatch(
    builder: &Builder<'_>,
    file: &SourceFile,
    each: &mut dyn FnMut(Document),
) -> Result<(), SkipReason> {
    let bytes = || load(file, builder.max_bytes());
    match file.format {
        Format::Csv => return rows::delimited(builder, file, None, each),
        Format::Tsv => return rows::delimited(builder, file, Some(b'\t'), each),
        Format::JsonLines => return rows::json_lines(builder, file, each),
        _ => {}
    }
    each(match file.format {
        Format::Markdown => builder.prose(bytes()?, Media::Markdown)?,
        Format::Text => builder.prose(bytes()?, Media::Text)?,
        Format::Rst => builder.prose(bytes()?, Media::Rst)?,
        Format::Code(language) => builder.code(bytes()?, language)?,
        Format::Notebook => notebook::read(builder, bytes()?)?,
        Format::Html => html::read(builder, bytes()?)?,
        Format::Pdf => pdf::read(builder, bytes()?)?,
        Format::Csv | Format::Tsv | Format::JsonLines => return Err(SkipReason::Unsupported),
    });
    Ok(())
}

/// The bytes of a file, which may have grown since the scan.
fn load(file: &SourceFile, max_bytes: u64) -> Result<Vec<u8>, SkipReason> {
    use std::io::Read;
    let unreadable = |error: std::io::Error| SkipReason::Unreadable { error: error.to_string() };
    let mut bytes = Vec::with_capacity(usize::try_from(file.bytes.min(max_bytes)).unwrap_or(0));
    let opened = fs::File::open(&file.absolute).map_err(unreadable)?;
    opened.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > max_bytes {
        return Err(SkipReason::TooLarge { bytes: bytes.len() as u64 });
    }
    Ok(bytes)
}
