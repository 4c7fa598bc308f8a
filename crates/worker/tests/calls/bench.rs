//! Test bench: judges submissions, or runs one call and returns everything it did.

use std::{sync::Arc, time::Duration};

use judge::calls::{self, ExpectedReturn};
use kernel::cgroup::Layout;
use languages::{Language, Registry, SystemHost, Warmup};
use model::{
    Bytes, Call, CallResult, CallRules, JudgingStyle, Limits, Outcome, SourceFile, Stream, Submission, Suite,
    TestCase, Verdict, read_nested,
};
use sandbox::{
    DiskQuota, FolderMount, LauncherCommand, Pool, PoolSettings, PreparedKind, Prestart, PrestartMode,
    PrestartedRun, Program, SandboxFile,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use worker::{GradeOrder, Grader, NoTestData, RunControl, Runner};

const LIMITS: Limits = Limits {
    cpu: Duration::from_secs(2),
    wall: Duration::from_secs(10),
    memory: Bytes::mib(128),
    ..Limits::STUDENT
};

/// Levels of JSON in a test.
const MOST_NESTED: usize = 256;

/// One slot, and the language that is tried.
pub(crate) struct CallFixture {
    pool: Pool,
    grader: Grader,
    pub(crate) language: Language,
}

/// Result of a call.
#[derive(Debug)]
pub(crate) struct JudgedCall {
    pub(crate) verdict: Verdict,
    /// The error message; empty if there is none.
    pub(crate) message: String,
    /// Printed output of the submission.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

/// Of a call and what it should come to, each as JSON.
pub(crate) type Test = (&'static str, &'static str);

impl CallFixture {
    /// For a language whose runtime is started ahead, if it can be.
    pub(crate) async fn of(id: &str) -> Self {
        let registry = Registry::builtin(&SystemHost::new()).expect("the languages load");
        let language = registry.find(id).expect("the language").clone();
        let toolchain = language.toolchain().expect("its toolchain is installed");
        let settings = PoolSettings {
            slots: 1,
            warm: vec![PreparedKind { prestart: prestart(&language), count: 1 }],
            // Test processes run side by side, and each needs ids of its own.
            first_id: PoolSettings::DEFAULT_FIRST_ID + 60_000_000 + std::process::id() % 1_000_000 * 4,
            folders: toolchain.folders.iter().cloned().map(FolderMount::same_path).collect(),
            files: Vec::new(),
            launcher: LauncherCommand { program: testkit::binary().into(), args: vec!["launcher".into()] },
            cgroups: Layout::of_this_process(),
            launcher_timeout: PoolSettings::DEFAULT_LAUNCHER_TIMEOUT,
            memory: Bytes::mib(4096),
            waiting: sandbox::WaitingLimits::default(),
        };
        let pool = Pool::start(settings).await.expect("the pool starts");
        Self { grader: Grader::new(Runner::new(pool.clone(), Arc::new(registry))), pool, language }
    }

    /// Judges, and gives the verdict on each test, all of which are run.
    pub(crate) async fn judge_calls(&self, files: &[(&str, &str)], tests: &[Test]) -> Vec<Verdict> {
        let cases = tests.iter().enumerate().map(|(number, test)| {
            let (call, returned) = read(*test);
            TestCase::call(number.to_string(), call, returned)
        });
        let suite = Suite::plain(JudgingStyle::Calls(CallRules::default()), cases.collect());
        let submission = Submission::new(self.language.id.clone(), sources(files), LIMITS);
        let order = GradeOrder {
            suite: &suite,
            submission: &submission,
            data: &NoTestData,
            extent: worker::TestSelection::Deciding,
        };
        let stop = CancellationToken::new();
        let control = RunControl { deadline: Duration::from_mins(1), stop: &stop };
        let graded = Box::pin(self.grader.grade(&order, control, &mut |_, _, _| {})).await.expect("judges");
        graded.grading.tests.iter().map(|test| test.verdict.expect("all are run")).collect()
    }

    /// One file, and one call of a function in it.
    pub(crate) async fn call(&self, code: &str, test: Test) -> JudgedCall {
        self.call_within(&CallRules::default(), &[(&self.language.main_file, code)], test).await
    }

    /// Several files, the first being the main one, and rules of comparison.
    pub(crate) async fn call_within(
        &self,
        rules: &CallRules,
        files: &[(&str, &str)],
        test: Test,
    ) -> JudgedCall {
        let (call, returned) = read(test);
        let nonce = Uuid::now_v7().simple().to_string();
        let outcome = self.run(files, &call, &nonce).await;
        let called =
            calls::judge_call(&outcome, &LIMITS, &nonce, ExpectedReturn { rules, returned: &returned });
        JudgedCall {
            verdict: called.verdict,
            message: called.message.unwrap_or_default(),
            stdout: String::from_utf8_lossy(&called.printed).into_owned(),
            stderr: String::from_utf8_lossy(&outcome.transcript.of(Stream::Stderr)).into_owned(),
        }
    }

    async fn run(&self, files: &[(&str, &str)], call: &Call, nonce: &str) -> Outcome {
        let own = sources(files);
        let calling =
            self.language.harness_run(&own, call, nonce, LIMITS.memory).expect("functions can be called");
        let ahead = self.language.can_prestart(&calling.files).then(|| self.language.id.as_str());
        let beside = own.iter().filter(|file| calling.files.iter().all(|other| other.name != file.name));
        let all: Vec<_> = calling.files.iter().chain(beside).map(sandbox_file).collect();
        let lease = self.pool.lease(ahead, Bytes::mib(2048)).await.expect("a lease");
        let mut sandbox =
            lease.open(&all, DiskQuota { disk: Bytes::mib(64), inodes: 4096 }).expect("a sandbox");
        let stop = CancellationToken::new();
        if let Some(compile) = self.language.compile(&own) {
            let limits = compile.limits.unwrap_or(LIMITS);
            let compiler = Program::new(compile.argv, compile.env, limits);
            let outcome = sandbox.run(&compiler, &stop, &mut |_, _| {}).await.expect("compiles");
            assert!(outcome.is_success(), "{}", String::from_utf8_lossy(outcome.transcript.all_output()));
        }
        let ahead =
            ahead.map(|name| PrestartedRun { prestart: name.to_owned(), args: Vec::new(), env: Vec::new() });
        let program = Program::new(calling.command.argv, calling.command.env, LIMITS);
        let program = Program { stdin: calling.stdin.into(), prestarted: ahead, ..program };
        let outcome = sandbox.run(&program, &stop, &mut |_, _| {}).await.expect("runs");
        self.pool.take_back(sandbox.finish());
        outcome
    }
}

/// Checks that calls of functions in these files are accepted.
pub(crate) async fn check_accepted(language: &str, files: &[(&str, &str)], tests: &[Test]) {
    let verdicts = CallFixture::of(language).await.judge_calls(files, tests).await;
    for (test, verdict) in tests.iter().zip(verdicts) {
        assert_eq!(verdict, Verdict::Accepted, "{test:?}");
    }
}

fn read((call, returned): Test) -> (Call, CallResult) {
    let call = read_nested(call.as_bytes(), MOST_NESTED).expect("a call");
    (call, read_nested(returned.as_bytes(), MOST_NESTED).expect("what it should come to"))
}

fn sources(files: &[(&str, &str)]) -> Vec<SourceFile> {
    files.iter().map(|&(name, text)| SourceFile { name: name.to_owned(), content: text.into() }).collect()
}

fn sandbox_file(file: &SourceFile) -> SandboxFile {
    SandboxFile::plain(&file.name, file.content.as_bytes())
}

fn prestart(language: &Language) -> Option<Prestart> {
    let waiting = language.prestart()?;
    Some(Prestart {
        name: language.id.as_str().to_owned(),
        argv: waiting.argv,
        env: waiting.env,
        hooks: vec![waiting.hook],
        min_memory: waiting.min_memory,
        checks_syntax: waiting.checks_syntax,
        mode: if language.warmup == Warmup::Fork { PrestartMode::Fork } else { PrestartMode::Spawn },
    })
}
