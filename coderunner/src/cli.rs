//! Command line: the commands with their options and help.

mod problem;

use std::{fmt::Display, ops::RangeInclusive, path::PathBuf, str::FromStr};

use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser as _},
};
use model::{Cpus, Network};

pub(crate) use self::problem::{Form, JudgeArgs, NewArgs, Style, VerifyArgs};
use crate::config::{ConfigArgs, SettingArgs};

/// The exit code for a fault of ours, as against one of a program.
pub(crate) const INTERNAL_ERROR: u8 = 70;
/// The exit code for a command line that asks for what is not there; the same as for one that cannot be read.
pub(crate) const USAGE_ERROR: u8 = 2;

/// Runs untrusted code safely, judges it, and teaches with it.
#[derive(Debug, Parser)]
#[command(
    name = "coderunner",
    version,
    max_term_width = 100,
    after_help = "Exit code of every command: 0 if all is well; 2 for a mistake in the command line or in the configuration; 70 if Code \
                  Runner itself failed. `coderunner COMMAND --help` has those that a command has besides."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the HTTP API, with a queue and workers: in this process, or some of it
    Serve(ServeArgs),
    /// Run one file in the sandbox and show its output
    Run(RunArgs),
    /// Run every submission of problem packages and check that what comes of it is what they expect
    Verify(VerifyArgs),
    /// Judge one submission by a problem package and show each test
    Judge(JudgeArgs),
    /// Make a problem package to begin with, one that verifies
    New(NewArgs),
    /// Say what this machine offers for sandboxing, and how to get what is missing
    Doctor(DoctorArgs),
    /// Print every setting with its value and where that comes from, or say what is wrong with one
    Config(ConfigCommandArgs),
    /// Print a script that completes commands and options in a shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write those of all commands to a folder
    Man(ManArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit code: 0 after it was told to stop (SIGTERM, Ctrl-C) and has finished what ran; 130 if it was told twice; 2 for a \
                  mistake in the command line or in the configuration, as `coderunner config` finds it; 70 if it cannot serve, \
                  because an address or the data folder is taken, for example.\n\n\
                  Every setting, also those without an option here: `coderunner config`, and docs/guides/configuration.md."
)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub settings: SettingArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit code: 0 if `coderunner serve` with the same options, environment and file takes this configuration; 2 if it \
                  refuses it, with the reason.\n\n\
                  What is printed is a configuration file itself, but for passwords, which are hidden."
)]
pub(crate) struct ConfigCommandArgs {
    #[command(flatten)]
    pub settings: SettingArgs,
    /// Print the guide to all settings instead, as Markdown
    #[arg(long)]
    pub guide: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// A shell that completes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shell {
    /// GNU Bash
    Bash,
    /// Zsh
    Zsh,
    /// Fish
    Fish,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write the pages of all commands to this folder, made if it is not there
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit code: the program's own; 128 + N if signal N ended it; 124 if a limit did; 65 if it does not \
                        compile; 2 for a mistake in the command line or configuration, such as a file or language that is not there; 73 if files cannot be saved; 70 if Code Runner itself failed.\n\n\
                  At a terminal the program has one of its own: every key is its, Ctrl-C too, and it may take its time \
                  (session.wall_ms of the configuration, unless --wall-ms says otherwise). Ctrl-] pressed twice stops it."
)]
pub(crate) struct RunArgs {
    /// The program, a file or a folder of files: their names say the language, unless --language does; `-` for standard input
    pub file: PathBuf,
    /// Arguments for the program; those that begin with `-` behind `--`
    #[arg(value_name = "ARGUMENT")]
    pub args: Vec<String>,
    /// The language, by id or alias; `coderunner doctor` lists them
    #[arg(short, long)]
    pub language: Option<String>,
    /// Give the program this file as standard input; without it, what is piped or typed in, as it comes
    #[arg(long, value_name = "FILE")]
    pub stdin: Option<PathBuf>,
    /// Put this file, or this folder with all that is in it, beside the program; can be given again
    #[arg(long = "with", value_name = "FILE")]
    pub others: Vec<PathBuf>,
    /// Of a folder, the file that the program begins in, named from the folder on
    #[arg(long, value_name = "FILE")]
    pub main: Option<String>,
    /// Choose an option of the language, such as std=c++17; can be given again. `GET /api/languages` lists them
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = option)]
    pub options: Vec<(String, String)>,
    /// Save the files that the program leaves behind in this folder, made if it is not there; none is overwritten
    #[arg(long, value_name = "FOLDER")]
    pub artifacts: Option<PathBuf>,
    /// The program's network: none, or a loopback interface of its own; left out, its sources tell whether it needs one
    #[arg(long, value_name = "none|loopback", hide_possible_values = true,
        value_parser = PossibleValuesParser::new(["none", "loopback"]).try_map(|text| network(&text)))]
    pub network: Option<Network>,
    /// Print the whole outcome as JSON instead of the output
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
    // Last, for its heading holds for all that follows.
    #[command(flatten)]
    pub limits: LimitArgs,
}

fn option(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE, such as std=c++17")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn network(text: &str) -> Result<Network, String> {
    [Network::None, Network::Loopback]
        .into_iter()
        .find(|network| network.as_str() == text)
        .ok_or_else(|| "must be none or loopback".to_owned())
}

/// A whole number within these bounds.
fn parse_integer<T: FromStr + PartialOrd + Display + Clone>(
    allowed: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| match text.parse() {
        Ok(number) if allowed.contains(&number) => Ok(number),
        _ => Err(format!("must be a whole number from {} to {}", allowed.start(), allowed.end())),
    }
}

/// Limits of a run; what is left out keeps the language's default.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// CPU time of all its processes together, in milliseconds
    #[arg(long, value_name = "MS", value_parser = parse_integer::<u64>(1..=3_600_000))]
    pub cpu_ms: Option<u64>,
    /// How fast it may use that: a number of processors, such as 0.5 or 2
    #[arg(long, value_name = "N", value_parser = cpus)]
    pub cpus: Option<Cpus>,
    /// Time on the clock, in milliseconds
    #[arg(long, value_name = "MS", value_parser = parse_integer::<u64>(1..=3_600_000))]
    pub wall_ms: Option<u64>,
    /// Memory of all its processes together, in mebibytes
    #[arg(long, value_name = "MIB", value_parser = parse_integer::<u64>(4..=1_048_576))]
    pub memory_mib: Option<u64>,
    /// Bytes of standard output, and as much again of standard error
    #[arg(long, value_name = "BYTES")]
    pub output_bytes: Option<u64>,
    /// Processes and threads at one moment
    #[arg(long, value_name = "N", value_parser = parse_integer::<u32>(1..=100_000))]
    pub processes: Option<u32>,
}

/// A share of the processors.
fn cpus(number: &str) -> Result<Cpus, String> {
    let share = number.parse().ok().and_then(Cpus::from_number);
    share.ok_or_else(|| format!("must be a number of processors between {} and {}", Cpus::MIN, Cpus::MAX))
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit code: 0 if programs can be run here, perhaps with something weaker; 1 if they cannot; 2 for a mistake in the \
                        command line or configuration; 70 if it could not be found out."
)]
pub(crate) struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
