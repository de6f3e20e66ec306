//! Versions travel through a real server of the S3 protocol, from program to program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
#[allow(dead_code, reason = "the remote's own tests use the rest")]
#[path = "../crates/haversack-remote/tests/server/mod.rs"]
mod server;

use std::process::Output;

use common::Workplace;
use serde_json::Value;
use server::{Fault, Server};

fn run(place: &Workplace, server: &Server, args: &[&str]) -> Output {
    let mut command = place.command(args);
    for (name, value) in server.options().settings {
        command.env(name.to_uppercase(), value);
    }
    command.output().unwrap()
}

fn json(place: &Workplace, server: &Server, args: &[&str]) -> Value {
    let all: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    let output = run(place, server, &all);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn versions_travel_through_an_object_store() {
    let server = Server::start();
    let (here, there, url) = (Workplace::new(20), Workplace::new(1), server.url());
    here.json(&["build", "docs"]);
    let pushed = json(&here, &server, &["push", &url, "docs"]);
    assert!(pushed["objects"].as_u64().unwrap() > 20 && pushed["files"].as_u64().unwrap() > 5);
    let pulled = json(&there, &server, &["pull", &url, "docs"]);
    assert_eq!((&pulled["version"], &pulled["warnings"]), (&pushed["version"], &serde_json::json!([])));
    let query = ["pack", "docs", "what of invoices number 6?"];
    // Standard error tells how long it took.
    let (theirs, ours) = (there.run(&query), here.run(&query));
    assert_eq!((theirs.0, theirs.1), (ours.0, ours.1));
    assert_eq!(there.run(&["fsck"]).0, 0);

    // A server that stumbles is asked again; only what is missing moves.
    here.write_page(3, 9);
    here.json(&["build", "docs"]);
    server.fail(&[Fault::Busy, Fault::AnswerLost, Fault::HangUp, Fault::Busy]);
    assert!(json(&here, &server, &["push", &url, "docs"])["objects"].as_u64().unwrap() <= 6);
    // Of two who push at once, the later one is told.
    there.write_page(0, 4);
    std::fs::write(there.root().join("docs/new.md"), "# New\n\nA page of theirs.\n").unwrap();
    there.json(&["build", "docs"]);
    let refused = run(&there, &server, &["push", &url, "docs"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("pull first"));

    // Without credentials, and with a server that is not there, errors name the remote and show no secret.
    let lost = here.command(&["push", &url, "docs"]).env("AWS_ACCESS_KEY_ID", "nobody").output().unwrap();
    assert_eq!(lost.status.code(), Some(2));
    let said = String::from_utf8_lossy(&lost.stderr).into_owned();
    assert!(said.contains("error:") && !said.contains("test-secret"), "{said}");
}

#[test]
fn what_is_erased_here_is_erased_there() {
    let server = Server::start();
    let (here, there, url) = (Workplace::new(8), Workplace::new(1), server.url());
    let secret = "# Ana\n\nThe quokka lives in Zwolle.\n";
    std::fs::write(here.root().join("docs/ana.md"), secret).unwrap();
    here.json(&["build", "docs"]);
    json(&here, &server, &["push", &url, "docs"]);
    json(&there, &server, &["pull", &url, "docs"]);
    here.json(&["forget", "docs/ana.md", "--yes"]);
    let pushed = json(&here, &server, &["push", &url, "docs"]);
    assert!(pushed["warnings"].to_string().contains("erased at the remote"), "{pushed}");
    let holds = |folder: &std::path::Path| {
        common::files(folder).into_iter().any(|path| {
            std::fs::read(path).unwrap().windows(6).any(|window| window == b"Zwolle" || window == b"quokka")
        })
    };
    assert!(!holds(server.folder.path()));
    assert!(holds(&there.store()));
    let pulled = json(&there, &server, &["pull", &url, "docs"]);
    assert!(pulled["warnings"].to_string().contains("erased here too"), "{pulled}");
    assert!(!holds(&there.store()));
    assert_eq!(there.run(&["fsck"]).0, 0);
}
