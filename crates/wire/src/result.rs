//! What came of a job, as its client sees it.

use model::{
    Completion, Ending, Job, JobKind, JobRecord, JobStatus, Outcome, PoolKind, Report, Stream,
    explain_report, signal_name,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ArtifactBody, GradingBody, HelpBody, rfc3339,
    text::{Encoding, written},
    time::millis,
    why_left_out,
};

/// A submission was accepted and is not finished yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedBody {
    /// The job's id. Whoever holds the id of an anonymous job may read its result.
    #[schema(example = "0192d3a4-5b6c-7d8e-9f01-23456789abcd", format = "uuid")]
    pub job_id: String,
    /// Where it is.
    pub status: Status,
    /// Place in the queue, 1 being next; null once it runs.
    #[schema(example = 3)]
    pub position: Option<u64>,
    /// What it waits for besides its turn; left out where there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub waiting_for: Option<WaitingFor>,
}

/// What a job waits for besides its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum WaitingFor {
    /// The toolchain of its language is being prepared, once, since the worker has been started for the first time.
    Toolchain,
}

/// A running job has been told to stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CancellingBody {
    /// The job's id.
    #[schema(example = "0192d3a4-5b6c-7d8e-9f01-23456789abcd", format = "uuid")]
    pub job_id: String,
    /// Always `cancelling`; its result says `cancelled` in a moment.
    pub status: CancellingStatus,
}

/// The status of a running job that has been told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CancellingStatus {
    /// Told to stop.
    Cancelling,
}

/// A job and, once it is finished, its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResultBody {
    /// The job's id.
    #[schema(example = "0192d3a4-5b6c-7d8e-9f01-23456789abcd", format = "uuid")]
    pub job_id: String,
    /// Plain run or grading.
    pub kind: Kind,
    /// Where it is.
    pub status: Status,
    /// Id of its language.
    #[schema(example = "python")]
    pub language: String,
    /// The toolchain that ran it; null before that.
    #[schema(example = "CPython 3.11.2")]
    pub toolchain: Option<String>,
    /// When it was accepted (RFC 3339).
    #[schema(example = "2026-03-01T09:30:00.250Z", format = "date-time")]
    pub submitted_at: String,
    /// When its latest attempt began; null before that.
    #[schema(example = "2026-03-01T09:30:00.252Z", format = "date-time")]
    pub started_at: Option<String>,
    /// When it ended; null before that.
    #[schema(example = "2026-03-01T09:30:00.281Z", format = "date-time")]
    pub finished_at: Option<String>,
    /// How often it has been begun; above 1 only if a worker died.
    #[schema(example = 1)]
    pub attempt: u32,
    /// The pool that runs it.
    pub pool: PoolName,
    /// How compiling went; null for languages that are not compiled, and before the end.
    pub compile: Option<CompileBody>,
    /// How the run went; null when there was none, for gradings, and before the end.
    pub run: Option<RunBody>,
    /// Standard output and standard error in the order in which they came; the compiler's where compiling failed. They are two
    /// pipes, so what a program writes to both within a moment may come in either order; what it writes to one keeps its order.
    #[schema(example = "hi\n")]
    pub output: String,
    /// `base64` where `output` is not UTF-8; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub output_encoding: Option<Encoding>,
    /// How long the run took on the clock, in milliseconds; of a grading, the longest of its public tests; null when there was none.
    #[schema(example = 4)]
    pub time: Option<u64>,
    /// Why the program was stopped or crashed, what it did not find, or which files were not kept, in plain words; null where
    /// there is nothing to explain. Of a grading, each test that everybody may see has its own.
    pub explanation: Option<String>,
    /// Help with the mistake that ended the program or stopped its compilation; null where no rule knows it, and before the end.
    pub help: Option<HelpBody>,
    /// Mistakes that raise nothing, seen in a program that ended well: it runs, and perhaps does not do what was meant.
    pub notices: Vec<HelpBody>,
    /// Files that the program left behind, if they were asked for. They are kept as long as the result.
    pub artifacts: Vec<ArtifactBody>,
    /// Why the job failed, when its status is `failed`: our fault or a refusal, never a verdict. Null otherwise.
    pub error: Option<String>,
    /// The judgement, once a grading has ended; its fields stand beside the others.
    #[serde(flatten)]
    pub grading: Option<GradingBody>,
}

