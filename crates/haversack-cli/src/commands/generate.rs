//! Completions and man pages, made from the definitions of the arguments.

use clap::CommandFactory;

use crate::Answer;
use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn completions(output: &Output, args: &CompletionsArgs) -> Result<Answer, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "haversack", &mut script);
    output.raw(&String::from_utf8_lossy(&script))?;
    Ok(Answer::Done)
}

pub(crate) fn man(output: &Output, args: &ManArgs) -> Result<Answer, Failure> {
    let command = Cli::command();
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).map_err(Failure::file("create folder", folder))?;
        clap_mangen::generate_to(command, folder).map_err(Failure::file("write man pages to", folder))?;
        return Ok(Answer::Done);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    output.raw(&String::from_utf8_lossy(&page))?;
    Ok(Answer::Done)
}
