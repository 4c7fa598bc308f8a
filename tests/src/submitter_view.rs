//! Submitter's view: normalized result of a program, for comparison between servers.

use wire::{CompileBody, JobStatusName, LimitsBody, ProblemDetails, ResultBody, RunBody, RunReason};

use crate::Ending;

/// On a busy machine, from a limit being hit to the program's end.
const GRACE_MS: u64 = 3000;
/// Limits of compilers, for every input.
const COMPILER_MS: u64 = 25_000;
const COMPILER_OUTPUT: usize = 2 << 20;
/// Memory that kernels charge to a program in addition to its own.
const MEMORY_GRACE: u64 = 8 << 20;

/// All that there is to see.
#[derive(Debug)]
pub struct SubmitterView {
    /// Its ending.
    pub ending: Ending,
    /// Output of the program or its compiler, without quotations of the source, and the reason why it was refused or stopped.
    pub output: String,
    /// Names of its artifacts.
    pub artifacts: Vec<String>,
    /// Everything, for people.
    pub debug_text: String,
}

impl SubmitterView {
    /// Of one that was not accepted.
    pub fn refusal(problem: &ProblemDetails) -> Self {
        let whole = format!("{problem:?}");
        Self { ending: Ending::Refused, output: whole.clone(), artifacts: Vec::new(), debug_text: whole }
    }

    /// Of one that ran within these limits.
    ///
    /// # Errors
    ///
    /// An error if it was not run exactly once, or its result is inconsistent.
    pub fn result(job: &ResultBody, limits: &LimitsBody) -> Result<Self, String> {
        if job.status != JobStatusName::Completed || job.attempt != 1 {
            return Err(format!("not one attempt, completed: {:.3000}", format!("{job:?}")));
        }
        let explanation = job.explanation.clone().unwrap_or_default();
        let compiler = job.compile.as_ref().map_or("", |compile| &compile.output);
        let (ending, written) = match (&job.run, &job.compile) {
            (Some(run), _) => (ending_of(run), format!("{}\n{}", run.stdout, run.stderr)),
            (None, Some(compile)) if !compile.ok => (Ending::CompileError, String::new()),
            (None, _) => return Err(format!("neither run nor compiled: {job:?}")),
        };
        let fault = job.compile.as_ref().and_then(fault_of_compiler);
        if let Some(fault) = fault.or_else(|| job.run.as_ref().and_then(|run| fault_of(run, limits))) {
            return Err(format!("{fault}: {:.2000}", format!("{job:?}")));
        }
        Ok(Self {
            ending,
            output: format!("{written}\n{}\n{explanation}", without_quotes(compiler)),
            artifacts: job.artifacts.iter().map(|artifact| artifact.name.clone()).collect(),
            debug_text: format!("{job:?}"),
        })
    }
}

/// Compilers quote a program behind numbers and bars.
fn without_quotes(text: &str) -> String {
    let is_margin =
        |text: &str| text.starts_with(' ') && text.chars().all(|c| c == ' ' || c.is_ascii_digit());
    let is_quote = |line: &str| line.split_once('|').is_some_and(|(margin, _)| is_margin(margin));
    text.lines().filter(|line| !is_quote(line)).collect::<Vec<_>>().join("\n")
}

fn ending_of(run: &RunBody) -> Ending {
    match (run.reason, run.exit_code, &run.signal) {
        (RunReason::Exited, Some(code), None) => Ending::Exited(code),
        (RunReason::Signalled, None, Some(name)) => Ending::Signalled(name.clone()),
        (reason, ..) => Ending::Stopped(reason),
    }
}

fn fault_of_compiler(compile: &CompileBody) -> Option<&'static str> {
    let faults = [
        (compile.wall_ms > COMPILER_MS + GRACE_MS, "its compiler ran too long"),
        (compile.output.len() > COMPILER_OUTPUT, "its compiler wrote too much"),
    ];
    faults.into_iter().find_map(|(holds, fault)| holds.then_some(fault))
}

