//! `coderunner run`: one file in the sandbox, its output on this terminal, and this terminal its own if it is one.

mod raw;
mod talk;

use std::{
    io::{IsTerminal, Read, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use languages::{Availability, Language, Registry};
use model::{Bytes, Ending, Limits, LimitsRequest, Options, Outcome, Report, SourceFile, Stream, Submission};
use package::regular;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use wire::{CompileBody, RunBody, why_failed, why_left_out, why_no_network};
use worker::{Hold, Ran, Runner};

use self::talk::Talk;
use crate::{
    cli::{self, LimitArgs, RunArgs},
    config::Config,
    host, save, show, sources,
};

/// The exit code when a limit ended the program: as timeout(1) has it.
const LIMIT_HIT: u8 = 124;
/// The exit code when the program does not compile: `EX_DATAERR` of sysexits(3).
const NOT_COMPILED: u8 = 65;
/// The exit code when files cannot be saved: `EX_CANTCREAT` of sysexits(3).
const NOT_SAVED: u8 = 73;

pub(crate) fn command(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(&args.config)?;
    let languages = Arc::new(host::languages(&config)?);
    let talk = Talk::of(args);
    let asked = language(&languages, args).and_then(|language| {
        submission(language, args, (&config, wall(talk, &config))).map(|submission| (language, submission))
    });
    let (language, submission) = match asked {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("coderunner: {}", show::block(&format!("{error:#}")));
            return Ok(ExitCode::from(cli::BAD_USAGE));
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
        let pool = host::pool(host::Room::beside_a_server(&config), Vec::new(), &languages).await?;
        let runner = Runner::new(pool, languages.clone()).keeping(config.artifacts.limits());
        run(&runner, &submission, talk, args.json).await
    })?;
    let report = &ran.report;
    if args.json {
        print_json(language, report, args)?;
    } else {
        explain(report, &submission.limits);
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

fn language<'a>(languages: &'a Registry, args: &RunArgs) -> anyhow::Result<&'a Language> {
    let known = || languages.all().map(|language| language.id.as_str()).collect::<Vec<_>>().join(", ");
    let language = match &args.language {
        Some(name) => languages.find(name).with_context(|| match languages.nearest(name) {
            Some(near) => format!("unknown language `{name}`; did you mean `{near}`? There are: {}", known()),
            None => format!("unknown language `{name}`; there are: {}", known()),
        })?,
        None => by_names(languages, &args.file)?.with_context(|| {
            format!("{} does not say its language; name it with --language: {}", args.file.display(), known())
        })?,
    };
    match &language.availability {
        Availability::Available(_) => Ok(language),
        Availability::Unavailable { reason } => bail!("{} cannot be run here: {reason}", language.name),
    }
}

fn submission(
    language: &Language,
    args: &RunArgs,
    (config, wall): (&Config, Option<Duration>),
) -> anyhow::Result<Submission> {
    let options = options(language, &args.options)?;
    let files = files(language, args)?;
    let limits = language.limits(Limits { cpus: config.sandbox.cpus, ..Limits::STUDENT });
    let limits = Limits { wall: wall.unwrap_or(limits.wall), ..limits }.with(&request(args.limits));
    let limits = Limits { wall: long_enough(&limits, args.limits), ..limits };
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

/// The language that the name of a file says, or those of the files of a folder.
fn by_names<'a>(languages: &'a Registry, path: &Path) -> anyhow::Result<Option<&'a Language>> {
    if !path.is_dir() {
        return Ok(languages.by_file_name(&file_name(path)?));
    }
    let language = sources::language_of(&sources::read(path)?, languages);
    Ok(language.and_then(|language| languages.find(&language)))
}

