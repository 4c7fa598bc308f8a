//! The `coderunner` binary as a library: every role of Code Runner, chosen by command.
//!
//! It only reads configuration, connects the parts and uses a terminal. The parts are in the crates. Two binaries use
//! it: `coderunner` calls [`main`]; `coderunner-bench` makes sandboxes as a server would, by [`Local`].

mod cli;
mod config;
mod doctor;
mod judge;
mod local;
mod log;
mod new;
mod roles;
mod run;
mod save;
mod serve;
mod shell;
mod show;
mod sources;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command, ConfigCommandArgs};
use config::Config;

pub use host::process::allow_many_open_files;

pub use crate::{local::Local, serve::signals::wait_for_stop, show::print};

/// Runs the command that the process's arguments ask for.
pub fn main() -> ExitCode {
    if let Err(code) = prepare_process() {
        return code;
    }
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("coderunner: {}", show::block(&format!("{error:#}")));
            ExitCode::from(exit_code(&error))
        }
    }
}

/// The exit code of a command that failed.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<config::ConfigError>() { cli::USAGE_ERROR } else { cli::INTERNAL_ERROR }
}

/// Makes this process ready to start sandboxes; to be called first in `main`, while there is one thread.
///
/// Does not return in a launcher, which is this very program started again.
///
/// # Errors
///
/// The exit code, after a message on standard error, if signals cannot be reset.
pub fn prepare_process() -> Result<(), ExitCode> {
    host::process::prepare().map_err(|error| {
        eprintln!("coderunner: {error}");
        ExitCode::from(cli::INTERNAL_ERROR)
    })
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve(args) => serve::command(&args),
        Command::Run(args) => run::command(&args),
        Command::Verify(args) => {
            args.how.warn_of_former_names();
            verify::command(&args)
        }
        Command::Judge(args) => {
            args.how.warn_of_former_names();
            judge::command(&args)
        }
        Command::New(args) => new::command(&args),
        Command::Doctor(args) => doctor::command(&args),
        Command::Config(args) => print_config(&args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
    }
}

/// `coderunner config`
fn print_config(args: &ConfigCommandArgs) -> anyhow::Result<ExitCode> {
    if args.guide {
        print(&config::guide())?;
    } else {
        let loaded = Config::for_serving(&args.settings)?;
        for warning in &loaded.warnings {
            show::warn(warning);
        }
        print(&config::in_force(&loaded))?;
    }
    Ok(ExitCode::SUCCESS)
}
