//! Versions to and from remotes: objects, then indexes and signatures, then the line.

use std::collections::BTreeSet;

use haversack_model::{Digest, VersionId};
use haversack_store::sync::{self, Content, Diverged, Remote, SyncError};
use haversack_store::{Action, Address, Entry, Line, Point, StoreError, WriteLock};
use serde::Serialize;

use crate::index_meta::segment_path;
use crate::remote::RemoteSettings;
use crate::travel::{IndexList, arriving, settle};
use crate::{Error, Progress, Stage, Store, Workspace, derived, forget, repair, signing, travel};

/// How versions travel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TravelOptions {
    /// Leave indexes behind; they are built again where they are needed.
    pub without_index: bool,
    /// Go on where both sides have versions or tags that the other has not: a push replaces the remote's, a pull puts
    /// those made here after the remote's. It also looks for damage in what both sides seem to have, and mends it.
    pub force: bool,
    /// Pull every version of the log, not only the one that is named.
    pub history: bool,
    /// Public keys of which one must have signed what is pulled, besides those in `haversack.toml`.
    pub signers: Vec<String>,
    /// Seconds since 1970, for the log.
    pub now: u64,
}

/// What a push or a pull moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Travelled {
    /// The context.
    pub context: String,
    /// The version that was named.
    pub version: VersionId,
    /// Objects that were not there before.
    pub objects: u64,
    /// Files of indexes that were not there before.
    pub files: u64,
    /// Bytes of both.
    pub bytes: u64,
    /// Whether `latest` moved.
    pub moved: bool,
    /// The key that signed the version, where that was asked for.
    pub signer: Option<String>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

impl Travelled {
    fn new(context: &str, version: VersionId) -> Self {
        let context = context.to_owned();
        let warnings = Vec::new();
        Self { context, version, objects: 0, files: 0, bytes: 0, moved: false, signer: None, warnings }
    }
}

/// Sends a context to a remote: its versions, the indexes of its latest and tagged ones, signatures, and last its line.
/// With an address of one version (`docs@3f9c2a1b`) only that goes, and no line moves: it can be pulled by its id.
///
/// Only what the remote has not is sent; whenever a push ends, the remote is sound, and the next push goes on.
///
/// # Errors
/// When the remote has versions that are not here (unless `force`), somebody else pushes at the same time, something is
/// damaged, or the remote fails.
pub fn push(
    workspace: &Workspace,
    store: &Store,
    remote: &str,
    address: &str,
    options: &TravelOptions,
    progress: &dyn Progress,
) -> Result<Travelled, Error> {
    let address: Address = address.parse()?;
    let remote = RemoteSettings::find(workspace, remote)?.open(workspace)?;
    let line = store.inner.line(&address.context)?;
    let version = line.resolve(&address)?;
    let whole = address.point == Point::Latest && address.back == 0;
    let versions = if whole { line.versions() } else { vec![version] };
    let mut travelled = Travelled::new(&address.context, version);
    let watch = |done, total| progress.at(Stage::Transfer, done, total);
    let pushed = match push_all(store, &*remote, &versions, options.force, &mut travelled, &watch) {
        // Somebody erased something at the remote that is still here.
        Err(Error::Sync(SyncError::Erased { .. })) => {
            let lock = store.inner.lock()?;
            take_erasures(store, &*remote, &lock, &mut travelled, progress)?;
            push_all(store, &*remote, &versions, true, &mut travelled, &watch)?
        }
        pushed => pushed?,
    };
    (travelled.objects, travelled.bytes) = (pushed.objects, pushed.bytes);
    for version in &versions {
        let named = *version == travelled.version || line.tags.values().any(|tagged| tagged == version);
        if named && !options.without_index {
            push_index(store, &*remote, *version, &mut travelled, &watch)?;
        }
        if let Some(signature) = store.signature(*version)? {
            remote.put(&signing::path(*version), Content::Bytes(signature.as_bytes()))?;
        }
    }
    if whole {
        let pushed = sync::push_line(&*remote, &address.context, &line, options.force)?;
        travelled.moved = pushed.before != line.latest();
        if pushed.lost > 0 {
            let lost = crate::error::count(pushed.lost, "step");
            travelled.warnings.push(format!("{lost} of the remote's log, which are not here, are gone"));
        }
    }
    Ok(travelled)
}