/// All files of the program, the one first in which it begins. A folder that is put beside it keeps its name.
fn files(language: &Language, args: &RunArgs) -> anyhow::Result<Vec<SourceFile>> {
    let mut files = if args.file.is_dir() {
        sources::main_first(sources::read(&args.file)?, language, args.main.as_deref())?
    } else if args.main.is_some() {
        bail!("--main says where a folder begins, and {} is a file", args.file.display());
    } else {
        vec![source_file(&args.file)?]
    };
    for other in &args.others {
        if other.is_dir() {
            let folder = file_name(&std::path::absolute(other)?)?;
            let inside = sources::read(other)?.into_iter();
            files.extend(inside.map(|file| SourceFile { name: format!("{folder}/{}", file.name), ..file }));
        } else {
            files.push(source_file(other)?);
        }
    }
    match model::first_clash(files.iter().map(|file| file.name.as_str())) {
        Some(clash) => bail!("the files {clash}"),
        None => Ok(files),
    }
}

/// What is chosen of the language's options.
fn options(language: &Language, asked: &[(String, String)]) -> anyhow::Result<Options> {
    let mut options = Options::default();
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

fn source_file(path: &Path) -> anyhow::Result<SourceFile> {
    let content = regular::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(SourceFile { name: file_name(path)?, content: content.into() })
}

fn file_name(path: &Path) -> anyhow::Result<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    Ok(name.with_context(|| format!("{} has no file name that is text", path.display()))?.to_owned())
}

/// How long somebody may talk to the program; none if nobody does, and the language says.
fn wall(talk: Talk, config: &Config) -> Option<Duration> {
    talk.is_with_somebody().then(|| config.session.wall())
}

/// What is there from the start: the file that was named, or for the sake of `--json` all that is piped in.
fn stdin(args: &RunArgs) -> anyhow::Result<Vec<u8>> {
    if let Some(path) = &args.stdin {
        // Also a pipe, as shells make them of `<(command)`: unlike a package, it is the user's own.
        return std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    }
    let mut bytes = Vec::new();
    if args.json && !std::io::stdin().is_terminal() {
        std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
    }
    Ok(bytes)
}

/// The limit on the clock; where nobody named one, at least as long as it takes to use the CPU time with this share.
fn long_enough(limits: &Limits, args: LimitArgs) -> Duration {
    const SPARE: u32 = 2;
    let whole = limits.cpus.wall_for(limits.cpu);
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

/// Runs it; Ctrl-C stops the program, and what it wrote until then is shown. At a terminal Ctrl-C is the program's.
async fn run(runner: &Runner, submission: &Submission, talk: Talk, quiet: bool) -> anyhow::Result<Ran> {
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    let interrupt = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stopper.cancel();
        }
    });
    // Compiling has limits of its own, and here nobody else waits.
    let deadline = submission.limits.wall + Duration::from_mins(2);
    let mut sink = |stream, piece: &[u8]| {
        if !quiet {
            pass_on(stream, piece);
        }
    };
    let ran = match talk.begin(&stop)? {
        Some((_talking, live)) => {
            runner.run_live(submission, live, Hold { deadline, stop: &stop }, &mut sink).await
        }
        None => runner.run(submission, deadline, &stop, &mut sink).await,
    };
    interrupt.abort();
    Ok(ran?)
}

/// Whoever closed our output, as `head` does, does not want the rest.
fn pass_on(stream: Stream, bytes: &[u8]) {
    let _unwanted = match stream {
        Stream::Stdout => {
            let mut out = std::io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        }
        Stream::Stderr => std::io::stderr().lock().write_all(bytes),
    };
}

/// Says on stderr what the output alone does not: why it does not compile, which limit ended it.
fn explain(report: &Report, limits: &Limits) {
    if let Some(compile) = report.compile.as_ref() {
        pass_on(Stream::Stderr, compile.transcript.combined());
        if !compile.is_success() {
            eprintln!(
                "coderunner: it does not compile{}",
                match compile.ending {
                    Ending::Exited(_) => String::new(),
                    ending => format!(": {}", words(ending, limits)),
                }
            );
        }
    }
    match report.run.as_ref().map(|run| run.ending) {
        None | Some(Ending::Exited(_)) => {}
        Some(ending) => eprintln!("coderunner: {}", words(ending, limits)),
    }
    if let Some(why) = explanation(report) {
        eprintln!("coderunner: {}", show::line(&why));
    }
}

