//! Fixture: the service with a real store and a real queue in a temporary folder, and a scripted worker.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use broker::{Claim, Claimant, Control, EmbeddedBroker, EmbeddedSettings};
use execution::{AdmissionControl, Execution, ExecutionParts, Settings, Shutdown, router};
use http_body_util::BodyExt as _;
use languages::{Fleet, Host, ProbeError, Registry, builtin_files};
use model::{
    Artifact, Artifacts, Bytes, Catalogue, Completion, Digest, Ending, Event, Grading, JobEvent, JobId,
    LanguageId, LimitsRequest, Outcome, PoolKind, Principal, Problem, ProblemId, Report, Seq, Stream,
    TestDetails, TestResult, TestStyle, Timestamp, ToolchainInfo, Transcript, Usage, Verdict, Visibility,
    WorkerName,
};
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};
use store::{BeginOutcome, ObjectKey, Objects, Store};
use tempfile::TempDir;
use tower::ServiceExt as _;
use traffic::{Limiter, ShedSettings};

/// A machine that has Python and nothing else.
struct SmallHost;

impl Host for SmallHost {
    fn executable(&self, path: &Path) -> Option<PathBuf> {
        path.ends_with("python3").then(|| path.to_owned())
    }

    fn exists(&self, _path: &Path) -> bool {
        true
    }

    fn output(&self, _program: &Path, _args: &[String]) -> Result<String, ProbeError> {
        Ok("Python 3.11.2".to_owned())
    }
}

