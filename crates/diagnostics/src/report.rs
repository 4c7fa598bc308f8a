//! Help with a job: which of its files and messages the rules look at.

use model::{Help, Outcome, Report, SourceFile, Stream, Submission, Verdict};

use crate::{
    catalogue::Language,
    explanation::{Rules, explain, notices},
    run::{Ending, Run},
};

/// The most of a program's messages that rules look at: the end of a traceback, the beginning of a compiler's list.
const MAX_MESSAGES_BYTES: usize = 64 * 1024;

/// The number of notices to ask for: more than a few are not read.
pub const MAX_NOTICES: usize = 3;

/// The most of a program's output that rules look at.
const MAX_OUTPUT_BYTES: usize = 16 * 1024;

/// Help with a job's program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportHelp {
    /// Help with the mistake that ended the compilation or the run; none if it ended well or no rule knows the mistake.
    pub mistake: Option<Help>,
    /// Notices about a run that ended well.
    pub notices: Vec<Help>,
}

/// Help with a job, with at most `max_notices` notices.
pub fn help_with_report(
    submission: &Submission,
    report: &Report,
    words: Language,
    max_notices: usize,
) -> ReportHelp {
    let Some((stage, ending)) = end(report) else { return ReportHelp::default() };
    let language = submission.language.as_str();
    let rules = Rules::of(language);
    // Results are read often: what no rule looks at is not read.
    let is_covered = match ending {
        Ending::Success => rules.is_some_and(Rules::has_notices),
        Ending::Failure => rules.is_some(),
        _ => true,
    };
    if !is_covered {
        return ReportHelp::default();
    }
    let help = with_run(submission, stage, ending, |run| match ending {
        Ending::Success => ReportHelp { mistake: None, notices: notices(language, run, words, max_notices) },
        _ => ReportHelp { mistake: explain(language, run, words), notices: Vec::new() },
    });
    help.unwrap_or_default()
}

/// Help with a submission that was judged, from its verdict alone: what hidden tests are about shows nowhere in it.
pub fn help_with_verdict(submission: &Submission, verdict: Verdict, words: Language) -> Option<Help> {
    let ending = match verdict {
        Verdict::TimeLimit => Ending::TimeLimit,
        Verdict::MemoryLimit => Ending::MemoryLimit,
        Verdict::OutputLimit => Ending::OutputLimit,
        Verdict::Accepted
        | Verdict::Partial
        | Verdict::WrongAnswer
        | Verdict::RuntimeError
        | Verdict::CompileError
        | Verdict::JudgeError => return None,
    };
    let file = submission.files.first()?;
    let source = file.content.as_text()?;
    let run = Run { source, file: base_name(&file.name), stderr: "", stdout: "", ending };
    explain(submission.language.as_str(), &run, words)
}

/// The stage that decided about a job, and its ending.
fn end(report: &Report) -> Option<(&Outcome, Ending)> {
    match (&report.compile, &report.run) {
        (Some(compile), None) if !compile.is_success() => Some((compile, compiler_ending(compile)?)),
        (_, Some(run)) => Some((run, ending(run)?)),
        _ => None,
    }
}

fn compiler_ending(compile: &Outcome) -> Option<Ending> {
    Some(match ending(compile)? {
        Ending::Success | Ending::Failure => Ending::Failure,
        _ => Ending::CompilerLimit,
    })
}

fn ending(run: &Outcome) -> Option<Ending> {
    Some(match run.ending {
        model::Ending::Exited(0) => Ending::Success,
        model::Ending::Exited(_) | model::Ending::Signalled(_) => Ending::Failure,
        model::Ending::CpuLimit => Ending::TimeLimit,
        // With a small share of the processor, the clock is the first limit of a program that is at work all the time.
        model::Ending::WallLimit if run.usage.cpu + run.usage.throttled >= run.usage.wall / 2 => {
            Ending::TimeLimit
        }
        model::Ending::WallLimit => Ending::WallLimit,
        model::Ending::MemoryLimit => Ending::MemoryLimit,
        model::Ending::OutputLimit => Ending::OutputLimit,
        model::Ending::ProcessLimit => Ending::ProcessLimit,
        model::Ending::DiskLimit => Ending::DiskLimit,
        model::Ending::ForbiddenCall => Ending::ForbiddenCall,
        model::Ending::IdleLimit => Ending::IdleLimit,
        model::Ending::InputLimit | model::Ending::Cancelled => return None,
    })
}

