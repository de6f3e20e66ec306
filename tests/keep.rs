//! What keeps and moves versions, through the program: gc, forget, push, pull, clone, signatures, a full disk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::{Workplace, files};

fn run(place: &Workplace, args: &[&str]) -> String {
    let (code, out, err) = place.run(args);
    assert_eq!(code, 0, "{args:?}: {out}{err}");
    out
}

fn refused(place: &Workplace, args: &[&str], why: &str) {
    let (code, out, err) = place.run(args);
    assert_eq!(code, 2, "{args:?}: {out}{err}");
    assert!(err.contains(why) && err.contains("error:"), "{args:?}: {err}");
}

/// A workplace with this many versions of the context.
fn with_versions(versions: usize) -> Workplace {
    let place = Workplace::new(12);
    for state in 0..versions {
        place.write_page(1, state);
        run(&place, &["build", "docs"]);
    }
    place
}

fn holds(folder: &Path, text: &str) -> Vec<String> {
    let holds = |path: &std::path::PathBuf| {
        fs::read(path).unwrap().windows(text.len()).any(|window| window == text.as_bytes())
    };
    files(folder).into_iter().filter(holds).map(|path| path.display().to_string()).collect()
}

#[test]
fn gc_says_first_and_keeps_what_the_policy_keeps() {
    let place = with_versions(6);
    run(&place, &["tag", "docs~4", "v1"]);
    let before = place.json(&["log", "docs"]);
    let plan = place.json(&["gc", "--keep-last", "2"]);
    assert_eq!(plan["applied"], false);
    assert_eq!(place.json(&["log", "docs"]), before);
    let pruned = plan["contexts"]["docs"]["pruned"].as_array().unwrap().len();
    assert_eq!((pruned, plan["contexts"]["docs"]["kept"].as_array().unwrap().len()), (3, 3));
    let done = place.json(&["gc", "--keep-last", "2", "--apply"]);
    assert_eq!(done["contexts"]["docs"]["pruned"], plan["contexts"]["docs"]["pruned"]);
    assert!(done["segments"].as_u64().unwrap() > 0);
    for kept in ["docs", "docs~1", "docs@v1"] {
        run(&place, &["pack", kept, "what of keys?"]);
    }
    refused(&place, &["pack", "docs~2", "what of keys?"], "removed");
    run(&place, &["fsck"]);
    assert_eq!(place.json(&["log", "docs"]).as_array().unwrap().len(), 6);
    assert_eq!(place.json(&["gc", "--keep-last", "2", "--apply"])["segments"], 0);
    refused(&place, &["gc", "--keep-younger", "soon"], "span of time");
    // Everything is young, so everything stays.
    let young = with_versions(3);
    let plan = young.json(&["gc", "--keep-last", "1", "--keep-younger", "1h"]);
    assert_eq!(plan["contexts"]["docs"]["pruned"].as_array().unwrap().len(), 0);
}

#[test]
fn a_forgotten_document_is_nowhere_and_does_not_come_back() {
    let place = Workplace::new(12);
    let secret = "# Ana\n\nThe quokka lives in Zwolle, says xylographer Ana.\n";
    fs::write(place.root().join("docs/ana.md"), secret).unwrap();
    run(&place, &["build", "docs"]);
    place.write_page(1, 5);
    fs::write(place.root().join("docs/ana.md"), format!("{secret}\nAnd she moved to Oss.\n")).unwrap();
    run(&place, &["build", "docs"]);
    let versions = place.json(&["log", "docs"]);
    assert!(run(&place, &["pack", "docs", "where does the quokka live?"]).contains("Zwolle"));
    run(&place, &["forget", "docs/ana.md"]);
    assert!(
        run(&place, &["pack", "docs", "where does the quokka live?"]).contains("Zwolle"),
        "not without --yes"
    );
    let forgotten = place.json(&["forget", "docs/ana.md", "--reason", "asked for", "--yes"]);
    assert_eq!(forgotten["records"].as_array().unwrap().len(), 2);
    for word in ["quokka", "xylographer", "Zwolle", "zwoll"] {
        assert_eq!(holds(&place.store(), word), Vec::<String>::new(), "{word}");
    }
    assert_eq!(place.json(&["log", "docs"]), versions);
    let checked = place.json(&["fsck"]);
    assert_eq!((&checked["ok"], &checked["erased"]), (&true.into(), &2.into()));
    for version in ["docs", "docs~1"] {
        let pack = place.json(&["pack", version, "where does the quokka live?"]);
        assert!(!pack["text"].as_str().unwrap().contains("Zwolle"));
        assert!(pack["warnings"].to_string().contains("erased"), "{pack}");
    }
    // Its source is still there; the next build says that it is left out.
    let built = place.json(&["build", "docs"]);
    assert!(built["skipped"].to_string().contains("erased"), "{built}");
    assert!(!run(&place, &["pack", "docs", "where does the quokka live?"]).contains("Zwolle"));
    assert_eq!(holds(&place.store(), "quokka"), Vec::<String>::new());
    fs::write(place.root().join("docs/ana.md"), "# Ana\n\nNothing is known of her.\n").unwrap();
    assert!(!place.json(&["build", "docs"])["skipped"].to_string().contains("erased"));
    refused(&place, &["forget", "docs/nobody.md", "--yes"], "docs/nobody.md");
    refused(&place, &["forget", "nobody", "--yes"], "not a document id");
}

