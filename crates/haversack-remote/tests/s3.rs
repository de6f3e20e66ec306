//! Every operation of a remote against a real server of the S3 protocol, and what happens when it misbehaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod server;

use std::time::Duration;

use haversack_remote::{ObjectRemote, Options, RemoteError, Tag};
use server::{BUCKET, Fault, Server};

#[test]
fn files_are_written_read_listed_and_removed() {
    let server = Server::start();
    let remote = server.remote();
    assert_eq!(remote.get("packs/a.pack").unwrap(), None);
    assert!(!remote.exists("packs/a.pack").unwrap());
    assert_eq!(remote.list("").unwrap(), []);

    remote.put("packs/a.pack", b"0123456789").unwrap();
    remote.put("packs/a.idx", b"").unwrap();
    remote.put("refs/docs.json", b"{}").unwrap();
    assert_eq!(remote.get("packs/a.pack").unwrap().unwrap(), b"0123456789");
    assert_eq!(remote.get("packs/a.idx").unwrap().unwrap(), b"");
    assert_eq!(remote.get_range("packs/a.pack", 2..5).unwrap(), b"234");
    assert_eq!(remote.get_range("packs/a.pack", 4..4).unwrap(), b"");
    assert!(remote.get_range("packs/a.pack", 8..12).is_err());
    assert!(matches!(remote.get_range("packs/b.pack", 0..1), Err(RemoteError::Missing(_))));
    assert!(remote.exists("packs/a.pack").unwrap());
    let packs = [("packs/a.idx".to_owned(), 0), ("packs/a.pack".to_owned(), 10)];
    assert_eq!(remote.list("packs").unwrap(), packs);
    assert_eq!(remote.list("").unwrap().len(), 3);
    assert_eq!(remote.list("pack").unwrap(), []);
    // The files lie in the folder of the URL, not elsewhere in the bucket.
    assert!(server.folder.path().join(BUCKET).join("team/store/packs/a.pack").exists());

    remote.put("packs/a.pack", b"other").unwrap();
    assert_eq!(remote.get("packs/a.pack").unwrap().unwrap(), b"other");
    remote.remove("packs/a.pack").unwrap();
    remote.remove("packs/a.pack").unwrap();
    assert_eq!(remote.get("packs/a.pack").unwrap(), None);
    assert!(remote.put("../a", b"").is_err());
}

#[test]
fn of_two_writers_one_wins() {
    let server = Server::start();
    let (ours, theirs) = (server.remote(), server.remote());
    assert_eq!(ours.get_with_tag("refs/docs.json").unwrap(), None);
    let first = ours.put_if("refs/docs.json", b"one", None).unwrap();
    assert!(matches!(theirs.put_if("refs/docs.json", b"two", None), Err(RemoteError::LostRace(_))));

    let (bytes, tag) = theirs.get_with_tag("refs/docs.json").unwrap().unwrap();
    assert_eq!((bytes.as_slice(), tag.as_str()), (&b"one"[..], first.as_str()));
    let second = theirs.put_if("refs/docs.json", b"three", Some(&tag)).unwrap();
    assert_ne!(second, first);
    assert!(matches!(ours.put_if("refs/docs.json", b"four", Some(&first)), Err(RemoteError::LostRace(_))));
    assert_eq!(ours.get("refs/docs.json").unwrap().unwrap(), b"three");
    let kept = Tag::new(second.as_str());
    ours.put_if("refs/docs.json", b"five", Some(&kept)).unwrap();
    // A file that is gone is not in the state that was read.
    assert!(matches!(ours.put_if("refs/other.json", b"x", Some(&kept)), Err(RemoteError::LostRace(_))));
}