/// Sends what was erased here, then the objects that the remote has not.
fn push_all(
    store: &Store,
    remote: &dyn Remote,
    versions: &[VersionId],
    thorough: bool,
    travelled: &mut Travelled,
    watch: sync::Progress<'_>,
) -> Result<sync::Pushed, Error> {
    let erased = sync::push_erasures(&store.inner, remote, thorough, watch)?;
    if !erased.documents.is_empty() {
        let documents = crate::error::count(erased.documents.len(), "document");
        travelled.warnings.push(format!("{documents} erased here were erased at the remote too"));
        travel::drop_indexes(&store.inner, remote)?;
    }
    Ok(sync::push_objects(&store.inner, remote, versions, thorough, watch)?)
}

/// Erases here what was erased at a remote.
fn take_erasures(
    store: &Store,
    remote: &dyn Remote,
    lock: &WriteLock,
    travelled: &mut Travelled,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let erased = sync::pull_erasures(&store.inner, lock, remote)?;
    if !erased.is_empty() {
        let documents = crate::error::count(erased.len(), "document");
        travelled.warnings.push(format!("{documents} erased at the remote were erased here too"));
        forget::finish(store, lock, progress)?;
    }
    Ok(())
}

fn push_index(
    store: &Store,
    remote: &dyn Remote,
    version: VersionId,
    travelled: &mut Travelled,
    watch: sync::Progress<'_>,
) -> Result<(), Error> {
    let list = match IndexList::of(&store.inner, version) {
        Ok(list) => list,
        // An index is a cache: without it the version is whole.
        Err(error) => {
            travelled.warnings.push(format!("the index of {} was not sent: {error}", version.short()));
            return Ok(());
        }
    };
    let files = list.files(&|segment| Some(segment_path(&store.inner, segment)));
    let moved = sync::push_files(remote, &files, watch)?;
    travelled.files += moved.files;
    travelled.bytes += moved.bytes;
    let (path, bytes) = (IndexList::path(version), list.to_bytes()?);
    if remote.get(&path)?.as_deref() != Some(&bytes) {
        remote.put(&path, Content::Bytes(&bytes))?;
    }
    Ok(())
}

/// Fetches a version from a remote, by address or by its full id, with its index. Everything that comes is compared with
/// its digest; nothing counts before all of it is here. With `history` every version of the context comes.
///
/// An address of the latest version moves `latest` here to it. Any other address makes its version available, and moves
/// `latest` only where there was none.
///
/// # Errors
/// When the remote has no such version, holds damaged bytes, or fails; when a signature is asked for and there is none
/// by a trusted key; when both sides have versions of their own (unless `force`). What was here stays as it was.
pub fn pull(
    workspace: &Workspace,
    store: &Store,
    remote: &str,
    address: &str,
    options: &TravelOptions,
    progress: &dyn Progress,
) -> Result<Travelled, Error> {
    let settings = RemoteSettings::find(workspace, remote)?;
    let mut signers = settings.signers.clone();
    signers.extend(options.signers.iter().cloned());
    let remote = settings.open(workspace)?;
    let lock = store.inner.lock()?;
    let wanted = Wanted::find(&*remote, address)?;
    let trip = Pull { store, remote: &*remote, lock: &lock, signers: &signers, options, progress };
    trip.run(&wanted)
}