/// What kind of work a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A plain run.
    Run,
    /// Judged on the tests of a problem.
    Grade,
}

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Accepted; it waits.
    Queued,
    /// It runs.
    Processing,
    /// The program was run, whatever came of it.
    Completed,
    /// We failed or refused; `error` says why.
    Failed,
    /// Stopped on request.
    Cancelled,
}

/// Where a job runs, by strength of isolation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PoolName {
    /// Namespaces, cgroups and seccomp.
    Container,
    /// A hardware virtual machine.
    Microvm,
    /// A process with resource limits; internal only.
    Trusted,
}

/// How compiling went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompileBody {
    /// Whether there is a program to run.
    pub ok: bool,
    /// What the compiler wrote.
    pub output: String,
    /// `base64` where `output` is not UTF-8; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub output_encoding: Option<Encoding>,
    /// CPU time, in milliseconds.
    #[schema(example = 41)]
    pub cpu_ms: u64,
    /// Time on the clock, in milliseconds.
    #[schema(example = 52)]
    pub wall_ms: u64,
}

/// How the run went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunBody {
    /// Why it ended.
    pub reason: RunReason,
    /// What the program returned; null unless it exited by itself.
    #[schema(example = 0)]
    pub exit_code: Option<i32>,
    /// The signal that ended it, by name; null unless `reason` is `signalled`.
    #[schema(example = json!(null))]
    pub signal: Option<String>,
    /// Standard output, up to its cap.
    #[schema(example = "hi\n")]
    pub stdout: String,
    /// `base64` where `stdout` is not UTF-8; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stdout_encoding: Option<Encoding>,
    /// Standard error, up to its cap.
    #[schema(example = "")]
    pub stderr: String,
    /// `base64` where `stderr` is not UTF-8; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stderr_encoding: Option<Encoding>,
    /// Whether standard output went past its cap.
    pub stdout_truncated: bool,
    /// Whether standard error went past its cap.
    pub stderr_truncated: bool,
    /// CPU time of the whole process tree, in milliseconds.
    #[schema(example = 3)]
    pub cpu_ms: u64,
    /// Time on the clock, in milliseconds.
    #[schema(example = 4)]
    pub wall_ms: u64,
    /// How long it was held to its share of the processors (`limits.cpus`) while it wanted more, in milliseconds, summed over
    /// processors.
    #[serde(default)]
    #[schema(example = 0, required = true)]
    pub throttled_ms: u64,
    /// Peak memory of the whole process tree, in bytes.
    #[schema(example = 9_437_184)]
    pub memory_bytes: u64,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RunReason {
    /// It exited by itself, with `exitCode`.
    Exited,
    /// `signal` ended it.
    Signalled,
    /// It used up its CPU time.
    CpuLimit,
    /// It took too long on the clock.
    WallLimit,
    /// It used up its memory.
    MemoryLimit,
    /// It wrote more than it may.
    OutputLimit,
    /// It tried to have more processes than it may.
    ProcessLimit,
    /// It wrote larger files, or more of them, than it may.
    DiskLimit,
    /// It made a system call that only an attack makes.
    ForbiddenCall,
}

impl From<&JobRecord> for ResultBody {
    fn from(record: &JobRecord) -> Self {
        let job = &record.job;
        let report = record.completion.as_ref().and_then(Completion::report);
        let run = report.and_then(|report| report.run.as_ref());
        let (output, output_encoding) = written(report.map_or(&[], shown_output));
        Self {
            job_id: job.id.to_string(),
            kind: job.kind.into(),
            status: record.status.into(),
            language: job.submission.language.to_string(),
            toolchain: report.map(|report| report.toolchain.clone()),
            submitted_at: rfc3339(job.submitted_at),
            started_at: record.started_at.map(rfc3339),
            finished_at: record.finished_at.map(rfc3339),
            attempt: job.attempt,
            pool: job.pool.into(),
            compile: report.and_then(|report| report.compile.as_ref()).map(CompileBody::from),
            run: run.map(RunBody::from),
            output,
            output_encoding,
            time: run.map(|run| millis(run.usage.wall)),
            explanation: report.and_then(|report| explanation(report, job)),
            // Found by rules over sources and messages, which are not here.
            help: None,
            notices: Vec::new(),
            artifacts: report.map(|report| ArtifactBody::all(job.id, &report.artifacts)).unwrap_or_default(),
            error: match &record.completion {
                Some(Completion::Failed(fault)) => Some(fault.message.clone()),
                _ => None,
            },
            // Made of what may be seen of a grading, which is not decided here.
            grading: None,
        }
    }
}

