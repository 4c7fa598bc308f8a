//! Command `run`: runs one program in a sandbox, with its output on this terminal.

mod interaction;
mod raw_mode;
mod source;

use std::{
    io::{IsTerminal, Read, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use host::PoolBudget;
use languages::Language;
use model::{
    Bytes, Ending, LanguageOptions, Limits, LimitsRequest, Outcome, Report, SourceFile, Stream, Submission,
    explain_report,
};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use wire::{CompileBody, RunBody, explain_omitted};
use worker::{RunControl, RunResult, Runner};

use self::interaction::InputMode;
use crate::{
    cli::{self, LimitArgs, RunArgs},
    config::Config,
    save, show, sources,
};

/// The exit code when a limit ended the program: as timeout(1) has it.
const LIMIT_HIT: u8 = 124;
/// The exit code when the program does not compile: `EX_DATAERR` of sysexits(3).
const NOT_COMPILED: u8 = 65;
/// The exit code when files cannot be saved: `EX_CANTCREAT` of sysexits(3).
const NOT_SAVED: u8 = 73;

pub(crate) fn command(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(&args.config)?;
    crate::log::init_for_command(&config.log)?;
    let languages = Arc::new(host::languages(&config.host())?);
    let input_mode = InputMode::of(args);
    let asked = source::read(args, &languages).and_then(|(language, files)| {
        submission((language, files), args, (&config, wall(input_mode, &config)))
            .map(|submission| (language, submission))
    });
    let (language, submission) = match asked {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("coderunner: {}", show::block(&format!("{error:#}")));
            return Ok(ExitCode::from(cli::USAGE_ERROR));
        }
    };
    // Before the run, which may have taken long when it turns out that there is nowhere to save to.
    if let Some(folder) = &args.artifacts
        && let Err(error) = save::make(folder)
    {
        return Ok(not_saved(&error));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let ran = runtime.block_on(async {
        let pool =
            host::start_pool(PoolBudget::beside_server(&config.host()), Vec::new(), &languages).await?;
        let runner = Runner::new(pool, languages.clone()).with_artifacts(config.artifacts.limits());
        run(&runner, &submission, input_mode, Echo::of(args)).await
    })?;
    let report = &ran.report;
    if args.json {
        print_json((language, &submission), report, args)?;
    } else {
        explain(report, &submission);
    }
    if let Some(folder) = &args.artifacts
        && let Err(error) = save::save(&ran, folder)
    {
        return Ok(not_saved(&error));
    }
    Ok(exit_code(report))
}

fn not_saved(error: &anyhow::Error) -> ExitCode {
    eprintln!("coderunner: {}", show::block(&format!("{error:#}")));
    ExitCode::from(NOT_SAVED)
}

fn submission(
    (language, files): (&Language, Vec<SourceFile>),
    args: &RunArgs,
    (config, wall): (&Config, Option<Duration>),
) -> anyhow::Result<Submission> {
    let options = options(language, &args.options)?;
    let files = with_attached_files(files, args)?;
    let limits = language.limits(Limits { cpus: config.sandbox.cpus, ..Limits::STUDENT });
    let limits = Limits { wall: wall.unwrap_or(limits.wall), ..limits }.with(&request(args.limits));
    let limits = Limits { wall: default_deadline(&limits, args.limits), ..limits };
    Ok(Submission {
        language: language.id.clone(),
        version: None,
        options,
        files,
        stdin: stdin(args)?.into(),
        args: args.args.clone(),
        limits,
        network: args.network,
        artifacts: args.artifacts.is_some(),
        large: Vec::new(),
    })
}

/// All files of the program, with those beside it. A folder that is put beside it keeps its name.
fn with_attached_files(mut files: Vec<SourceFile>, args: &RunArgs) -> anyhow::Result<Vec<SourceFile>> {
    for other in &args.others {
        if other.is_dir() {
            let whole = std::path::absolute(other)?;
            let folder = whole.file_name().and_then(|name| name.to_str());
            let folder = folder.with_context(|| format!("{} has no name that is text", other.display()))?;
            let inside = sources::read(other)?.into_iter();
            files.extend(inside.map(|file| SourceFile { name: format!("{folder}/{}", file.name), ..file }));
        } else {
            files.push(source::file(other)?);
        }
    }
    match model::first_clash(files.iter().map(|file| file.name.as_str())) {
        Some(clash) => bail!("the files {clash}"),
        None => Ok(files),
    }
}

/// Language options from the command line.
fn options(language: &Language, asked: &[(String, String)]) -> anyhow::Result<LanguageOptions> {
    let mut options = LanguageOptions::default();
    for (name, value) in asked {
        options.add(name, value);
    }
    match language.check_options(&options) {
        Ok(()) => Ok(options),
        Err(wrong) => {
            let told = wrong.into_iter().map(|(name, error)| format!("--option {name} {error}"));
            bail!(told.collect::<Vec<_>>().join("; "))
        }
    }
}

/// Wall time of an interactive run; none otherwise.
fn wall(input_mode: InputMode, config: &Config) -> Option<Duration> {
    input_mode.is_interactive().then(|| config.session.wall())
}

/// Input that is there from the start: a named file, or for `--json` everything that is piped in.
fn stdin(args: &RunArgs) -> anyhow::Result<Vec<u8>> {
    if let Some(path) = &args.stdin {
        return source::input(path);
    }
    let mut bytes = Vec::new();
    if args.json && !source::is_stdin(args) && !std::io::stdin().is_terminal() {
        std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
    }
    Ok(bytes)
}

/// The limit of wall time; by default at least the time needed to use the CPU limit with this share.
fn default_deadline(limits: &Limits, args: LimitArgs) -> Duration {
    const SPARE: u32 = 2;
    let whole = limits.cpus.wall_time_for(limits.cpu);
    if args.wall_ms.is_some() { limits.wall } else { limits.wall.max(whole + whole / SPARE) }
}

fn request(args: LimitArgs) -> LimitsRequest {
    LimitsRequest {
        cpu: args.cpu_ms.map(Duration::from_millis),
        cpus: args.cpus,
        wall: args.wall_ms.map(Duration::from_millis),
        memory: args.memory_mib.map(Bytes::mib),
        output: args.output_bytes.map(Bytes),
        processes: args.processes,
    }
}

/// Runs it; Ctrl-C stops the program, and its output so far is shown. At a terminal the program receives Ctrl-C. Whether output of
/// the program is shown while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Echo {
    /// It is.
    Live,
    /// Only the report is printed, at the end.
    Off,
}

impl Echo {
    const fn of(args: &RunArgs) -> Self {
        if args.json { Self::Off } else { Self::Live }
    }
}

async fn run(
    runner: &Runner,
    submission: &Submission,
    input_mode: InputMode,
    echo: Echo,
) -> anyhow::Result<RunResult> {
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    let interrupt = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stopper.cancel();
        }
    });
    // Compiling has limits of its own, and no other client waits here.
    let deadline = submission.limits.wall + Duration::from_mins(2);
    let mut sink = |stream, piece: &[u8]| {
        if echo == Echo::Live {
            forward(stream, piece);
        }
    };
    if let InputMode::Terminal(_) = input_mode {
        // Before every key is the program's, and its terminal is shown.
        anstream::eprintln!(
            "{}",
            show::styled(show::FAINT, "coderunner: to stop the program, press Ctrl-] twice")
        );
    }
    let ran = match input_mode.begin(&stop)? {
        Some((_talking, live)) => {
            runner.run_live(submission, live, RunControl { deadline, stop: &stop }, &mut sink).await
        }
        None => runner.run(submission, deadline, &stop, &mut sink).await,
    };
    interrupt.abort();
    Ok(ran?)
}

