use serde_json::json;

use super::{now, store, suggest, workspace};
use crate::Answer;
use crate::args::{Global, RollbackArgs};
use crate::failure::Failure;
use crate::output::{Output, STRONG, paint};

pub(crate) fn run(global: &Global, output: &Output, args: &RollbackArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let version = store(&workspace)?
        .rollback(&args.context, now())
        .map_err(|error| suggest(&workspace, &args.context, error))?;
    if output.json {
        output.value(&json!({"version": version}))?;
    } else {
        output.data(&format!("latest is {}\n", paint(STRONG, version.short())))?;
        output.note("sources and manifest.lock are as they were; `haversack build` makes a version of them");
    }
    Ok(Answer::Done)
}
