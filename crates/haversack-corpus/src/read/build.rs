use haversack_model::{CorpusSource, Digest, Document, DocumentId, DocumentRecord, Media, Records};

use crate::scan::SourceFile;
use crate::skip::SkipReason;

use super::decode::{Decoded, decode};
use super::facts::Facts;
use super::{front_matter, language, title};

/// Makes the documents of one file.
pub(super) struct Builder<'a> {
    source: &'a CorpusSource,
    file: &'a SourceFile,
    facts: Facts,
}

impl<'a> Builder<'a> {
    pub(super) fn new(source: &'a CorpusSource, file: &'a SourceFile) -> Self {
        Self { source, file, facts: Facts::of(source, file) }
    }

    pub(super) fn max_bytes(&self) -> u64 {
        self.source.max_bytes
    }

    pub(super) fn records(&self) -> &'a Records {
        &self.source.records
    }

    /// What the corpus and its rules say of the file.
    pub(super) fn facts(&self) -> Facts {
        self.facts.clone()
    }

    /// Markdown, text or reStructuredText, with or without front matter.
    pub(super) fn prose(&self, bytes: Vec<u8>, media: Media) -> Result<Document, SkipReason> {
        let Decoded { text, encoding } = decode(bytes)?;
        let mut facts = self.facts();
        if let Some(encoding) = encoding {
            facts.note("encoding", &encoding);
        }
        let broken = |error| SkipReason::FrontMatter { error };
        let front = front_matter::read(&text).map_err(broken)?;
        for (key, fact) in front.facts {
            facts.add(&key, fact).map_err(broken)?;
        }
        if facts.title.is_none() {
            facts.title = match media {
                Media::Markdown => title::markdown(&text[front.body..]),
                Media::Rst => title::rst(&text[front.body..]),
                Media::Text | Media::Code => None,
            };
        }
        self.document(text, front.body, media, facts)
    }

    /// Source code: its title is its path, since that is what programmers know it by.
    pub(super) fn code(&self, bytes: Vec<u8>, code: &str) -> Result<Document, SkipReason> {
        let Decoded { text, encoding } = decode(bytes)?;
        let mut facts = self.facts();
        if let Some(encoding) = encoding {
            facts.note("encoding", &encoding);
        }
        facts.note("code", code);
        facts.title = Some(self.file.path.clone());
        self.document(text, 0, Media::Code, facts)
    }

    /// The one document of the file.
    pub(super) fn document(
        &self,
        text: String,
        body: usize,
        media: Media,
        facts: Facts,
    ) -> Result<Document, SkipReason> {
        let id = DocumentId::new(&self.source.name, &self.file.path).map_err(|_| SkipReason::BadName)?;
        Ok(self.finish(id, text, body, media, facts))
    }

    /// The document of one row.
    pub(super) fn record(
        &self,
        name: &str,
        text: String,
        facts: Facts,
    ) -> Result<Document, haversack_model::InvalidDocumentId> {
        let id = DocumentId::new(&self.source.name, &format!("{}#{name}", self.file.path))?;
        Ok(self.finish(id, text, 0, Media::Text, facts))
    }

    fn finish(&self, id: DocumentId, text: String, body: usize, media: Media, facts: Facts) -> Document {
        let Facts { title, language, labels, trust, metadata } = facts;
        let language = language.or_else(|| match media {
            Media::Code => None,
            Media::Markdown | Media::Text | Media::Rst => language::guess(&text[body..]),
        });
        let title = title.unwrap_or_else(|| title::stem(&self.file.path));
        Document {
            record: DocumentRecord {
                id,
                text: Digest::of(text.as_bytes()),
                bytes: text.len() as u64,
                body: body as u64,
                media,
                title,
                language,
                labels,
                trust,
                metadata,
            },
            text,
        }
    }
}