/// A closed output, as by `head`, needs no error message.
fn forward(stream: Stream, bytes: &[u8]) {
    let _unwanted = match stream {
        Stream::Stdout => {
            let mut out = std::io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        }
        Stream::Stderr => std::io::stderr().lock().write_all(bytes),
    };
}

/// Prints the explanation of the result on stderr, in the words of the API: the compile error, or the limit that ended it.
fn explain(report: &Report, submission: &Submission) {
    for text in diagnostics::texts_for_terminal(submission, report, |name| std::env::var(name).ok()) {
        eprintln!("coderunner: {}\n", show::block(&text));
    }
    if let Some(compile) = report.compile.as_ref() {
        forward(Stream::Stderr, compile.transcript.all_output());
        if !compile.is_success() {
            eprintln!("coderunner: it does not compile");
        }
    }
    let flag = report.run.as_ref().and_then(|run| flag(run.ending));
    for (place, said) in explanations(report, submission).into_iter().enumerate() {
        // A limit comes first.
        let flag = flag.filter(|_| place == 0).map(|flag| format!(" ({flag})")).unwrap_or_default();
        eprintln!("coderunner: {}{flag}", show::line(&said));
    }
}

/// All there is to explain.
fn explanations(report: &Report, submission: &Submission) -> Vec<String> {
    explain_report(report, &submission.limits, None, explain_omitted)
}

