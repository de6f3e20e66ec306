use std::fs::File;
use std::io::Read;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};

use crate::RemoteError;
use crate::object::failed;

/// Bytes of one part: every service takes parts of this size, and 10,000 of them are 80 GB.
const PART: usize = 8 << 20;
/// Parts under way at once.
const PARTS: usize = 4;

/// Sends a file: in one request when it is small, else in parts that appear together when the last one is there.
pub(crate) async fn upload(
    store: &dyn ObjectStore,
    at: &Path,
    path: &str,
    local: &std::path::Path,
) -> Result<(), RemoteError> {
    let unreadable = |source| RemoteError::File { path: local.to_owned(), source };
    let mut file = File::open(local).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut part = next(&mut file).map_err(unreadable)?;
    if part.len() < PART {
        return store.put(at, PutPayload::from(part)).await.map(drop).map_err(failed("write", path));
    }
    let started = store.put_multipart(at).await.map_err(failed("write", path))?;
    let mut parts = WriteMultipart::new_with_chunk_size(started, PART);
    let mut sent = 0;
    while !part.is_empty() {
        if let Err(error) = parts.wait_for_capacity(PARTS).await {
            // The failure of the part is what matters, not that of tidying up.
            let _ = parts.abort().await;
            return Err(failed("write", path)(error));
        }
        sent += part.len() as u64;
        parts.put(part.into());
        part = match next(&mut file) {
            Ok(part) => part,
            Err(error) => {
                let _ = parts.abort().await;
                return Err(unreadable(error));
            }
        };
    }
    if sent != length {
        let _ = parts.abort().await;
        return Err(unreadable(std::io::Error::other("the file changed while it was read")));
    }
    parts.finish().await.map(drop).map_err(failed("write", path))
}

/// The next part; shorter only at the end. Reading blocks the thread for milliseconds: it is the remote's own.
fn next(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut part = Vec::new();
    file.take(PART as u64).read_to_end(&mut part)?;
    Ok(part)
}