/// Fetches every context of a remote, or those named, with their histories, into a new workspace at `folder`.
///
/// # Errors
/// As [`pull`]; and when the folder has a store already.
pub fn clone(
    remote: &str,
    folder: &Workspace,
    contexts: &[String],
    options: &TravelOptions,
    progress: &dyn Progress,
) -> Result<Vec<Travelled>, Error> {
    let options = TravelOptions { history: true, ..options.clone() };
    let there = RemoteSettings::find(folder, remote)?.open(folder)?;
    let listed = sync::list_lines(&*there)?;
    let contexts = if contexts.is_empty() { &listed } else { contexts };
    std::fs::create_dir_all(folder.root()).map_err(Error::io("create folder", folder.root()))?;
    let store = Store::create(folder.store_path())?;
    contexts.iter().map(|context| pull(folder, &store, remote, context, &options, progress)).collect()
}

/// What is to be pulled.
struct Wanted {
    version: VersionId,
    /// The context and its line at the remote; none for a version that no line there names.
    line: Option<(String, Line)>,
    /// Whether the whole line is wanted.
    latest: bool,
}

impl Wanted {
    fn find(remote: &dyn Remote, address: &str) -> Result<Self, Error> {
        if let Ok(version) = address.parse::<Digest>() {
            // Its context is found when its manifest is here.
            return Ok(Self { version, line: None, latest: false });
        }
        let address: Address = address.parse()?;
        let none = || StoreError::NoContext(address.context.clone());
        let (line, _) = sync::fetch_line(remote, &address.context)?.ok_or_else(none)?;
        let version = match (&address.point, line.resolve(&address)) {
            // A full id need not stand in the log.
            (Point::Named(id), Err(_)) if address.back == 0 && id.parse::<Digest>().is_ok() => {
                id.parse().map_err(|_| none())?
            }
            (_, resolved) => resolved?,
        };
        let latest = address.point == Point::Latest && address.back == 0;
        Ok(Self { version, line: Some((address.context, line)), latest })
    }
}

struct Pull<'a> {
    store: &'a Store,
    remote: &'a dyn Remote,
    lock: &'a WriteLock,
    signers: &'a [String],
    options: &'a TravelOptions,
    progress: &'a dyn Progress,
}