/// The flag that sets the limit that ended a run.
const fn flag(ending: Ending) -> Option<&'static str> {
    match ending {
        Ending::CpuLimit => Some("--cpu-ms"),
        Ending::WallLimit => Some("--wall-ms"),
        Ending::MemoryLimit => Some("--memory-mib"),
        Ending::OutputLimit => Some("--output-bytes"),
        Ending::ProcessLimit => Some("--processes"),
        Ending::Exited(_)
        | Ending::Signalled(_)
        | Ending::DiskLimit
        | Ending::ForbiddenCall
        | Ending::IdleLimit
        | Ending::InputLimit
        | Ending::Cancelled => None,
    }
}

/// The outcome as `--json` prints it; the same shapes as in the API's results.
#[derive(Serialize)]
struct JsonReport<'a> {
    language: &'a str,
    toolchain: &'a str,
    compile: Option<CompileBody>,
    run: Option<RunBody>,
    /// Saved artifacts; absent if not requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    artifacts: Option<Vec<JsonFile<'a>>>,
    /// As in the API's results; left out where there is nothing to explain.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<String>,
}

/// A file as in the API's results, without an address.
#[derive(Serialize)]
struct JsonFile<'a> {
    name: &'a str,
    bytes: u64,
    #[serde(rename = "type")]
    media_type: &'a str,
}

fn print_json(
    (language, submission): (&Language, &Submission),
    report: &Report,
    args: &RunArgs,
) -> anyhow::Result<()> {
    let said = explanations(report, submission);
    let printed = JsonReport {
        language: language.id.as_str(),
        toolchain: &report.toolchain,
        compile: report.compile.as_ref().map(CompileBody::from),
        run: report.run.as_ref().map(RunBody::from),
        artifacts: args.artifacts.is_some().then(|| json_files(report)),
        explanation: (!said.is_empty()).then(|| said.join(" ")),
    };
    show::print(&(show::json(&serde_json::to_string_pretty(&printed)?) + "\n"))
}

fn json_files(report: &Report) -> Vec<JsonFile<'_>> {
    let kept = report.artifacts.kept.iter();
    kept.map(|one| JsonFile { name: &one.name, bytes: one.size.get(), media_type: &one.media_type }).collect()
}

/// 0 only if the program exited with 0; never for a stopped program.
fn exit_code(report: &Report) -> ExitCode {
    let code = |outcome: &Outcome| match outcome.ending {
        Ending::Exited(code) => u8::try_from(code).unwrap_or(1),
        Ending::Signalled(signal) => u8::try_from(128 + signal).unwrap_or(1),
        _ => LIMIT_HIT,
    };
    ExitCode::from(report.run.as_ref().map_or(NOT_COMPILED, code))
}
