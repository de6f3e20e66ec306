//! `keygen` and `sign`.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use haversack::{Error, KeyPair};
use serde_json::json;

use super::sync::public_key;
use super::{context_or_only, store, suggest, workspace};
use crate::Answer;
use crate::args::{Global, KeygenArgs, SignArgs};
use crate::failure::Failure;
use crate::output::{Output, STRONG, paint};

/// Where the password of a secret key is looked for: a command line can be read by everybody on the machine.
const PASSWORD: &str = "HAVERSACK_KEY_PASSWORD";

fn password() -> Option<String> {
    std::env::var(PASSWORD).ok().filter(|password| !password.is_empty())
}

pub(crate) fn keygen(output: &Output, args: &KeygenArgs) -> Result<Answer, Failure> {
    let public = args.secret.with_extension("pub");
    if public == args.secret {
        return Err(Failure::usage(
            "a secret key must not be called .pub",
            "name it for example release.key",
        ));
    }
    let keys = KeyPair::generate(password().as_deref()).map_err(Error::from)?;
    write_new(&args.secret, &keys.secret, true)?;
    write_new(&public, &format!("untrusted comment: haversack public key\n{}\n", keys.public), false)?;
    if output.json {
        output.value(&json!({"public": keys.public, "secret_file": args.secret, "public_file": public}))?;
    } else {
        output.data(&format!("{}\n", keys.public))?;
        output.note(&format!("secret key in {}, public key in {}", args.secret.display(), public.display()));
        if password().is_none() {
            output.note(&format!("the secret key has no password; {PASSWORD} gives it one"));
        }
    }
    Ok(Answer::Done)
}

/// Writes a file that must not exist; a secret one is for its owner alone.
fn write_new(path: &Path, text: &str, secret: bool) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if secret { 0o600 } else { 0o644 });
    }
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        Failure::usage(format!("cannot write `{}`: {error}", path.display()), "keys are never overwritten")
    })
}

pub(crate) fn sign(global: &Global, output: &Output, args: &SignArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let address = context_or_only(&workspace, args.context.as_deref())?;
    let store = store(&workspace)?;
    if let Some(key) = &args.check {
        let version = store.resolve(&address).map_err(|error| suggest(&workspace, &address, error))?;
        return match store.signed(version, &[public_key(key)?]) {
            Ok(signed) if output.json => {
                output.value(&json!({"version": version, "signed": true, "key": signed.key}))?;
                Ok(Answer::Done)
            }
            Ok(signed) => {
                output.data(&format!("{} is signed by {}\n", paint(STRONG, version.short()), signed.key))?;
                Ok(Answer::Done)
            }
            Err(error @ (Error::Unsigned(_) | Error::Sign(_))) => {
                if output.json {
                    output.value(&json!({"version": version, "signed": false, "why": error.to_string()}))?;
                } else {
                    output.data(&format!("{error}\n"))?;
                }
                Ok(Answer::No)
            }
            Err(error) => Err(error.into()),
        };
    }
    let Some(path) = &args.key else {
        return Err(Failure::usage("nothing to sign with", "--key FILE, made by `haversack keygen FILE`"));
    };
    let secret = fs::read_to_string(path).map_err(|error| {
        Failure::usage(
            format!("cannot read `{}`: {error}", path.display()),
            "make one: `haversack keygen FILE`",
        )
    })?;
    let version = store
        .sign(&address, &secret, password().as_deref())
        .map_err(|error| suggest(&workspace, &address, error))?;
    if output.json {
        output.value(&json!({"version": version}))?;
    } else {
        output.data(&format!("signed {}\n", paint(STRONG, version.short())))?;
    }
    Ok(Answer::Done)
}