impl Pull<'_> {
    fn run(&self, wanted: &Wanted) -> Result<Travelled, Error> {
        let (store, version) = (&self.store.inner, wanted.version);
        let mut travelled = Travelled::new("", version);
        // Before anything else: what is not signed is not even fetched.
        let signature = self.remote.get(&signing::path(version))?;
        let signature = signature.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let mut signed_index = None;
        if !self.signers.is_empty() {
            let text = signature.as_ref().ok_or(Error::Unsigned(version))?;
            let signed = haversack_sign::verify(text, version, self.signers)?;
            travelled.signer = Some(signed.key);
            signed_index = signed.index;
        }
        let versions = match &wanted.line {
            Some((_, line)) if self.options.history => line.versions(),
            _ => vec![version],
        };
        let watch = |done, total| self.progress.at(Stage::Transfer, done, total);
        take_erasures(self.store, self.remote, self.lock, &mut travelled, self.progress)?;
        let thorough = self.options.force;
        let pulled = sync::pull_objects(store, self.lock, self.remote, &versions, thorough, &watch)?;
        (travelled.objects, travelled.bytes) = (pulled.objects, pulled.bytes);
        travelled.context = match &wanted.line {
            Some((context, _)) => context.clone(),
            None => store.manifest(version)?.recipe.name,
        };
        if let Some(signature) = &signature {
            self.store.keep_signature(version, signature)?;
        }
        if !self.options.without_index {
            for version in &versions {
                let signed = (*version == wanted.version).then_some(signed_index).flatten();
                self.index(*version, signed, &mut travelled, &watch)?;
            }
        }
        self.publish(wanted, &versions, &mut travelled)?;
        if !self.options.without_index && repair::inspect_lightly(self.store, version).is_err() {
            travelled
                .warnings
                .push("it has no index here; build it with `haversack fsck --repair`".to_owned());
        }
        Ok(travelled)
    }

    /// Fetches the index of a version. One that is not there or not as it should be is said and left.
    fn index(
        &self,
        version: VersionId,
        signed: Option<Digest>,
        travelled: &mut Travelled,
        watch: sync::Progress<'_>,
    ) -> Result<(), Error> {
        let store = &self.store.inner;
        if repair::inspect_lightly(self.store, version).is_ok() {
            return Ok(());
        }
        let Some(bytes) = self.remote.get(&IndexList::path(version))? else { return Ok(()) };
        let mut leave = |why: String| {
            travelled.warnings.push(format!("the remote's index of {} is not used: {why}", version.short()));
            Ok(())
        };
        if !self.signers.is_empty() && signed != Some(Digest::of(&bytes)) {
            return leave("nobody signed it".to_owned());
        }
        let list = match IndexList::from_bytes(&bytes) {
            Ok(list) => list,
            Err(error) => return leave(error.to_string()),
        };
        if list.meta.version != version {
            return leave("it is that of another version".to_owned());
        }
        let missing = list.missing(store);
        let files = list.files(&|segment| missing.contains(&segment).then(|| arriving(store, segment)));
        let moved = match sync::pull_files(self.remote, &files, watch) {
            Ok(moved) => moved,
            Err(error @ (SyncError::Damaged { .. } | SyncError::Absent { .. })) => {
                return leave(error.to_string());
            }
            Err(error) => return Err(error.into()),
        };
        if let Err(error) = settle(store, &missing) {
            return leave(error.to_string());
        }
        list.meta.save(store)?;
        // The files are those of the list; now whether the list is that of the version.
        if let Err(error) = repair::inspect_whole(self.store, version) {
            for segment in &missing {
                derived::remove_segment(&segment_path(store, *segment))?;
            }
            let path = crate::index_meta::IndexMeta::path(store, version);
            std::fs::remove_file(&path).map_err(Error::io("remove", &path))?;
            return leave(error.to_string());
        }
        travelled.files += moved.files;
        travelled.bytes += moved.bytes;
        Ok(())
    }

    /// Has the context's line name what came.
    fn publish(
        &self,
        wanted: &Wanted,
        versions: &[VersionId],
        travelled: &mut Travelled,
    ) -> Result<(), Error> {
        let (store, context) = (&self.store.inner, travelled.context.as_str());
        let here = match store.line(context) {
            Ok(line) => Some(line),
            Err(StoreError::NoContext(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let there = match &wanted.line {
            Some((_, line)) => Some(line.clone()),
            None => sync::fetch_line(self.remote, context)?.map(|(line, _)| line),
        };
        let there = there.and_then(|line| upto(line, wanted));
        let diverged = if self.options.force { Diverged::Onto } else { Diverged::Refuse };
        let line = match there {
            Some(there) => {
                let pulled: BTreeSet<VersionId> = versions.iter().copied().collect();
                sync::merge_line(context, here.as_ref(), &there, &pulled, diverged, self.options.force)?
            }
            None => {
                let mut line = here.clone().unwrap_or_default();
                let named = line.all_versions().contains(&wanted.version);
                line.pruned.remove(&wanted.version);
                if !named {
                    let (parent, message) = (line.latest(), String::new());
                    let (version, at) = (wanted.version, self.options.now);
                    line.push(Entry { version, parent, at, action: Action::Pull, message });
                }
                line
            }
        };
        travelled.moved = here.as_ref().and_then(Line::latest) != line.latest();
        if here.as_ref() != Some(&line) {
            store.set_line(self.lock, context, &line)?;
        }
        Ok(())
    }
}

/// The part of a remote's line that a pull takes over: all of it, or the steps that lead to the version that is wanted,
/// with the tags that name it. None when no step leads to it.
fn upto(mut line: Line, wanted: &Wanted) -> Option<Line> {
    if !wanted.latest {
        let at = line.entries.iter().rposition(|entry| entry.version == wanted.version)?;
        line.entries.truncate(at + 1);
        line.tags.retain(|_, version| *version == wanted.version);
    }
    Some(line)
}
