//! Validator probes: the output validator of a package, run on the answers of the tests and on junk.
//!
//! A program that writes what is to be tried is judged like a submission. An answer of a sample that is not accepted is wrong; those of
//! secret tests may be hints for the validator and no output at all, so it is only odd if some are accepted and others not. A validator
//! must call junk wrong: what it does with the output of a student's first try is seen here and not in the lesson.

use std::time::{Duration, Instant};

use languages::Language;
use model::{
    Content, GroupMember, JudgingStyle, Submission, TestContent, TestFile, TestGroup, TestKind, TestResult,
    Verdict, wording::error_chain,
};
use package::Warning;
use worker::{GradeError, TestSelection};

use crate::{
    loaded_package::LoadedPackage,
    local_judge::LocalJudge,
    program_limits::submission_limits,
    runnable_program::{RunnableProgram, available_language},
};

/// Results.
#[derive(Debug, Default)]
pub(crate) struct ProbeReport {
    /// Problems, one sentence each.
    pub flaws: Vec<String>,
    /// Warnings.
    pub warnings: Vec<Warning>,
    /// Checks that could not be done, one sentence each.
    pub notes: Vec<String>,
}

/// Tests that junk is tried on.
const MAX_JUNK_TESTS: usize = 5;
/// Tests whose answers are tried.
const MAX_ANSWERS: usize = 500;
/// CPU time for writing what is tried.
const WRITE_LIMIT: Duration = Duration::from_secs(10);

/// The file beside the program with the output that it writes.
const OUTPUT_FILE: &str = "output-to-try";
/// Programs that write the file to standard output; the first one whose language is installed is used.
const PROBE_LANGUAGES: [(&str, &str, &str); 2] = [
    ("bash", "main.sh", "cat output-to-try\n"),
    (
        "python",
        "main.py",
        "import shutil, sys\nshutil.copyfileobj(open('output-to-try', 'rb'), sys.stdout.buffer)\n",
    ),
];

/// Tries the answers and junk; nothing where we compare ourselves, or where the validator talks or asks for more.
pub(crate) async fn probe_validator(local_judge: &LocalJudge, loaded: &LoadedPackage) -> ProbeReport {
    let mut probe_report = ProbeReport::default();
    match &loaded.suite.style {
        JudgingStyle::Validated(validator) if validator.passes == 1 => {}
        JudgingStyle::Validated(_)
        | JudgingStyle::Streams(_)
        | JudgingStyle::Calls(_)
        | JudgingStyle::Interactive(_) => return probe_report,
    }
    let Some(writer) = OutputProbe::find(local_judge, loaded) else {
        probe_report.notes.push(
            "the output validator was not tried on answers and junk: neither Bash nor Python is here"
                .to_owned(),
        );
        return probe_report;
    };
    if let Err((tried, error)) = writer.all(&mut probe_report).await
        && !local_judge.is_stopped()
    {
        let why = match error {
            GradeError::OutOfTime => "all that is tried on it took longer than --timeout".to_owned(),
            other => error_chain(&other),
        };
        probe_report.notes.push(format!("the output validator was not tried on {tried} to the end: {why}"));
    }
    probe_report
}

/// Outputs that are no answer to any problem.
fn junk() -> [(&'static str, Vec<u8>); 3] {
    [
        ("no output", Vec::new()),
        ("bytes that are no text", (0..=255).collect()),
        ("words that mean nothing", b"This is junk, and no answer at all.\n-1 1e999 nan\n".to_vec()),
    ]
}

struct OutputProbe<'a> {
    local_judge: &'a LocalJudge,
    loaded: &'a LoadedPackage,
    submission: Submission,
    /// Until when all is tried.
    end: Instant,
}

