use std::future::Future;
use std::ops::Range;
use std::sync::{Arc, mpsc};

use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use tokio::runtime::{Builder, Runtime};

use crate::connect::connect;
use crate::location::shown;
use crate::upload::upload;
use crate::{Options, RemoteError, Tag};

/// Files below a URL of an object store: read and written whole, never seen half written.
///
/// Paths are relative, with `/` between their parts. Every call blocks until the service has answered, and may be made
/// from several threads at once, also from those of an asynchronous program.
#[derive(Debug)]
pub struct ObjectRemote {
    store: Arc<dyn ObjectStore>,
    folder: Path,
    url: String,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl ObjectRemote {
    /// Prepares to talk to a service. Nothing is sent yet.
    ///
    /// # Errors
    /// When the URL names no service or one that this program was built without, when a setting or credential of the
    /// environment makes no sense, or when the connection to another machine would not be encrypted and nobody asked
    /// for that.
    pub fn open(url: &str, options: &Options) -> Result<Self, RemoteError> {
        let (store, folder) = connect(url, options)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("haversack-remote")
            .enable_all()
            .build()
            .map_err(|error| RemoteError::Threads(Some(error)))?;
        Ok(Self { store, folder, url: shown(url), runtime: Some(runtime) })
    }

    /// The URL, as it may be shown to people.
    #[must_use]
    pub fn describe(&self) -> String {
        self.url.clone()
    }

    /// The bytes of a file; `None` when it is not there.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses.
    pub fn get(&self, path: &str) -> Result<Option<Vec<u8>>, RemoteError> {
        let (store, at) = self.at(path)?;
        absent(self.wait("read", path, async move { Ok(store.get(&at).await?.bytes().await?.to_vec()) }))
    }

    /// A part of a file: bytes `range.start .. range.end`, all of them.
    ///
    /// # Errors
    /// When the file is missing or shorter, or the service cannot be reached or refuses.
    pub fn get_range(&self, path: &str, range: Range<u64>) -> Result<Vec<u8>, RemoteError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let (store, at) = self.at(path)?;
        let wanted = range.end - range.start;
        let bytes =
            self.wait("read", path, async move { Ok(store.get_range(&at, range).await?.to_vec()) })?;
        if bytes.len() as u64 == wanted {
            return Ok(bytes);
        }
        let short = format!("{} bytes came where {wanted} were asked for", bytes.len());
        Err(RemoteError::Request { action: "read", path: path.to_owned(), source: short.into() })
    }

    /// The bytes of a file and which state of it they are.
    ///
    /// # Errors
    /// As [`get`](Self::get), and when the service names no state.
    pub fn get_with_tag(&self, path: &str) -> Result<Option<(Vec<u8>, Tag)>, RemoteError> {
        let (store, at) = self.at(path)?;
        let read = self.wait("read", path, async move {
            let answer = store.get(&at).await?;
            let tag = Tag::from_parts(answer.meta.e_tag.as_deref(), answer.meta.version.as_deref());
            Ok((answer.bytes().await?.to_vec(), tag))
        });
        match absent(read)? {
            None => Ok(None),
            Some((bytes, Some(tag))) => Ok(Some((bytes, tag))),
            Some((_, None)) => Err(RemoteError::NoTag(path.to_owned())),
        }
    }

    /// Writes a file, over one that may be there.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses; the old file then stands, or the new one, never a mixture.
    pub fn put(&self, path: &str, bytes: &[u8]) -> Result<(), RemoteError> {
        let (store, at) = self.at(path)?;
        let payload = PutPayload::from(bytes.to_vec());
        self.wait("write", path, async move { store.put(&at, payload).await.map(drop) })
    }

    /// Writes a file of this machine, in parts when it is large. Memory is that of a few parts.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`put`](Self::put).
    pub fn put_file(&self, path: &str, file: &std::path::Path) -> Result<(), RemoteError> {
        let (store, at) = self.at(path)?;
        let (remote, local) = (path.to_owned(), file.to_owned());
        self.run(async move { upload(&*store, &at, &remote, &local).await })?
    }