#[test]
fn many_writers_lose_no_line() {
    let server = Server::start();
    let remote = server.remote();
    remote.put_if("lines", b"", None).unwrap();
    let write = |writer: u32| {
        for i in 0..5 {
            loop {
                let (mut bytes, tag) = remote.get_with_tag("lines").unwrap().unwrap();
                bytes.extend_from_slice(format!("{writer} {i}\n").as_bytes());
                match remote.put_if("lines", &bytes, Some(&tag)) {
                    Ok(_) => break,
                    Err(RemoteError::LostRace(_)) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let write = &write;
            scope.spawn(move || write(writer));
        }
    });
    let bytes = remote.get("lines").unwrap().unwrap();
    let lines: std::collections::BTreeSet<_> = bytes.split(|byte| *byte == b'\n').collect();
    assert_eq!((bytes.len(), lines.len()), (20 * 4, 21));
}

#[test]
fn large_files_go_up_in_parts() {
    let server = Server::start();
    let remote = server.remote();
    let bytes: Vec<u8> =
        (0..20 * 1024 * 1024_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let file = server.folder.path().join("large");
    for length in [0, 5, 8 << 20, (8 << 20) + 1, bytes.len()] {
        std::fs::write(&file, &bytes[..length]).unwrap();
        remote.put_file("segments/s/large", &file).unwrap();
        assert!(remote.get("segments/s/large").unwrap().unwrap() == bytes[..length], "{length}");
    }
    let parts = server.requests().iter().filter(|request| request.starts_with("PUT")).count();
    assert_eq!(parts, 1 + 1 + 1 + 2 + 3);
    assert_eq!(
        remote.get_range("segments/s/large", 9_000_000..9_000_100).unwrap(),
        bytes[9_000_000..9_000_100]
    );
    let missing = remote.put_file("x", &server.folder.path().join("not there"));
    assert!(matches!(missing, Err(RemoteError::File { .. })));
}

#[test]
fn a_busy_server_is_asked_again() {
    let server = Server::start();
    let remote = server.remote();
    server.fail(&[Fault::Busy, Fault::Busy]);
    remote.put("a", b"1").unwrap();
    server.fail(&[Fault::Busy, Fault::HangUp]);
    assert_eq!(remote.get("a").unwrap().unwrap(), b"1");
    server.fail(&[Fault::Busy]);
    assert_eq!(remote.list("").unwrap().len(), 1);

    let options = Options { retries: 1, patience: Duration::from_secs(5), ..server.options() };
    let hasty = ObjectRemote::open(&server.url(), &options).unwrap();
    server.fail(&[Fault::Busy, Fault::Busy]);
    assert!(matches!(hasty.get("a"), Err(RemoteError::Request { action: "read", .. })));
}

#[test]
fn a_conditional_write_whose_answer_was_lost_is_no_lost_race() {
    let server = Server::start();
    let remote = server.remote();
    server.fail(&[Fault::AnswerLost]);
    let tag = remote.put_if("refs/docs.json", b"one", None).unwrap();
    server.fail(&[Fault::AnswerLost]);
    let tag = remote.put_if("refs/docs.json", b"two", Some(&tag)).unwrap();
    assert_eq!(remote.get_with_tag("refs/docs.json").unwrap().unwrap(), (b"two".to_vec(), tag));
}

#[test]
fn wrong_credentials_are_refused_by_name() {
    let server = Server::start();
    let mut options = server.options();
    options.settings[1].1 = "another-secret".to_owned();
    let stranger = ObjectRemote::open(&server.url(), &options).unwrap();
    assert!(matches!(stranger.get("a"), Err(RemoteError::Denied { .. })));
    let refused = stranger.put("a", b"1");
    assert!(matches!(refused, Err(RemoteError::Denied { .. })), "{refused:?}");
}

#[test]
fn an_s3_url_reaches_the_server_that_a_setting_names() {
    let server = Server::start();
    let mut options = server.options();
    options.settings.push(("aws_endpoint_url".to_owned(), format!("http://{}", server.address)));
    let remote = ObjectRemote::open(&format!("s3://{BUCKET}/team/store"), &options).unwrap();
    assert_eq!(remote.describe(), "s3://knowledge/team/store");
    remote.put("a", b"1").unwrap();
    assert_eq!(server.remote().get("a").unwrap().unwrap(), b"1");
}

#[test]
fn a_remote_works_inside_an_asynchronous_program() {
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let remote = server.remote();
        remote.put("a", b"1").unwrap();
        assert_eq!(remote.get("a").unwrap().unwrap(), b"1");
    });
}

#[test]
fn nothing_listens_is_an_error_in_bounded_time() {
    let options = Options { retries: 2, patience: Duration::from_secs(5), ..Server::start().options() };
    let remote = ObjectRemote::open("http://127.0.0.1:9/bucket", &options).unwrap();
    assert!(matches!(remote.get("a"), Err(RemoteError::Request { .. })));
}