/// The step that failed, and why.
type ProbeFailure = (&'static str, GradeError);

impl<'a> OutputProbe<'a> {
    fn find(local_judge: &'a LocalJudge, loaded: &'a LoadedPackage) -> Option<Self> {
        let available =
            |(name, ..): &(&str, &str, &str)| available_language(Some(name), local_judge.languages()).is_ok();
        let (name, file, code) = PROBE_LANGUAGES.into_iter().find(available)?;
        let language: &Language = available_language(Some(name), local_judge.languages()).ok()?;
        let files = vec![model::SourceFile { name: file.to_owned(), content: code.into() }];
        let limits = submission_limits(&loaded.package, language, WRITE_LIMIT, local_judge.ceilings());
        let submission = RunnableProgram::new(language, files, None).submission(limits);
        Some(Self { local_judge, loaded, submission, end: Instant::now() + local_judge.timeout() })
    }

    async fn all(&self, probe_report: &mut ProbeReport) -> Result<(), ProbeFailure> {
        self.answers(probe_report).await.map_err(|error| ("the answers", error))?;
        for (name, junk) in junk() {
            self.junk(name, &junk, probe_report).await.map_err(|error| (name, error))?;
        }
        Ok(())
    }

    async fn answers(&self, probe_report: &mut ProbeReport) -> Result<(), GradeError> {
        let own = |trial: &TestKind| match trial {
            TestKind::Streams { expected, .. } => expected.clone(),
            TestKind::Call { .. } | TestKind::Sources { .. } => TestContent::from(""),
        };
        let results = self.judged(own, MAX_ANSWERS).await?;
        let (samples, secret): (Vec<_>, Vec<_>) = results
            .iter()
            .filter(|one| one.verdict.is_some())
            .partition(|one| one.name.starts_with("sample/"));
        for sample in samples.into_iter().filter(|one| !one.passed()) {
            probe_report.flaws.push(format!("{} {}", sample.name, rejected(sample)));
        }
        let wrong: Vec<_> = secret.iter().filter(|one| !one.passed()).collect();
        // Where all are, they are meant to be something else than output.
        if let Some(first) = wrong.first().filter(|_| wrong.len() < secret.len()) {
            let message = match wrong.len() - 1 {
                0 => rejected(first),
                more => format!("{}; so have {more} other tests", rejected(first)),
            };
            probe_report.warnings.push(Warning { place: first.name.clone(), message });
        }
        Ok(())
    }

    async fn junk(&self, name: &str, junk: &[u8], probe_report: &mut ProbeReport) -> Result<(), GradeError> {
        let content = TestContent::Inline(Content::from(junk.to_vec()));
        let results = self.judged(|_| content.clone(), MAX_JUNK_TESTS).await?;
        let place = || "the output validator".to_owned();
        if let Some(failed) = results.iter().find(|result| result.verdict == Some(Verdict::JudgeError)) {
            let message = format!("fails on {name} in {}{}", failed.name, first_line(failed));
            probe_report.warnings.push(Warning { place: place(), message });
        } else if !results.is_empty()
            && results.iter().all(|result| result.verdict == Some(Verdict::Accepted))
        {
            let message = format!("accepts {name} in {} of {} tests", results.len(), results.len());
            probe_report.warnings.push(Warning { place: place(), message });
        }
        Ok(())
    }

    /// Results of the first tests with this output.
    async fn judged(
        &self,
        output: impl Fn(&TestKind) -> TestContent,
        most: usize,
    ) -> Result<Vec<TestResult>, GradeError> {
        let mut suite = self.loaded.suite.clone();
        let mut left = most;
        set_output(&mut suite.root, &output, &mut left);
        let progress = self.local_judge.progress("answers");
        progress.expect(suite.tests().count());
        let extent = (TestSelection::All, &*progress);
        let graded =
            self.local_judge.grade_until(&suite, self.loaded, (&self.submission, self.end), extent).await?;
        Ok(graded.grading.tests)
    }
}

/// The validator's verdict on an answer, as the rest of a sentence that begins with the test.
fn rejected(result: &TestResult) -> String {
    let fails = result.verdict == Some(Verdict::JudgeError);
    let what = if fails { "fails on" } else { "rejects" };
    format!("has an answer that the package's own validator {what}{}", first_line(result))
}

/// The first line of what it said.
fn first_line(result: &TestResult) -> String {
    let line = result.details.judge_message.as_deref().and_then(|text| text.lines().next());
    line.map(|line| format!(": {line}")).unwrap_or_default()
}

/// Puts what is to be written beside the program, in so many tests; takes out the others.
fn set_output(group: &mut TestGroup, output: &impl Fn(&TestKind) -> TestContent, left: &mut usize) {
    group.rules.require_pass.clear();
    group.members.retain_mut(|member| match member {
        GroupMember::Group(inner) => {
            set_output(inner, output, left);
            !inner.members.is_empty()
        }
        GroupMember::Test(test) if *left > 0 => {
            *left -= 1;
            let content = output(&test.kind);
            test.files.push(TestFile { name: OUTPUT_FILE.to_owned(), content });
            true
        }
        GroupMember::Test(_) => false,
    });
}