/// Asks with the file that the messages are about.
fn with_run<T>(
    submission: &Submission,
    stage: &Outcome,
    ending: Ending,
    ask: impl FnOnce(&Run<'_>) -> T,
) -> Option<T> {
    let is_python = submission.language.as_str() == "python";
    let stderr = match ending {
        Ending::Success => String::new(),
        // Compilers write to either stream.
        _ if is_python => text(&stage.transcript.of(Stream::Stderr), Part::End),
        _ => text(stage.transcript.all_output(), Part::Beginning),
    };
    let stdout = stage.transcript.of(Stream::Stdout);
    let stdout = String::from_utf8_lossy(model::utf8_prefix(&stdout, MAX_OUTPUT_BYTES));
    let file = file_of(&submission.files, &stderr, if is_python { Part::End } else { Part::Beginning })?;
    let source = file.content.as_text()?;
    let name = named(&file.name, &submission.files, &stderr);
    Some(ask(&Run { source, file: name, stdout: &stdout, stderr: &stderr, ending }))
}

/// The part of messages that counts: where the error is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Beginning,
    End,
}

fn text(bytes: &[u8], part: Part) -> String {
    let kept = match part {
        Part::Beginning => model::utf8_prefix(bytes, MAX_MESSAGES_BYTES),
        Part::End => model::utf8_suffix(bytes, MAX_MESSAGES_BYTES),
    };
    String::from_utf8_lossy(kept).into_owned()
}

/// The file that the messages name where they count, or the main one.
fn file_of<'a>(files: &'a [SourceFile], messages: &str, part: Part) -> Option<&'a SourceFile> {
    let position = |file: &SourceFile| {
        let name = base_name(&file.name);
        let found = if part == Part::End { messages.rfind(name) } else { messages.find(name) };
        found.map(|at| if part == Part::End { messages.len() - at } else { at })
    };
    let named = files.iter().filter_map(|file| Some((position(file)?, file)));
    named.min_by_key(|(at, _)| *at).map(|(_, file)| file).or(files.first())
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The name under which messages know a file. A single file of Java has the name of its class, whatever it was called.
fn named<'a>(name: &'a str, files: &[SourceFile], messages: &'a str) -> &'a str {
    let name = base_name(name);
    if files.len() > 1 || messages.contains(name) {
        return name;
    }
    let Some(at) = messages.find(".java:") else { return name };
    let start = messages[..at]
        .rfind(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .map_or(0, |before| before + 1);
    &messages[start..at + ".java".len()]
}

#[cfg(test)]
mod tests {
    use model::{Content, SourceFile};

    use super::{Part, file_of, named};

    fn files(names: &[&str]) -> Vec<SourceFile> {
        names.iter().map(|name| SourceFile { name: (*name).to_owned(), content: Content::from("") }).collect()
    }

    #[test]
    fn the_file_is_the_one_that_a_traceback_names_last() {
        let files = files(&["main.py", "lib/helper.py"]);
        let messages = "File \"/box/main.py\", line 1\nFile \"/box/lib/helper.py\", line 3\nSyntaxError: invalid syntax\n";
        assert_eq!(file_of(&files, messages, Part::End).unwrap().name, "lib/helper.py");
        assert_eq!(file_of(&files, "", Part::End).unwrap().name, "main.py");
    }

    #[test]
    fn a_single_file_of_java_is_known_by_its_class() {
        let files = files(&["main.java"]);
        assert_eq!(named("main.java", &files, "Hello.java:3: error: ';' expected"), "Hello.java");
        assert_eq!(named("main.java", &files, "main.java:3: error: ';' expected"), "main.java");
    }
}