/// What there is to say beyond how it ended.
fn explanation(report: &Report) -> Option<String> {
    why_left_out(&report.artifacts)
        .or_else(|| report.run.as_ref().and_then(|run| why_no_network(run).or_else(|| why_failed(run))))
}

fn words(ending: Ending, limits: &Limits) -> String {
    match ending {
        Ending::Exited(code) => format!("it ended with exit code {code}"),
        Ending::Signalled(signal) => format!("{} ended it", wire::signal_name(signal)),
        Ending::CpuLimit => {
            format!("stopped: it used more than {} ms of CPU time (--cpu-ms)", limits.cpu.as_millis())
        }
        Ending::WallLimit => {
            format!("stopped: it took longer than {} ms (--wall-ms)", limits.wall.as_millis())
        }
        Ending::MemoryLimit => {
            format!("stopped: it used more than {} of memory (--memory-mib)", limits.memory)
        }
        Ending::OutputLimit => format!("stopped: it wrote more than {} (--output-bytes)", limits.output),
        Ending::ProcessLimit => {
            format!("stopped: it wanted more than {} processes (--processes)", limits.processes)
        }
        Ending::DiskLimit => {
            format!("it ran out of disk: {} in at most {} files", limits.disk, limits.inodes)
        }
        Ending::ForbiddenCall => "stopped: it made a system call that only an attack makes".to_owned(),
        Ending::IdleLimit => "stopped: nothing was typed and nothing written for too long".to_owned(),
        Ending::InputLimit => "stopped: it was given more input than may wait to be read".to_owned(),
        Ending::Cancelled => "stopped".to_owned(),
    }
}

/// The outcome as `--json` prints it; the same shapes as in the API's results.
#[derive(Serialize)]
struct Printed<'a> {
    language: &'a str,
    toolchain: &'a str,
    compile: Option<CompileBody>,
    run: Option<RunBody>,
    /// What was left behind and saved; left out where that was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    artifacts: Option<Vec<PrintedFile<'a>>>,
    /// Which files were not saved, or what network there is; left out where there is nothing to explain.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<String>,
}

/// A file as in the API's results, without an address.
#[derive(Serialize)]
struct PrintedFile<'a> {
    name: &'a str,
    bytes: u64,
    #[serde(rename = "type")]
    media_type: &'a str,
}

fn print_json(language: &Language, report: &Report, args: &RunArgs) -> anyhow::Result<()> {
    let printed = Printed {
        language: language.id.as_str(),
        toolchain: &report.toolchain,
        compile: report.compile.as_ref().map(CompileBody::from),
        run: report.run.as_ref().map(RunBody::from),
        artifacts: args.artifacts.is_some().then(|| printed_files(report)),
        explanation: explanation(report),
    };
    println!("{}", show::json(&serde_json::to_string_pretty(&printed)?));
    Ok(())
}

fn printed_files(report: &Report) -> Vec<PrintedFile<'_>> {
    let kept = report.artifacts.kept.iter();
    kept.map(|one| PrintedFile { name: &one.name, bytes: one.size.get(), media_type: &one.media_type })
        .collect()
}

/// 0 only if the program did; a program that was stopped never says 0.
fn exit_code(report: &Report) -> ExitCode {
    let code = |outcome: &Outcome| match outcome.ending {
        Ending::Exited(code) => u8::try_from(code).unwrap_or(1),
        Ending::Signalled(signal) => u8::try_from(128 + signal).unwrap_or(1),
        _ => LIMIT_HIT,
    };
    ExitCode::from(report.run.as_ref().map_or(NOT_COMPILED, code))
}
