use crate::layout::{FileEntry, LEXICAL_DIR, QUANTISED_FILE, ROWS_FILE, SIGNS_FILE, TEXTS_FILE};
use crate::mmap::Mapped;
use crate::segment::Segment;
use crate::simd;
use crate::vectors::Quantised;
use crate::{IndexError, Problem};

impl Segment {
    /// Compares every byte with what was built, and the parts with one another.
    ///
    /// Reads every file whole. Checked are: the digest of each file; that each chunk can be read, is the chunk it should
    /// be and has the length in terms that the inverted index knows; that each vector is finite, has length 1, agrees
    /// with its quantised forms and is nearest to itself.
    ///
    /// # Errors
    /// Never for damage, which is a [`Problem`]; only when a file cannot be read at all.
    pub fn verify(&self) -> Result<Vec<Problem>, IndexError> {
        let mut problems = Vec::new();
        for entry in &self.file.files {
            if let Some(detail) = self.compare(entry)? {
                problems.push(Problem { file: entry.name.clone(), detail: detail.to_owned() });
            }
        }
        // What lies on damaged files would only say the same in other words.
        if problems.is_empty() {
            self.verify_texts(&mut problems);
            self.verify_vectors(&mut problems);
        }
        Ok(problems)
    }

    fn compare(&self, entry: &FileEntry) -> Result<Option<&'static str>, IndexError> {
        let bytes = match Mapped::open(&self.dir.join(&entry.name)) {
            Ok(bytes) => bytes,
            Err(IndexError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Some("missing"));
            }
            Err(error) => return Err(error),
        };
        if bytes.len() as u64 != entry.length {
            return Ok(Some("another length"));
        }
        let same = blake3::hash(&bytes).as_bytes() == entry.digest.as_bytes();
        Ok((!same).then_some("does not match its digest"))
    }

    fn verify_texts(&self, problems: &mut Vec<Problem>) {
        let problem = |file: &str, detail: String| Problem { file: file.to_owned(), detail };
        let lengths = match self.postings.lengths() {
            Ok(lengths) => lengths,
            Err(error) => return problems.push(problem(LEXICAL_DIR, error.to_string())),
        };
        for at in 0..self.chunks() {
            match self.chunk(at) {
                Ok(Some(chunk)) if self.document(at) != Some(&chunk.document) => {
                    problems.push(problem(TEXTS_FILE, format!("chunk {} names another document", chunk.id)));
                }
                Ok(Some(_)) => {}
                Ok(None) => problems.push(problem(TEXTS_FILE, format!("chunk {at} has no text"))),
                Err(error) => problems.push(problem(TEXTS_FILE, format!("chunk {at}: {error}"))),
            }
            if self.table.terms().get(at) != lengths.get(at) {
                problems.push(problem(LEXICAL_DIR, format!("chunk {at} has another number of terms")));
            }
        }
    }

    fn verify_vectors(&self, problems: &mut Vec<Problem>) {
        let Some(vectors) = &self.vectors else { return };
        let shape = vectors.shape;
        for at in 0..self.chunks() {
            let result = (|| -> Result<Option<(&str, &'static str)>, IndexError> {
                let row = vectors.row(at)?;
                let again = Quantised::of(row.get(..shape.dimensions).unwrap_or_default(), shape)?;
                let signs = vectors.signs()?.get(at * shape.words..(at + 1) * shape.words);
                Ok(if vectors.bytes(at)? != again.bytes || vectors.scales()?.get(at) != Some(&again.scale) {
                    Some((QUANTISED_FILE, "does not follow from its vector"))
                } else if signs != Some(&again.signs) {
                    Some((SIGNS_FILE, "does not follow from its vector"))
                } else if (simd::dot(row, &again.row) - 1.0).abs() > 3e-3 {
                    Some((ROWS_FILE, "is not nearest to itself"))
                } else {
                    None
                })
            })();
            match result {
                Ok(None) => {}
                Ok(Some((file, detail))) => {
                    problems.push(Problem { file: file.to_owned(), detail: format!("chunk {at} {detail}") });
                }
                Err(error) => {
                    problems
                        .push(Problem { file: ROWS_FILE.to_owned(), detail: format!("chunk {at}: {error}") });
                }
            }
        }
    }
}
