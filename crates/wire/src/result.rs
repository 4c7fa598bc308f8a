//! Job results: acceptance, state and outcome of a job for clients.

use model::{
    Completion, Ending, Job, JobKind, JobRecord, JobStatus, Outcome, PoolKind, Report, Stream,
    explain_report, signal_name,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ArtifactBody, GradingBody, HelpBody, explain_omitted, rfc3339,
    text::{Encoding, encode_text},
    time::millis,
};

/// An accepted submission that is not finished yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedBody {
    /// The job's id. The id of an anonymous job gives access to its result.
    #[schema(example = "0192d3a4-5b6c-7d8e-9f01-23456789abcd", format = "uuid")]
    pub job_id: String,
    /// Its state.
    pub status: JobStatusName,
    /// Position in the queue, 1 is next; null once it runs.
    #[schema(example = 3)]
    pub position: Option<u64>,
    /// Additional reason for waiting; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub waiting_for: Option<WaitReason>,
}

/// Additional reason for the waiting of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum WaitReason {
    /// The toolchain of its language is being prepared; happens once, after the first start of a worker.
    Toolchain,
}

/// A running job that is being cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CancellingBody {
    /// The job's id.
    #[schema(example = "0192d3a4-5b6c-7d8e-9f01-23456789abcd", format = "uuid")]
    pub job_id: String,
    /// Always `cancelling`; the status of its result becomes `cancelled` soon.
    pub status: CancellingStatus,
}

/// The status of a running job that is being cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CancellingStatus {
    /// Being cancelled.
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
    pub kind: JobKindName,
    /// Its state.
    pub status: JobStatusName,
    /// Id of its language.
    #[schema(example = "python")]
    pub language: String,
    /// The toolchain that ran it; null before that.
    #[schema(example = "CPython 3.11.2")]
    pub toolchain: Option<String>,
    /// The time of acceptance (RFC 3339).
    #[schema(example = "2026-03-01T09:30:00.250Z", format = "date-time")]
    pub submitted_at: String,
    /// The start of its latest attempt; null before that.
    #[schema(example = "2026-03-01T09:30:00.252Z", format = "date-time")]
    pub started_at: Option<String>,
    /// The time of its end; null before that.
    #[schema(example = "2026-03-01T09:30:00.281Z", format = "date-time")]
    pub finished_at: Option<String>,
    /// Number of attempts; above 1 only if a worker died.
    #[schema(example = 1)]
    pub attempt: u32,
    /// The pool that runs it.
    pub pool: PoolName,
    /// The compilation; null for interpreted languages, and before the end.
    pub compile: Option<CompileBody>,
    /// The run; null if there was none, for gradings, and before the end.
    pub run: Option<RunBody>,
    /// Standard output and standard error in order of arrival; the compiler's if the compilation failed. They are two pipes, so writes
    /// to both at nearly the same time may arrive in either order; writes to one keep their order.
    #[schema(example = "hi\n")]
    pub output: String,
    /// `base64` if `output` is not UTF-8; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub output_encoding: Option<Encoding>,
    /// Wall time of the run, in milliseconds; for a grading, the maximum over its public tests; null if there was none.
    #[schema(example = 4)]
    pub time: Option<u64>,
    /// Explanation of a limit, a crash, a missing module or omitted files, in plain words; null if there is nothing to explain. In a
    /// grading each public test has its own.
    pub explanation: Option<String>,
    /// Help with the mistake that ended the program or its compilation; null if no rule knows it, and before the end.
    pub help: Option<HelpBody>,
    /// Probable mistakes in a program that ended well: it runs, and perhaps does not do what was meant.
    pub notices: Vec<HelpBody>,
    /// Files that the program wrote, if requested. They are kept as long as the result.
    pub artifacts: Vec<ArtifactBody>,
    /// The reason why the job failed, if its status is `failed`: a fault of the platform or a refusal, never a verdict. Null otherwise.
    pub error: Option<String>,
    /// The judgement, once a grading has ended; its fields are added to the others.
    #[serde(flatten)]
    pub grading: Option<GradingBody>,
}

/// The kind of work of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobKindName {
    /// A plain run.
    Run,
    /// A grading on the tests of a problem.
    Grade,
}

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobStatusName {
    /// Accepted; it waits.
    Queued,
    /// It runs.
    Processing,
    /// The program was run, with any outcome.
    Completed,
    /// The platform failed or refused the job; `error` has the reason.
    Failed,
    /// Stopped on request.
    Cancelled,
}

/// The pool of a job, by isolation.
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

/// The compilation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompileBody {
    /// Whether there is a program to run.
    pub ok: bool,
    /// The compiler's output.
    pub output: String,
    /// `base64` if `output` is not UTF-8; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub output_encoding: Option<Encoding>,
    /// CPU time, in milliseconds.
    #[schema(example = 41)]
    pub cpu_ms: u64,
    /// Wall time, in milliseconds.
    #[schema(example = 52)]
    pub wall_ms: u64,
}