#[test]
fn versions_travel_and_only_what_is_missing_moves() {
    let (here, there) = (with_versions(3), Workplace::new(1));
    let remote = tempfile::tempdir().unwrap();
    let remote = remote.path().to_str().unwrap();
    run(&here, &["tag", "docs~1", "v1"]);
    let first = here.json(&["push", remote, "docs"]);
    assert!(first["objects"].as_u64().unwrap() > 12 && first["moved"] == true);
    assert_eq!(here.json(&["push", remote, "docs"])["objects"], 0);
    let pulled = there.json(&["pull", remote, "docs"]);
    assert_eq!((&pulled["version"], &pulled["warnings"]), (&first["version"], &serde_json::json!([])));
    let query = ["pack", "docs", "what of invoices number 6?"];
    assert_eq!(run(&there, &query), run(&here, &query));
    run(&there, &["fsck"]);
    // One edit: a text, a path of the tree, a manifest, one small segment.
    here.write_page(2, 77);
    run(&here, &["build", "docs"]);
    let second = here.json(&["push", remote, "docs"]);
    assert!(second["objects"].as_u64().unwrap() <= 6, "{second}");
    assert!(there.json(&["pull", remote, "docs"])["objects"].as_u64().unwrap() <= 6);
    assert_eq!(run(&there, &query), run(&here, &query));
    run(&there, &["pull", remote, "docs@v1"]);
    assert_eq!(run(&there, &["pack", "docs@v1", "keys"]), run(&here, &["pack", "docs@v1", "keys"]));
    // By id alone, into nothing.
    let (host, id) = (Workplace::new(1), first["version"].as_str().unwrap());
    assert_eq!(host.json(&["pull", remote, id])["version"], id);
    assert_eq!(host.json(&["show", "docs"])["version"], id);
    // A whole remote.
    run(&host, &["clone", remote, "copy"]);
    // Indexes of versions that are neither the latest nor tagged stay behind.
    run(&host, &["--root", "copy", "fsck", "--repair"]);
    assert_eq!(
        run(&host, &["--root", "copy", "pack", "docs~3", "keys"]),
        run(&here, &["pack", "docs~3", "keys"])
    );
    refused(&host, &["clone", remote, "copy"], "has a store already");
    // Without an index the version is whole, and the index is built again.
    let lean = Workplace::new(1);
    run(&lean, &["pull", remote, "docs", "--no-index"]);
    refused(&lean, &query, "index");
    run(&lean, &["fsck", "--repair"]);
    assert_eq!(run(&lean, &query), run(&here, &query));
}

#[test]
fn two_who_push_do_not_lose_one_anothers_versions() {
    let (here, there) = (with_versions(2), Workplace::new(12));
    let remote = tempfile::tempdir().unwrap();
    let remote = remote.path().to_str().unwrap();
    run(&here, &["push", remote, "docs"]);
    run(&there, &["pull", remote, "docs"]);
    for (place, state) in [(&here, 50), (&there, 60)] {
        place.write_page(4, state);
        run(place, &["build", "docs"]);
    }
    run(&here, &["push", remote, "docs"]);
    refused(&there, &["push", remote, "docs"], "pull first");
    refused(&there, &["pull", remote, "docs"], "changed both here and at the remote");
    run(&there, &["pull", remote, "docs", "--force"]);
    run(&there, &["push", remote, "docs"]);
    let pulled = here.json(&["pull", remote, "docs"]);
    assert_eq!(pulled["version"], there.json(&["show", "docs"])["version"]);
    assert_eq!(here.json(&["log", "docs"]).as_array().unwrap().len(), 4);
    let elsewhere = here.root().join("nothing").display().to_string();
    refused(&here, &["pull", &elsewhere, "docs"], "no haversack remote");
    refused(&here, &["pull", remote, "dosc"], "dosc");
}

