//! Test fixture: graders, submissions, suites and validators.

use std::{collections::HashMap, fs::File, io::Write, sync::Arc, time::Duration};

use async_trait::async_trait;
use kernel::cgroup::Layout;
use languages::{Language, Registry, SystemHost};
use model::{
    Bytes, Comparison, Digest, JudgingStyle, LanguageId, Limits, SourceFile, Submission, Suite, TestCase,
    TestContent, Validator, ValidatorScores, Verdict,
};
use sandbox::{FolderMount, LauncherCommand, Pool, PoolSettings, PreparedKind, Prestart, PrestartMode};
use tokio_util::sync::CancellationToken;
use worker::{DataError, GradeError, GradeOrder, GradeOutput, Grader, RunControl, Runner, TestData};

pub(crate) const DEADLINE: Duration = Duration::from_mins(2);

/// A grader with sandboxes of its own.
pub(crate) async fn grader(slots: u32) -> Grader {
    grader_with(slots, Vec::new()).await
}

/// The same, in each of whose slots a Python waits.
pub(crate) async fn grader_with_python(slots: u32) -> Grader {
    let languages = Registry::builtin(&SystemHost::new()).expect("languages");
    let waiting = languages.find("python").and_then(Language::prestart).expect("it can be started ahead");
    let prestart = Prestart {
        name: "python".to_owned(),
        argv: waiting.argv,
        env: waiting.env,
        hooks: vec![waiting.hook],
        min_memory: waiting.min_memory,
        checks_syntax: waiting.checks_syntax,
        mode: PrestartMode::Fork,
    };
    grader_with(slots, vec![PreparedKind { prestart: Some(prestart), count: slots }]).await
}

async fn grader_with(slots: u32, warm: Vec<PreparedKind>) -> Grader {
    let languages = Arc::new(Registry::builtin(&SystemHost::new()).expect("languages"));
    let settings = PoolSettings {
        slots,
        warm,
        first_id: PoolSettings::DEFAULT_FIRST_ID + 70_000_000 + std::process::id() % 1_000_000 * 8,
        folders: folders(&languages),
        files: Vec::new(),
        launcher: LauncherCommand { program: testkit::binary().into(), args: vec!["launcher".into()] },
        cgroups: Layout::of_this_process(),
        launcher_timeout: PoolSettings::DEFAULT_LAUNCHER_TIMEOUT,
        memory: Bytes::mib(4096),
        waiting: sandbox::WaitingLimits::default(),
    };
    Grader::new(Runner::new(Pool::start(settings).await.expect("the pool starts"), languages))
}

/// Folders of toolchains outside of the system's.
fn folders(languages: &Registry) -> Vec<FolderMount> {
    let toolchains = languages.all().filter_map(Language::toolchain);
    let mut folders: Vec<_> = toolchains
        .flat_map(|toolchain| toolchain.folders.iter().cloned().map(FolderMount::same_path))
        .collect();
    folders.sort();
    folders.dedup();
    folders
}

/// A submission of one file.
pub(crate) fn submission(language: &str, code: &str) -> Submission {
    let languages = Registry::builtin(&SystemHost::new()).expect("languages");
    let language = languages.find(language).expect("a language");
    let files = vec![SourceFile { name: language.main_file.clone(), content: code.into() }];
    let wall = Duration::from_secs(15);
    let limits = Limits { cpu: Duration::from_secs(1), wall, ..Limits::STUDENT };
    Submission::new(language.id.clone(), files, language.limits(limits))
}

/// Tests of streams, compared as usual.
pub(crate) fn streams(tests: &[(&str, &str)]) -> Suite {
    Suite::plain(JudgingStyle::Streams(Comparison::default()), cases(tests))
}

/// These inputs and answers, named by number.
pub(crate) fn cases(tests: &[(&str, &str)]) -> Vec<TestCase> {
    let tests = tests.iter().enumerate();
    tests
        .map(|(number, (input, expected))| TestCase::streams((number + 1).to_string(), *input, *expected))
        .collect()
}

/// A validator in Python.
pub(crate) fn validator(code: &str) -> Validator {
    Validator {
        language: LanguageId::new("python"),
        files: vec![SourceFile { name: "validate.py".into(), content: code.into() }],
        args: Vec::new(),
        limits: model::LimitsRequest::default(),
        scores: ValidatorScores::Never,
        rejected_score: model::RejectedScore::default(),
        passes: 1,
    }
}

/// Judges, with all data in the suite.
pub(crate) async fn grade(grader: &Grader, suite: &Suite, submission: &Submission) -> GradeOutput {
    judge_with(grader, suite, submission, &Objects::default()).await.expect("judges")
}

pub(crate) async fn judge_with(
    grader: &Grader,
    suite: &Suite,
    submission: &Submission,
    data: &dyn TestData,
) -> Result<GradeOutput, GradeError> {
    suite.check().expect("a sound suite");
    let stop = CancellationToken::new();
    let control = RunControl { deadline: DEADLINE, stop: &stop };
    let order = GradeOrder { suite, submission, data, extent: worker::TestSelection::Deciding };
    Box::pin(grader.grade(&order, control, &mut |_, _, _| {})).await
}

/// The verdict of each test; nothing for those that were not run.
pub(crate) fn verdicts(graded: &GradeOutput) -> Vec<Option<Verdict>> {
    graded.grading.tests.iter().map(|test| test.verdict).collect()
}

/// Large data.
#[derive(Default)]
pub(crate) struct Objects(HashMap<Digest, Vec<u8>>);

impl Objects {
    pub(crate) fn insert(&mut self, bytes: Vec<u8>) -> TestContent {
        let data = TestContent::Object { digest: Digest::of(&bytes), size: Bytes(bytes.len() as u64) };
        self.0.insert(Digest::of(&bytes), bytes);
        data
    }
}

#[async_trait]
impl TestData for Objects {
    async fn open(&self, digest: &Digest) -> Result<File, DataError> {
        let bytes = self.0.get(digest).ok_or(DataError::Missing(*digest))?;
        let mut file = tempfile::tempfile()?;
        file.write_all(bytes)?;
        Ok(file)
    }
}
