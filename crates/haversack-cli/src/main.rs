//! `haversack`: versioned context for agents, from the command line.
//!
//! The whole program is the one `match` in [`run`]; the exit code is decided in [`main`] alone: 0 done, 1 the answer
//! is no, 2 bad usage or environment, 101 a bug.

mod args;
mod commands;
mod failure;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use failure::Failure;
use output::Output;

/// What a command that ran to its end has to say to the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done.
    Done,
    /// The command worked, and its answer is no.
    No,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(&cli.global);
    match run(cli, &output) {
        Ok(Answer::Done) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        // Whoever reads our output has seen enough: `| head` is no failure.
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli, output: &Output) -> Result<Answer, Failure> {
    let global = &cli.global;
    match cli.command {
        Command::Quickstart => commands::quickstart::run(global, output),
        Command::Init(args) => commands::init::run(global, output, &args),
        Command::Build(args) => commands::build::run(global, output, &args),
        Command::Search(args) => commands::search::run(global, output, &args),
        Command::Pack(args) => commands::pack::run(global, output, &args),
        Command::Log(args) => commands::log::run(global, output, &args),
        Command::Show(args) => commands::show::run(global, output, &args),
        Command::Tag(args) => commands::tag::run(global, output, &args),
        Command::Rollback(args) => commands::rollback::run(global, output, &args),
        Command::Diff(args) => commands::diff::run(global, output, &args),
        Command::Verify(args) => commands::verify::run(global, output, &args),
        Command::Fsck(args) => commands::fsck::run(global, output, &args),
        Command::Gc(args) => commands::gc::run(global, output, &args),
        Command::Forget(args) => commands::forget::run(global, output, &args),
        Command::Push(args) => commands::sync::push(global, output, &args),
        Command::Pull(args) => commands::sync::pull(global, output, &args),
        Command::Clone(args) => commands::sync::clone(global, output, &args),
        Command::Keygen(args) => commands::sign::keygen(output, &args),
        Command::Sign(args) => commands::sign::sign(global, output, &args),
        Command::Eval(args) => commands::eval::run(global, output, args),
        Command::Promote(args) => commands::promote::run(global, output, &args),
        Command::Doctor => commands::doctor::run(global, output),
        Command::Completions(args) => commands::generate::completions(output, &args),
        Command::Man(args) => commands::generate::man(output, &args),
    }
}
