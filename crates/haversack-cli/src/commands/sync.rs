//! `push`, `pull` and `clone`.

use haversack::{TravelOptions, Travelled, Workspace};

use super::{context_or_only, now, store, suggest, workspace};
use crate::Answer;
use crate::args::{CloneArgs, Global, PullArgs, PushArgs, TravelArgs};
use crate::failure::Failure;
use crate::output::{FAINT, Output, STRONG, bytes, count, paint};
use crate::progress::Bars;

pub(crate) fn push(global: &Global, output: &Output, args: &PushArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let context = context_or_only(&workspace, args.context.as_deref())?;
    let store = store(&workspace)?;
    let options = options(&args.travel, &[], false)?;
    let pushed = haversack::push(&workspace, &store, &args.remote, &context, &options, &Bars::new(output))
        .map_err(|error| suggest(&workspace, &context, error))?;
    if output.json {
        output.value(&pushed)?;
    } else {
        output.data(&line("pushed", &pushed))?;
        pushed.warnings.iter().for_each(|warning| output.warning(warning));
    }
    Ok(Answer::Done)
}

pub(crate) fn pull(global: &Global, output: &Output, args: &PullArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let store = haversack::Store::create(workspace.store_path())?.machine(super::machine());
    let options = options(&args.travel, &args.signers, args.history)?;
    let pulled =
        haversack::pull(&workspace, &store, &args.remote, &args.version, &options, &Bars::new(output))?;
    show(output, std::slice::from_ref(&pulled), |output| output.value(&pulled))
}

pub(crate) fn clone(global: &Global, output: &Output, args: &CloneArgs) -> Result<Answer, Failure> {
    let folder = Workspace::at(&args.folder);
    if folder.store_path().exists() {
        return Err(Failure::usage(
            format!("`{}` has a store already", args.folder.display()),
            "fetch into it with `haversack pull REMOTE CONTEXT`",
        ));
    }
    if std::fs::read_dir(&args.folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::usage(
            format!("`{}` is there and not empty", args.folder.display()),
            "clone into a new folder",
        ));
    }
    let options = options(&args.travel, &args.signers, true)?;
    let _ = global;
    let pulled = haversack::clone(&args.remote, &folder, &args.contexts, &options, &Bars::new(output))?;
    show(output, &pulled, |output| output.value(&pulled))
}

fn show(
    output: &Output,
    pulled: &[Travelled],
    json: impl Fn(&Output) -> Result<(), Failure>,
) -> Result<Answer, Failure> {
    if output.json {
        json(output)?;
    } else {
        for pulled in pulled {
            output.data(&line("pulled", pulled))?;
            pulled.warnings.iter().for_each(|warning| output.warning(warning));
        }
    }
    Ok(Answer::Done)
}

fn line(verb: &str, travelled: &Travelled) -> String {
    let moved = if travelled.moved { "latest moved" } else { "latest did not move" };
    let signed = travelled.signer.as_ref().map_or(String::new(), |key| format!(", signed by {key}"));
    format!(
        "{verb} {} {} {}\n  {}, {}, {}\n",
        travelled.context,
        paint(STRONG, travelled.version.short()),
        paint(FAINT, format!("({moved}{signed})")),
        count(travelled.objects, "object"),
        count(travelled.files, "index file"),
        bytes(travelled.bytes)
    )
}

fn options(args: &TravelArgs, signers: &[String], history: bool) -> Result<TravelOptions, Failure> {
    Ok(TravelOptions {
        without_index: args.no_index,
        force: args.force,
        history,
        signers: signers.iter().map(|key| public_key(key)).collect::<Result<_, _>>()?,
        now: now(),
    })
}

/// A public key as it stands on the command line: itself, or the file that holds it.
pub(crate) fn public_key(text: &str) -> Result<String, Failure> {
    let read = std::fs::read_to_string(text);
    Ok(haversack::normal_key(read.as_deref().unwrap_or(text)).map_err(haversack::Error::from)?)
}