impl ResultBody {
    /// The same with help for its mistake, and notices.
    #[must_use]
    pub fn helped(self, help: Option<HelpBody>, notices: Vec<HelpBody>) -> Self {
        Self { help, notices, ..self }
    }

    /// The same with a judgement. A grading has no run of its own, and its time is that of the slowest public test.
    #[must_use]
    pub fn judged(self, grading: GradingBody) -> Self {
        Self { time: grading.most_used.map(|most| most.wall_ms), grading: Some(grading), ..self }
    }
}

/// What a client that shows one text should show: the run's, or the compiler's if there was no run to speak of.
fn shown_output(report: &Report) -> &[u8] {
    match (&report.run, &report.compile) {
        (Some(run), _) => run.transcript.combined(),
        (None, Some(compile)) if !compile.is_success() => compile.transcript.combined(),
        (None, _) => &[],
    }
}

/// What there is to explain of a run, in one text.
fn explanation(report: &Report, job: &Job) -> Option<String> {
    let said = explain_report(report, &job.submission.limits, job.session, why_left_out);
    (!said.is_empty()).then(|| said.join(" "))
}

impl From<&Outcome> for CompileBody {
    fn from(outcome: &Outcome) -> Self {
        let (output, output_encoding) = written(outcome.transcript.combined());
        Self {
            ok: outcome.is_success(),
            output,
            output_encoding,
            cpu_ms: millis(outcome.usage.cpu),
            wall_ms: millis(outcome.usage.wall),
        }
    }
}

impl From<&Outcome> for RunBody {
    fn from(outcome: &Outcome) -> Self {
        let (reason, exit_code, signal) = ending(outcome.ending);
        let (stdout, stdout_encoding) = written(&outcome.transcript.of(Stream::Stdout));
        let (stderr, stderr_encoding) = written(&outcome.transcript.of(Stream::Stderr));
        Self {
            reason,
            exit_code,
            signal,
            stdout,
            stdout_encoding,
            stderr,
            stderr_encoding,
            stdout_truncated: outcome.stdout_truncated,
            stderr_truncated: outcome.stderr_truncated,
            cpu_ms: millis(outcome.usage.cpu),
            wall_ms: millis(outcome.usage.wall),
            throttled_ms: millis(outcome.usage.throttled),
            memory_bytes: outcome.usage.memory.get(),
        }
    }
}

/// An ending as reason, exit code and signal. Stopping on request, or for too much input, is done with SIGKILL, and shows
/// as that. A session that was idle took too long on the clock; the explanation says in which way.
fn ending(ending: Ending) -> (RunReason, Option<i32>, Option<String>) {
    const SIGKILL: i32 = 9;
    let reason = match ending {
        Ending::Exited(code) => return (RunReason::Exited, Some(code), None),
        Ending::Signalled(number) => return (RunReason::Signalled, None, Some(signal_name(number))),
        Ending::Cancelled | Ending::InputLimit => {
            return (RunReason::Signalled, None, Some(signal_name(SIGKILL)));
        }
        Ending::CpuLimit => RunReason::CpuLimit,
        Ending::WallLimit | Ending::IdleLimit => RunReason::WallLimit,
        Ending::MemoryLimit => RunReason::MemoryLimit,
        Ending::OutputLimit => RunReason::OutputLimit,
        Ending::ProcessLimit => RunReason::ProcessLimit,
        Ending::DiskLimit => RunReason::DiskLimit,
        Ending::ForbiddenCall => RunReason::ForbiddenCall,
    };
    (reason, None, None)
}

impl From<JobKind> for Kind {
    fn from(kind: JobKind) -> Self {
        match kind {
            JobKind::Run => Self::Run,
            JobKind::Grade => Self::Grade,
        }
    }
}

impl From<JobStatus> for Status {
    fn from(status: JobStatus) -> Self {
        match status {
            JobStatus::Queued => Self::Queued,
            JobStatus::Processing => Self::Processing,
            JobStatus::Completed => Self::Completed,
            JobStatus::Failed => Self::Failed,
            JobStatus::Cancelled => Self::Cancelled,
        }
    }
}

impl From<PoolKind> for PoolName {
    fn from(pool: PoolKind) -> Self {
        match pool {
            PoolKind::Container => Self::Container,
            PoolKind::Microvm => Self::Microvm,
            PoolKind::Trusted => Self::Trusted,
        }
    }
}
