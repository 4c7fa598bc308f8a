//! The `coderunner` binary: every role of Code Runner, chosen by command.
//!
//! It only reads configuration, wires parts together and talks to a terminal. What the parts do is in the crates.

mod bench;
mod cli;
mod config;
mod doctor;
mod files;
mod host;
mod judge;
mod memory;
mod new;
mod prepared;
mod problem;
mod roles;
mod run;
mod save;
mod serve;
mod show;
mod sources;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use mimalloc::MiMalloc;

/// What serves thousands of requests a second allocates all the time; glibc's allocator takes a quarter of that
/// (bench/where-the-time-goes.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    kernel::wait_for_children_again();
    // Before anything else: a launcher must have one thread and hold nothing.
    if std::env::args_os().nth(1).is_some_and(|arg| arg == host::LAUNCHER) {
        sandbox::launcher::main();
    }
    // Whoever ignores the end of children never hears of it, and whoever blocks signals cannot be stopped.
    if let Err(error) = kernel::reset_signals(kernel::Ignored::KeepForBackground) {
        eprintln!("coderunner: {error}");
        return ExitCode::from(cli::OUR_FAULT);
    }
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("coderunner: {}", show::block(&format!("{error:#}")));
            ExitCode::from(cli::OUR_FAULT)
        }
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve(args) => serve::command(&args),
        Command::Run(args) => run::command(&args),
        Command::Verify(args) => verify::command(&args),
        Command::Judge(args) => judge::command(&args),
        Command::New(args) => Ok(new::command(&args)),
        Command::Doctor(args) => doctor::command(&args),
        Command::Bench(args) => bench::command(&args),
        Command::Config(args) => config::command(&args),
    }
}