    /// Writes a file if it is in the expected state (`None`: if it is not there), and returns its new state.
    ///
    /// When the file is in another state but holds just these bytes, that is success: so a write whose answer was lost
    /// does not lose against itself.
    ///
    /// # Errors
    /// [`RemoteError::LostRace`] when it is in another state; else as [`put`](Self::put).
    pub fn put_if(&self, path: &str, bytes: &[u8], expected: Option<&Tag>) -> Result<Tag, RemoteError> {
        let (store, at) = self.at(path)?;
        let payload = PutPayload::from(bytes.to_vec());
        let mode = expected.map_or(PutMode::Create, |tag| PutMode::Update(tag.parts()));
        let options = PutOptions { mode, ..PutOptions::default() };
        let written = self.wait("write", path, async move { store.put_opts(&at, payload, options).await });
        match written {
            Ok(result) => Tag::from_parts(result.e_tag.as_deref(), result.version.as_deref())
                .ok_or_else(|| RemoteError::NoTag(path.to_owned())),
            // A retried request meets its own first try.
            Err(RemoteError::LostRace(_) | RemoteError::Missing(_)) => match self.get_with_tag(path)? {
                Some((there, tag)) if there == bytes => Ok(tag),
                _ => Err(RemoteError::LostRace(path.to_owned())),
            },
            Err(error) => Err(error),
        }
    }

    /// Paths and lengths of all files below a folder (`""` is everything), by path.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses. A folder that is not there is empty.
    pub fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, RemoteError> {
        let (store, at) = self.at(folder)?;
        let root = self.folder.clone();
        let mut files = self.wait("list", folder, async move {
            let below = (!at.is_root()).then_some(&at);
            let metas: Vec<_> = store.list(below).try_collect().await?;
            let relative = |path: &Path| {
                path.prefix_match(&root)
                    .map(|parts| parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"))
            };
            Ok(metas
                .iter()
                .filter_map(|meta| Some((relative(&meta.location)?, meta.size)))
                .collect::<Vec<_>>())
        })?;
        files.sort();
        Ok(files)
    }

    /// Whether a file is there.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses.
    pub fn exists(&self, path: &str) -> Result<bool, RemoteError> {
        let (store, at) = self.at(path)?;
        let found = self.wait("look for", path, async move { store.head(&at).await.map(drop) });
        Ok(absent(found)?.is_some())
    }

    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses.
    pub fn remove(&self, path: &str) -> Result<(), RemoteError> {
        let (store, at) = self.at(path)?;
        absent(self.wait("remove", path, async move { store.delete(&at).await })).map(drop)
    }

    fn at(&self, path: &str) -> Result<(Arc<dyn ObjectStore>, Path), RemoteError> {
        let relative = Path::parse(path).map_err(|error| RemoteError::Request {
            action: "name",
            path: path.to_owned(),
            source: Box::new(error),
        })?;
        Ok((Arc::clone(&self.store), self.folder.parts().chain(relative.parts()).collect()))
    }

    fn wait<T: Send + 'static>(
        &self,
        action: &'static str,
        path: &str,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, RemoteError> {
        self.run(work)?.map_err(failed(action, path))
    }

    /// Runs on the remote's own threads, and waits on a plain channel: blocking on the runtime itself would panic
    /// inside another one.
    fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, RemoteError> {
        let runtime = self.runtime.as_ref().ok_or(RemoteError::Threads(None))?;
        let (send, receive) = mpsc::sync_channel(1);
        runtime.spawn(async move {
            // Nobody waits only when the caller's thread is gone.
            let _ = send.send(work.await);
        });
        receive.recv().map_err(|_| RemoteError::Threads(None))
    }
}

impl Drop for ObjectRemote {
    fn drop(&mut self) {
        // Waiting for threads is not allowed inside an asynchronous program, and there is nothing to wait for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(crate) fn failed(action: &'static str, path: &str) -> impl FnOnce(Error) -> RemoteError {
    let path = path.to_owned();
    move |error| match error {
        Error::NotFound { .. } => RemoteError::Missing(path),
        Error::AlreadyExists { .. } | Error::Precondition { .. } => RemoteError::LostRace(path),
        Error::PermissionDenied { source, .. } | Error::Unauthenticated { source, .. } => {
            RemoteError::Denied { path, source }
        }
        Error::Generic { source, .. } => RemoteError::Request { action, path, source },
        other => RemoteError::Request { action, path, source: Box::new(other) },
    }
}

fn absent<T>(result: Result<T, RemoteError>) -> Result<Option<T>, RemoteError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(RemoteError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