/// Contradictions between these facts and the limits, or among the facts.
fn fault_of(run: &RunBody, limits: &LimitsBody) -> Option<&'static str> {
    let truncated = run.stdout_truncated || run.stderr_truncated;
    let longest = run.stdout.len().max(run.stderr.len()) as u64;
    let faults = [
        (limits.wall_ms.is_some_and(|most| run.wall_ms > most + GRACE_MS), "it ran too long"),
        (
            limits.cpu_ms.is_some_and(|most| (run.cpu_ms >= most) != (run.reason == RunReason::CpuLimit)),
            "it is said to have used up its CPU time and did not, or the other way round",
        ),
        (
            limits.memory_bytes.is_some_and(|most| run.memory_bytes > most + MEMORY_GRACE),
            "it took too much memory",
        ),
        (limits.output_bytes.is_some_and(|most| longest > most), "it wrote too much"),
        (
            truncated != (run.reason == RunReason::OutputLimit),
            "its output was cut without that being why it ended, or the other way round",
        ),
        (
            !matches!(run.reason, RunReason::Exited) && run.exit_code.is_some(),
            "it was stopped, and exited by itself",
        ),
    ];
    faults.into_iter().find_map(|(holds, fault)| holds.then_some(fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: RunBody = RunBody {
        reason: RunReason::Exited,
        exit_code: Some(0),
        signal: None,
        forbidden_call: None,
        stdout: String::new(),
        stdout_encoding: None,
        stderr: String::new(),
        stderr_encoding: None,
        stdout_truncated: false,
        stderr_truncated: false,
        cpu_ms: 100,
        wall_ms: 100,
        throttled_ms: 0,
        memory_bytes: 1 << 20,
    };

    const LIMITS: LimitsBody = LimitsBody {
        cpu_ms: Some(200),
        cpus: None,
        wall_ms: Some(200),
        memory_bytes: Some(2 << 20),
        output_bytes: Some(5),
        processes: None,
    };

    #[track_caller]
    fn check(run: &RunBody, is_fine: bool) {
        assert_eq!(fault_of(run, &LIMITS).is_none(), is_fine, "{run:?}");
    }

    #[test]
    fn what_does_not_fit_the_limits_is_a_fault() {
        check(&FINE, true);
        check(&RunBody { wall_ms: 4000, ..FINE }, false);
        check(&RunBody { cpu_ms: 200, ..FINE }, false);
        check(&RunBody { memory_bytes: 20 << 20, ..FINE }, false);
        check(&RunBody { stdout: "too long".to_owned(), ..FINE }, false);
        check(&RunBody { stderr_truncated: true, ..FINE }, false);
        let stopped = RunBody { exit_code: None, ..FINE };
        check(&RunBody { reason: RunReason::WallLimit, ..stopped.clone() }, true);
        check(&RunBody { reason: RunReason::WallLimit, ..FINE }, false);
        check(&RunBody { reason: RunReason::CpuLimit, ..stopped.clone() }, false);
        check(&RunBody { reason: RunReason::OutputLimit, ..stopped }, false);
    }

    #[test]
    fn a_compiler_without_end_is_a_fault() {
        let fine =
            CompileBody { ok: false, output: String::new(), output_encoding: None, cpu_ms: 1, wall_ms: 1 };
        assert_eq!(fault_of_compiler(&fine), None);
        assert!(fault_of_compiler(&CompileBody { wall_ms: 60_000, ..fine.clone() }).is_some());
        assert!(fault_of_compiler(&CompileBody { output: "x".repeat(3 << 20), ..fine }).is_some());
    }

    #[test]
    fn a_program_that_a_compiler_quotes_has_said_nothing() {
        assert_eq!(
            without_quotes("a.c:1: error\n   12 | puts(\"BROKEN\");\n      | ^~\nend"),
            "a.c:1: error\nend"
        );
    }
}
