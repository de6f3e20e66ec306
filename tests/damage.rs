//! A flipped bit, a cut, another file in its place, or no file at all, anywhere in the store: `fsck` finds it, and a pack
//! is the same as before or an error, never another one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a test says what it did")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use common::{Random, Workplace, copy, files, from_env};
use haversack::{Machine, Principal, Request, Silent, Store};

const QUERIES: [&str; 3] = ["what of invoices number 6?", "page about keys", "state2 refunds"];
const ADDRESSES: [&str; 3] = ["docs", "docs@v1", "other"];

/// Packs of every query and version, as text; errors as `None`.
type Packs = Vec<Option<String>>;

fn packs(store: &Path) -> Packs {
    let Ok(store) = Store::open(store) else { return vec![None; QUERIES.len() * ADDRESSES.len()] };
    let mut packs = Vec::new();
    for address in ADDRESSES {
        let context = store.context(address);
        for query in QUERIES {
            let request = Request::new(query).budget(600).principal(Principal::anyone());
            let pack = context.as_ref().ok().and_then(|context| context.pack(&request).ok());
            packs.push(pack.map(|pack| format!("{}\n{}", pack.version, pack.text())));
        }
    }
    packs
}

/// Whether `fsck` says that all is well.
fn is_sound(store: &Path) -> bool {
    let Ok(store) = Store::open(store) else { return false };
    haversack::fsck(&store, false, &Machine::default(), &Silent).is_ok_and(|checked| checked.ok)
}

/// A store with everything in it: versions of two contexts, tags, a signature, an erasure, tombstones, caches.
fn make() -> Workplace {
    let place = Workplace::new(30);
    let other = place.root().join("contexts/other");
    fs::create_dir_all(&other).unwrap();
    let recipe = fs::read_to_string(place.root().join("contexts/docs/recipe.toml")).unwrap();
    fs::write(
        other.join("recipe.toml"),
        recipe.replace("name = \"docs\"\n[[corpus]]", "name = \"other\"\n[[corpus]]"),
    )
    .unwrap();
    let run = |args: &[&str]| {
        let (code, out, err) = place.run(args);
        assert_eq!(code, 0, "{args:?}: {out}{err}");
    };
    run(&["build", "docs"]);
    run(&["tag", "docs", "v1"]);
    place.write_page(3, 1);
    place.write_page(6, 2);
    run(&["build", "docs"]);
    place.write_page(7, 2);
    run(&["build", "other"]);
    run(&["build", "docs"]);
    run(&["forget", "docs/page-011.md", "--yes"]);
    run(&["keygen", "release.key"]);
    run(&["sign", "docs@v1", "--key", "release.key"]);
    run(&["sign", "docs", "--key", "release.key"]);
    place
}

/// The kind of a file: what damage to it could break.
fn kind(path: &Path) -> String {
    let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let name = parts.last().unwrap();
    match parts[0].as_str() {
        "segments" => format!("segment {}", if parts.len() == 4 { "lexical" } else { name }),
        "refs" => format!("ref {}", if name.ends_with(".old") { "old" } else { "line" }),
        "cache" => format!("cache {}", parts[1]),
        other => other.to_owned(),
    }
}

/// Does something bad to a file; gives what, or nothing when the file is as before.
fn harm(path: &Path, others: &[PathBuf], random: &mut Random) -> Option<String> {
    let before = fs::read(path).unwrap();
    let said = match random.below(4) {
        0 if !before.is_empty() => {
            let (at, bit) = (random.below(before.len()), random.below(8));
            let mut bytes = before.clone();
            bytes[at] ^= 1 << bit;
            fs::write(path, bytes).unwrap();
            format!("bit {bit} of byte {at} of {} flipped", before.len())
        }
        1 if !before.is_empty() => {
            let length = random.below(before.len());
            fs::write(path, &before[..length]).unwrap();
            format!("cut to {length} of {}", before.len())
        }
        2 if others.len() > 1 => {
            let other = &others[random.below(others.len())];
            fs::copy(other, path).unwrap();
            format!("replaced by {}", other.display())
        }
        _ => {
            fs::remove_file(path).unwrap();
            "removed".to_owned()
        }
    };
    (fs::read(path).ok() != Some(before)).then_some(said)
}

#[test]
fn damage_is_found_and_never_packed() {
    let rounds = from_env("HAVERSACK_DAMAGES", 120);
    let mut random = Random::seeded();
    let place = make();
    let clean = place.store();
    assert!(is_sound(&clean));
    let expected = packs(&clean);
    assert!(expected.iter().all(Option::is_some));
    let mut kinds: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in files(&clean) {
        let path = path.strip_prefix(&clean).unwrap().to_owned();
        // These are no data: the lock's text is for people, and git's file is git's.
        if path != Path::new("lock") && path != Path::new(".gitignore") {
            kinds.entry(kind(&path)).or_default().push(path);
        }
    }
    let names: Vec<&String> = kinds.keys().collect();
    let wanted = ["packs", "ref line", "ref old", "indexes", "segment rows", "segment lexical", "signatures"];
    for kind in wanted.iter().chain(&["format", "erased.json", "cache scan", "cache vectors"]) {
        assert!(names.iter().any(|name| name == kind), "{kind} is not among {names:?}");
    }
    let (mut quiet, mut struck) = (BTreeSet::new(), 0);
    for round in 0..rounds {
        let kind = names[round % names.len()];
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join(".haversack");
        copy(&clean, &store);
        let all: Vec<PathBuf> = kinds[kind].iter().map(|path| store.join(path)).collect();
        let path = &all[random.below(all.len())];
        let Some(said) = harm(path, &all, &mut random) else { continue };
        struck += 1;
        let what = format!("{kind}: {}: {said}", path.strip_prefix(&store).unwrap().display());
        for (found, expected) in packs(&store).iter().zip(&expected) {
            assert!(found.is_none() || found == expected, "{what}: another pack");
        }
        // A cache or an older copy that is not there at all is not damaged.
        let spare = ["cache scan", "cache vectors", "ref old", "signatures", "erased.json.old"];
        let absent = !path.exists() && spare.contains(&kind.as_str());
        if is_sound(&store) {
            assert!(absent, "{what}: fsck finds nothing");
            quiet.insert(kind.clone());
        }
    }
    eprintln!("{struck} damages over {} kinds of files; harmless when absent: {quiet:?}", names.len());
    assert!(struck > rounds / 2);
}

#[test]
fn fsck_mends_what_can_be_made_again() {
    let place = make();
    let expected = packs(&place.store());
    let harm = |path: &str| {
        let path = files(&place.store()).into_iter().find(|p| p.to_string_lossy().contains(path)).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        fs::write(&path, bytes).unwrap();
    };
    // The line comes last: it is mended by going back a step.
    let paths =
        ["/rows", "/lexical/", "/indexes/", "cache/scan", "cache/vectors", "docs.json.old", "refs/docs.json"];
    for path in paths {
        harm(path);
        assert_eq!(place.run(&["fsck"]).0, 1, "{path}");
        let (code, out, err) = place.run(&["fsck", "--repair"]);
        assert_eq!(code, 0, "{path}: {out}{err}");
        assert_eq!(place.run(&["fsck"]).0, 0, "{path}");
        if !path.starts_with("refs") {
            assert!(packs(&place.store()) == expected, "{path}: other packs");
        }
    }
}