#[test]
fn what_must_be_signed_and_is_not_is_refused() {
    let (here, there) = (with_versions(2), Workplace::new(1));
    let remote = tempfile::tempdir().unwrap();
    let remote = remote.path().to_str().unwrap();
    run(&here, &["keygen", "release.key"]);
    run(&here, &["keygen", "other.key"]);
    refused(&here, &["keygen", "release.key"], "never overwritten");
    let public = fs::read_to_string(here.root().join("release.pub")).unwrap();
    let public = public.lines().nth(1).unwrap();
    run(&here, &["push", remote, "docs"]);
    refused(&there, &["pull", remote, "docs", "--require-signature", public], "not signed");
    assert!(!there.store().join("refs/docs.json").exists());
    run(&here, &["sign", "docs", "--key", "other.key"]);
    run(&here, &["push", remote, "docs"]);
    refused(&there, &["pull", remote, "docs", "--require-signature", public], "no valid signature");
    run(&here, &["sign", "docs", "--key", "release.key"]);
    assert_eq!(here.run(&["sign", "docs", "--check", "other.pub"]).0, 1);
    assert_eq!(here.run(&["sign", "docs~1", "--check", "release.pub"]).0, 1);
    run(&here, &["sign", "docs", "--check", "release.pub"]);
    run(&here, &["push", remote, "docs"]);
    // The policy may stand in the settings.
    let settings = format!("[remote.origin]\nurl = {remote:?}\nsigners = [{public:?}]\n");
    fs::write(there.root().join("haversack.toml"), settings).unwrap();
    let pulled = there.json(&["pull", "origin", "docs"]);
    assert_eq!((pulled["signer"].as_str(), &pulled["warnings"]), (Some(public), &serde_json::json!([])));
    // Whoever changes the index at the remote changes what is found: it is not used.
    let index = files(&Path::new(remote).join("indexes")).remove(0);
    let lists: Vec<_> = files(&Path::new(remote).join("indexes"));
    fs::copy(&lists[lists.len() - 1], &index).unwrap();
    let wary = Workplace::new(1);
    let pulled = wary.json(&["pull", remote, "docs", "--require-signature", public]);
    assert!(pulled["signer"] == public);
    fs::write(there.root().join("haversack.toml"), "[remote.origin]\nurl = 7\n").unwrap();
    refused(&there, &["pull", "origin", "docs"], "haversack.toml");
}

/// Runs the program where no file may grow beyond some blocks of 512 bytes, which is how a full disk looks to it.
#[cfg(unix)]
fn on_a_full_disk(place: &Workplace, blocks: usize, command: &str) -> (i32, String) {
    let program = env!("CARGO_BIN_EXE_haversack");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {program} {command}");
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(place.root())
        .env_clear()
        .output()
        .unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
#[cfg(unix)]
fn a_full_disk_is_said_and_the_old_version_stays() {
    let place = with_versions(2);
    let query = ["pack", "docs", "what of keys?"];
    let before = run(&place, &query);
    let remote = place.root().join("remote").display().to_string();
    for blocks in [0, 1, 2, 4, 8, 16] {
        (0..12).for_each(|page| place.write_page(page, 1_000 + blocks));
        let (code, said) = on_a_full_disk(&place, blocks, "build docs");
        if code == 0 {
            assert!(blocks > 4, "{blocks} blocks are not enough");
            continue;
        }
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("because") && said.to_lowercase().contains("file too large"), "{said}");
        assert_eq!(run(&place, &query), before, "{blocks}");
        run(&place, &["fsck"]);
        let (code, said) = on_a_full_disk(&place, blocks, &format!("push {remote} docs"));
        assert!(code == 2 && said.contains("error:"), "{code}: {said}");
    }
    place.write_page(1, 2_000);
    assert_eq!(place.json(&["build", "docs"])["unchanged"], false);
    run(&place, &["fsck"]);
    run(&place, &["push", &remote, "docs"]);
}

#[test]
#[cfg(unix)]
fn a_store_that_cannot_be_written_can_be_read() {
    use std::os::unix::process::CommandExt;
    let place = with_versions(2);
    let expected = run(&place, &["pack", "docs", "what of keys?"]);
    let lock = |mode: &str| {
        std::process::Command::new("chmod").args(["-R", mode]).arg(place.root()).status().unwrap()
    };
    assert!(lock("a+rX,a-w").success());
    let root = std::process::Command::new("id").arg("-u").output().unwrap().stdout.starts_with(b"0\n");
    let as_nobody = |args: &[&str]| {
        let mut command = place.command(args);
        if root {
            // Nothing is read-only to root.
            command.uid(65_534).gid(65_534);
        }
        let output = command.output();
        output.map(|output| {
            (
                output.status.code(),
                String::from_utf8_lossy(&output.stdout).into_owned(),
                String::from_utf8_lossy(&output.stderr).into_owned(),
            )
        })
    };
    // The test's folders must let others in; where they do not, there is nothing to see here.
    if let Ok((Some(0), out, _)) = as_nobody(&["pack", "docs", "what of keys?"]) {
        assert_eq!(out, expected);
        let (code, _, err) = as_nobody(&["build", "docs"]).unwrap();
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains("read-only") || err.contains("denied"), "{err}");
        assert_eq!(as_nobody(&["fsck"]).unwrap().0, Some(0));
    }
    assert!(lock("u+w").success());
    run(&place, &["build", "docs"]);
}