pub(crate) struct World {
    pub(crate) execution: Execution,
    pub(crate) router: Router,
    folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default(), EmbeddedSettings::default()).await
    }

    pub(crate) async fn with(settings: Settings, queue: EmbeddedSettings) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).await.expect("a store");
        let broker = EmbeddedBroker::open(folder.path(), queue).await.expect("a broker");
        let execution = Execution::from(ExecutionParts {
            store,
            objects: Objects::open_folder(&folder.path().join("objects")).expect("objects"),
            broker: Arc::new(broker),
            fleet: Arc::new(Fleet::with_local_toolchains(
                Registry::load(builtin_files(), &SmallHost).expect("languages"),
            )),
            catalogue: Arc::new(catalogue()),
            settings: Arc::new(settings),
            admission: Arc::new(AdmissionControl::new(ShedSettings::default(), Arc::new(Limiter::local(1)))),
            shutdown: Shutdown::default(),
        });
        let router = router(execution.clone()).into();
        Self { execution, router, folder }
    }

    /// Asks as somebody whom the gateway would have recognised, or as nobody known.
    pub(crate) async fn ask_as(&self, principal: Option<Principal>, mut request: Request<Body>) -> Answer {
        if let Some(principal) = principal {
            request.extensions_mut().insert(principal);
        }
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: head.status, headers: head.headers, bytes, text }
    }

    /// Damages the code in a job's record: every read of the whole record fails from now on.
    pub(crate) async fn damage_code(&self, job: JobId) {
        self.change_code(job, "UPDATE jobs SET job = 'x' || job WHERE id = $1").await;
    }

    /// Makes it readable again.
    pub(crate) async fn mend_code(&self, job: JobId) {
        self.change_code(job, "UPDATE jobs SET job = substr(job, 2) WHERE id = $1").await;
    }

    /// The data folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Size of the job document in a record.
    pub(crate) async fn stored_bytes(&self, job: JobId) -> i64 {
        let file = SqliteConnectOptions::new().filename(self.folder.path().join("records.db"));
        let mut records = file.connect().await.expect("opens");
        let size = sqlx::query_scalar("SELECT length(CAST(job AS BLOB)) FROM jobs WHERE id = $1");
        size.bind(job.to_string()).fetch_one(&mut records).await.expect("is there")
    }

    async fn change_code(&self, job: JobId, statement: &'static str) {
        let file = SqliteConnectOptions::new().filename(self.folder.path().join("records.db"));
        let mut records = file.connect().await.expect("opens");
        let changed = sqlx::query(statement).bind(job.to_string()).execute(&mut records).await;
        assert_eq!(changed.expect("changes").rows_affected(), 1);
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        self.ask_as(None, request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask(Request::delete(path).body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn submit(&self, query: &str, body: &Value) -> Answer {
        self.ask(submission(query, body)).await
    }

    /// Submits a program and returns its job's id.
    pub(crate) async fn submit_job(&self) -> String {
        let answer = self.submit("", &hello()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        answer.json()["jobId"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn claim(&self) -> Claim {
        let claimant = Claimant {
            worker: WorkerName::new("test-worker"),
            pools: vec![(PoolKind::Container, 8)],
            offers: vec![python()],
            preparing: Vec::new(),
        };
        let claims =
            tokio::time::timeout(Duration::from_secs(10), self.execution.broker().claim(&claimant, 1));
        claims.await.expect("something to claim").expect("a claim").pop().expect("one claim")
    }

    /// As if the workers were preparing their Python.
    pub(crate) fn prepare_python(&self) {
        self.execution.fleet().announce_preparing(&[], &[python()], Timestamp::now());
    }

    /// As if they had done so.
    pub(crate) fn python_is_prepared(&self) {
        self.execution.fleet().announce_preparing(&[python()], &[], Timestamp::now());
    }

    /// Claims a job and begins it, as a worker does.
    pub(crate) async fn begin(&self) -> Running<'_> {
        let claim = self.claim().await;
        let attempt = &claim.attempt;
        let begun = self.execution.store().begin_attempt(
            attempt.job,
            attempt.number,
            &attempt.worker,
            Timestamp::now(),
        );
        assert!(matches!(begun.await.expect("begins"), BeginOutcome::Run(_)));
        self.execution.broker().publish(attempt.job, claim.started_event()).await;
        Running { world: self, claim, next: 1 }
    }

    /// Runs the next job: it writes `hi` and exits with 0.
    pub(crate) async fn run_one(&self) {
        let mut running = self.begin().await;
        running.write("hi\n").await;
        running.finish("hi\n").await;
    }
}

/// An attempt in the hands of the test.
pub(crate) struct Running<'a> {
    world: &'a World,
    pub(crate) claim: Claim,
    next: u64,
}

impl Running<'_> {
    async fn publish(&mut self, event: JobEvent) {
        let seq = Seq::of(self.claim.attempt.number, self.next);
        self.next += 1;
        self.world.execution.broker().publish(self.claim.attempt.job, Event { seq, event }).await;
    }

    pub(crate) async fn write(&mut self, text: &str) {
        self.publish(JobEvent::Output { stream: Stream::Stdout, text: text.to_owned() }).await;
    }

    pub(crate) async fn finish(self, output: &str) {
        self.end(Completion::Completed(report(Ending::Exited(0), output))).await;
    }

    /// Ends it with these files left behind, kept as a worker keeps them.
    pub(crate) async fn leave(self, files: &[(&str, &[u8], &str)]) {
        let (job, attempt) = (self.claim.attempt.job, self.claim.attempt.number);
        for (index, (_, bytes, _)) in files.iter().enumerate() {
            let key = ObjectKey { job, attempt, index };
            self.world.execution.objects().put(key, bytes.to_vec()).await.expect("is kept");
        }
        self.end(Completion::Completed(report_with(files))).await;
    }

    pub(crate) async fn end(mut self, completion: Completion) {
        let execution = &self.world.execution;
        let attempt = self.claim.attempt.clone();
        execution
            .store()
            .complete(attempt.job, attempt.number, &completion, Timestamp::now())
            .await
            .expect("completes");
        self.publish(JobEvent::Finished).await;
        execution.broker().settle(&attempt).await.expect("settles");
    }

    pub(crate) async fn next_control(&mut self) -> Option<Control> {
        tokio::time::timeout(Duration::from_secs(10), self.claim.control.recv())
            .await
            .expect("is told something")
    }
}

pub(crate) fn report(ending: Ending, output: &str) -> Report {
    let mut transcript = Transcript::default();
    transcript.push(Stream::Stdout, output.as_bytes());
    let usage = Usage {
        cpu: Duration::from_millis(3),
        wall: Duration::from_millis(4),
        memory: Bytes::mib(9),
        ..Usage::default()
    };
    let run = Outcome {
        ending,
        forbidden_call: None,
        usage,
        transcript,
        stdout_truncated: false,
        stderr_truncated: false,
    };
    Report {
        toolchain: "CPython 3.11.2".into(),
        compile: None,
        run: Some(run),
        artifacts: Artifacts::default(),
        grading: None,
    }
}

/// The toolchain of the test's worker.
fn python() -> ToolchainInfo {
    ToolchainInfo {
        language: LanguageId::new("python"),
        version: "3.11.2".to_owned(),
        description: String::new(),
        libraries: Vec::new(),
    }
}

/// A report of a grading with one public test, of which people are shown this.
pub(crate) fn graded_report(shown: &str) -> Report {
    let test = TestResult {
        name: "1".to_owned(),
        visibility: Visibility::Public,
        verdict: Some(Verdict::Accepted),
        score: None,
        usage: None,
        details: TestDetails { actual: shown.into(), ..TestDetails::default() },
    };
    let grading = Grading {
        suite: Digest::of(b"the suite of add-two"),
        verdict: Verdict::Accepted,
        passed: 1,
        total: 1,
        score: 100.0,
        max_score: Some(100.0),
        tests: vec![test],
        groups: Vec::new(),
        faults: Vec::new(),
    };
    Report { run: None, grading: Some(grading), ..report(Ending::Exited(0), "") }
}

/// One problem, `add-two`, number 1, with a public test and a hidden one.
fn catalogue() -> Catalogue {
    Catalogue::new(vec![Problem {
        id: ProblemId::from_u128(1),
        number: 1,
        slug: "add-two".into(),
        title: "Add two numbers".into(),
        difficulty: None,
        tags: Vec::new(),
        age_group: None,
        statement_html: String::new(),
        starters: BTreeMap::new(),
        hints: Vec::new(),
        languages: None,
        limits: LimitsRequest::default(),
        style: TestStyle::Streams,
        public_tests: Vec::new(),
        hidden_tests: 1,
        runs: 2,
        validator_limits: None,
        suite: Digest::of(b"the suite of add-two"),
    }])
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    /// The same as text, where it is text.
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// Checks that this is a problem of this kind and returns its sentence.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, kind: &str) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["type"], format!("urn:coderunner:{kind}"), "{problem}");
        problem["detail"].as_str().expect("a sentence").to_owned()
    }
}

pub(crate) fn hello() -> Value {
    json!({"language": "python", "code": "print('hi')"})
}

pub(crate) fn submission(query: &str, body: &Value) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri(format!("/api/execution/submit{query}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .expect("a request")
}

/// A report of a run that has left these files behind.
pub(crate) fn report_with(files: &[(&str, &[u8], &str)]) -> Report {
    let kept = files.iter().map(|(name, bytes, media_type)| Artifact {
        name: (*name).to_owned(),
        size: Bytes(bytes.len() as u64),
        media_type: (*media_type).to_owned(),
    });
    let artifacts = Artifacts { kept: kept.collect(), omitted: Vec::new() };
    Report { artifacts, ..report(Ending::Exited(0), "") }
}