/// The run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunBody {
    /// The cause of its end.
    pub reason: RunReason,
    /// The exit code; null unless it exited by itself.
    #[schema(example = 0)]
    pub exit_code: Option<i32>,
    /// The name of the signal that killed it; null unless `reason` is `signalled`.
    #[schema(example = json!(null))]
    pub signal: Option<String>,
    /// The system call that it was stopped for, by its name in Linux; omitted unless `reason` is `forbiddenCall`, and if the
    /// kernel of the machine cannot report it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "ptrace", nullable = false)]
    pub forbidden_call: Option<String>,
    /// Standard output, up to the limit.
    #[schema(example = "hi\n")]
    pub stdout: String,
    /// `base64` if `stdout` is not UTF-8; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stdout_encoding: Option<Encoding>,
    /// Standard error, up to the limit.
    #[schema(example = "")]
    pub stderr: String,
    /// `base64` if `stderr` is not UTF-8; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stderr_encoding: Option<Encoding>,
    /// Whether standard output exceeded the limit.
    pub stdout_truncated: bool,
    /// Whether standard error exceeded the limit.
    pub stderr_truncated: bool,
    /// CPU time of the whole process tree, in milliseconds.
    #[schema(example = 3)]
    pub cpu_ms: u64,
    /// Wall time, in milliseconds.
    #[schema(example = 4)]
    pub wall_ms: u64,
    /// Time for which the CPU bandwidth limit (`limits.cpus`) throttled it, in milliseconds, summed over processors.
    #[serde(default)]
    #[schema(example = 0, required = true)]
    pub throttled_ms: u64,
    /// Peak memory of the whole process tree, in bytes.
    #[schema(example = 9_437_184)]
    pub memory_bytes: u64,
}

/// The cause of the end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RunReason {
    /// It exited by itself, with `exitCode`.
    Exited,
    /// `signal` killed it.
    Signalled,
    /// It exceeded its CPU time limit.
    CpuLimit,
    /// It exceeded its wall time limit.
    WallLimit,
    /// It exceeded its memory limit.
    MemoryLimit,
    /// It exceeded its output limit.
    OutputLimit,
    /// It exceeded its limit of processes.
    ProcessLimit,
    /// It exceeded the limits on size and number of files.
    DiskLimit,
    /// It made a system call that is used by attacks only.
    ForbiddenCall,
}

impl From<&JobRecord> for ResultBody {
    fn from(record: &JobRecord) -> Self {
        let job = &record.job;
        let report = record.completion.as_ref().and_then(Completion::report);
        let run = report.and_then(|report| report.run.as_ref());
        let (output, output_encoding) = encode_text(report.map_or(&[], displayed_output));
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
            // Added by the caller, from the submitter's view of the grading.
            grading: None,
        }
    }
}

impl ResultBody {
    /// Adds help with the program's mistake, and notices.
    #[must_use]
    pub fn with_help(self, help: Option<HelpBody>, notices: Vec<HelpBody>) -> Self {
        Self { help, notices, ..self }
    }

    /// Adds the judgement. A grading has no single run, and its time is that of the slowest public test.
    #[must_use]
    pub fn with_grading(self, grading: GradingBody) -> Self {
        Self { time: grading.peak_usage.map(|most| most.wall_ms), grading: Some(grading), ..self }
    }
}

/// The output of the run, or of the compiler if the compilation failed.
fn displayed_output(report: &Report) -> &[u8] {
    match (&report.run, &report.compile) {
        (Some(run), _) => run.transcript.all_output(),
        (None, Some(compile)) if !compile.is_success() => compile.transcript.all_output(),
        (None, _) => &[],
    }
}

/// All explanations of a run, in one text.
fn explanation(report: &Report, job: &Job) -> Option<String> {
    let sentences = explain_report(report, &job.submission.limits, job.session, explain_omitted);
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

impl From<&Outcome> for CompileBody {
    fn from(outcome: &Outcome) -> Self {
        let (output, output_encoding) = encode_text(outcome.transcript.all_output());
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
        let (reason, exit_code, signal) = end_reason(outcome.ending);
        let (stdout, stdout_encoding) = encode_text(&outcome.transcript.of(Stream::Stdout));
        let (stderr, stderr_encoding) = encode_text(&outcome.transcript.of(Stream::Stderr));
        Self {
            reason,
            exit_code,
            signal,
            forbidden_call: outcome.forbidden_call.as_ref().map(|call| call.0.clone()),
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

/// An ending as reason, exit code and signal. A cancelled run was killed with SIGKILL and is reported so. An idle session is reported
/// as a wall time limit; its explanation mentions the idle timeout.
fn end_reason(ending: Ending) -> (RunReason, Option<i32>, Option<String>) {
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

impl From<JobKind> for JobKindName {
    fn from(kind: JobKind) -> Self {
        match kind {
            JobKind::Run => Self::Run,
            JobKind::Grade => Self::Grade,
        }
    }
}

impl From<JobStatus> for JobStatusName {
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
