//! Command line: subcommands and flags.

use clap::{Args, Parser, Subcommand};

/// Measures this machine with Code Runner on it.
#[derive(Debug, Parser)]
#[command(
    name = "coderunner-bench",
    version,
    max_term_width = 100,
    after_help = "Exit code: 0 if all that was measured worked; 1 if something did not; 2 for a mistake in the command line or \
                        configuration; 70 if it could not be measured; 130 after Ctrl-C."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub bench: Benchmark,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Benchmark {
    /// Programs over HTTP, against a server that it starts
    Run(RunArgs),
    /// The bare sandbox, beside other sandboxes and none
    Sandbox(SandboxArgs),
    /// Judging, beside the same programs started for each test by nobody in particular; and what it takes of memory
    Grade(GradeArgs),
    /// Records and queue: how many submissions they take, how many jobs go through, and how soon one is picked up
    Queue(QueueArgs),
    /// A class at its lesson, running programs at random times, and thousands of clients who wait
    Class(ClassArgs),
    /// A class whose programs wait at `input()`, and hello worlds beside it
    Sessions(SessionsArgs),
    /// Thousands of programs, hostile ones among them: is the server then as it was, and quick to others?
    Soak(SoakArgs),
}

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    /// JSON, for programs.
    Json,
    /// Tables, for people.
    Table,
}

impl Benchmark {
    /// The format of the report.
    pub(crate) const fn format(&self) -> OutputFormat {
        let json = match self {
            Self::Run(args) => args.json,
            Self::Sandbox(args) => args.json,
            Self::Grade(args) => args.json,
            Self::Queue(args) => args.json,
            Self::Class(args) => args.json,
            Self::Sessions(args) => args.json,
            Self::Soak(args) => args.json,
        };
        if json { OutputFormat::Json } else { OutputFormat::Table }
    }
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// How long each program is run each way, in seconds
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: u64,
    /// How many clients submit at once, each one program after another
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1, 2, 8],
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub clients: Vec<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// How often each program is run each way, one at a time
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub rounds: usize,
    /// How long each program is run each way, many at once, in seconds
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: u64,
}

#[derive(Debug, Args)]
pub(crate) struct GradeArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// How often each submission is judged, and its program started for all tests
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// How many tests there are
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub tests: u32,
}

/// The engine of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum QueueEngine {
    /// This process, and a file
    Embedded,
    /// Redis; the records are in SQLite here, too
    Redis,
}

#[derive(Debug, Args)]
pub(crate) struct QueueArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// What the queue is kept in
    #[arg(long, value_enum, default_value_t = QueueEngine::Embedded)]
    pub engine: QueueEngine,
    /// Use this Redis, instead of one that is started for this
    #[arg(long, value_name = "URL")]
    pub redis: Option<String>,
    /// How many windows each thing is measured in; the median counts
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// How long a window is, in milliseconds; what is compared gets half or a quarter of it
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(100..=60_000))]
    pub window_ms: u64,
    /// How many clients submit at once, each on a connection that it keeps
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub clients: u32,
}

#[derive(Debug, Args)]
pub(crate) struct ClassArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// How many students there are
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub students: u32,
    /// How often each of them runs a program in a minute, at random moments
    #[arg(long, value_name = "N", default_value_t = 2.0, value_parser = parse_positive)]
    pub per_minute: f64,
    /// How many of a hundred programs are in C++; the others are in Python
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=100))]
    pub cpp_percent: u64,
    /// How long the lesson is, in minutes
    #[arg(long, value_name = "M", default_value_t = 2.0, value_parser = parse_positive)]
    pub minutes: f64,
    /// How many clients wait, when the lesson is over, for jobs that nobody runs; 0 for none
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub waiting: u32,
    /// Hold the lesson at this server, instead of one that is started for it
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// Parses a positive number of a plausible size.
fn parse_positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number <= 10_000.0 => Ok(number),
        _ => Err("must be a number above 0, at most 10000".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct SessionsArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// How many sessions wait
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub sessions: u32,
    /// How many hello worlds are run, alone and beside them
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
}

#[derive(Debug, Args)]
pub(crate) struct SoakArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// How many programs
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub runs: u64,
    /// How many clients submit at once, each one program after another
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub clients: u32,
    /// How many hellos are timed alone, and how many beside hostile programs
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub hellos: u32,
}
