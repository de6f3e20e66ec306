use super::{context_or_only, machine, suggest, workspace};
use crate::Answer;
use crate::args::{ContextArgs, Global};
use crate::failure::Failure;
use crate::output::{BAD, GOOD, Output, paint};
use crate::progress::Bars;

pub(crate) fn run(global: &Global, output: &Output, args: &ContextArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let context = context_or_only(&workspace, args.context.as_deref())?;
    let verification = haversack::verify(&workspace, &context, &machine(), &Bars::new(output))
        .map_err(|error| suggest(&workspace, &context, error))?;
    if output.json {
        output.value(&verification)?;
    } else if verification.ok {
        output.data(&format!("{} {context} is {}\n", paint(GOOD, "ok"), verification.lock.short()))?;
    } else {
        output.data(&format!("{} {context} is not as locked\n", paint(BAD, "differs")))?;
        for difference in &verification.differences {
            output.data(&format!("  {difference}\n"))?;
        }
    }
    Ok(if verification.ok { Answer::Done } else { Answer::No })
}
