use serde_json::json;

use super::{store, suggest, workspace};
use crate::Answer;
use crate::args::{Global, TagArgs};
use crate::failure::Failure;
use crate::output::{GOOD, Output, paint};

pub(crate) fn run(global: &Global, output: &Output, args: &TagArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let version = store(&workspace)?
        .tag(&args.context, &args.tag, args.force)
        .map_err(|error| suggest(&workspace, &args.context, error))?;
    if output.json {
        output.value(&json!({"tag": args.tag, "version": version}))?;
    } else {
        output.data(&format!("{} names {}\n", paint(GOOD, &args.tag), version.short()))?;
    }
    Ok(Answer::Done)
}
