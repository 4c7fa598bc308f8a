//! Explanations: sentences for the author of a program about limits, crashes and missing modules.
//!
//! HTTP results, gradings and the command line all use these, so that they say the same. The texts address learners whose third
//! language may be English: short sentences, usual words, and a hint at the likely cause.

mod missing;
mod network;

use std::time::Duration;

use crate::{
    Artifacts, Ending, Limits, Outcome, Report, SessionOptions, Stream, SystemCall, signal_meaning,
    signal_name,
};

/// Explanation of an ending that the program did not choose, with the forbidden call that caused it, if it is known; none if it
/// exited by itself.
pub fn explain_ending(ending: Ending, call: Option<&SystemCall>, limits: &Limits) -> Option<String> {
    let stopped = |reason: String| Some(format!("The program was stopped: {reason}"));
    match ending {
        Ending::Exited(_) => None,
        Ending::Signalled(number) => Some(explain_signal(number)),
        Ending::CpuLimit => stopped(format!(
            "it used more than {} of CPU time. Perhaps a loop in it never ends.",
            format_duration(limits.cpu)
        )),
        Ending::WallLimit => stopped(format!(
            "it was not done after {} on the clock. Perhaps it waits for something that does not come, or for too long.",
            format_duration(limits.wall)
        )),
        Ending::MemoryLimit => stopped(format!(
            "it used more than {} of memory. Perhaps a list or a text in it grows without end.",
            limits.memory
        )),
        Ending::OutputLimit => {
            stopped(format!("it wrote more than {}. Perhaps a loop prints without end.", limits.output))
        }
        Ending::ProcessLimit => stopped(format!(
            "it tried to have more than {} processes and threads at the same time.",
            limits.processes
        )),
        Ending::DiskLimit => Some(format!(
            "The program ran out of disk space: its files may have {} together, and there may be {} of them.",
            limits.disk, limits.inodes
        )),
        Ending::ForbiddenCall => Some(explain_forbidden_call(call)),
        Ending::IdleLimit => stopped("nothing was typed and nothing written for too long.".to_owned()),
        Ending::InputLimit => stopped("more was typed than may wait for it to read: 1 MiB.".to_owned()),
        Ending::Cancelled => Some("The program was stopped before it was done.".to_owned()),
    }
}

/// The same for a live session, whose idle timeout is known.
pub fn explain_session_ending(
    session: Option<SessionOptions>,
    run: &Outcome,
    limits: &Limits,
) -> Option<String> {
    match (run.ending, session) {
        (Ending::IdleLimit, Some(session)) => Some(format!(
            "The session was ended: nothing was typed and nothing written for {}.",
            format_duration(session.idle_timeout)
        )),
        _ => explain_ending(run.ending, run.forbidden_call.as_ref(), limits),
    }
}

/// The sentence for [`Ending::ForbiddenCall`].
fn explain_forbidden_call(call: Option<&SystemCall>) -> String {
    let Some(SystemCall(name)) = call else {
        return "The program was stopped: it asked the system for something that no program may do here, such as looking into other \
                programs (ptrace) or changing the system (mount, bpf, reboot)."
            .to_owned();
    };
    let reason = match name.as_str() {
        "ptrace" | "process_vm_readv" | "process_vm_writev" | "pidfd_getfd" => "looks into other programs",
        "open_by_handle_at" => "opens files by other ways than their names",
        "setns" => "enters the surroundings of other programs",
        name if name.ends_with(" (32-bit)") => "is a system call of 32-bit programs",
        _ => "changes the system",
    };
    format!("The program was stopped: it called `{name}`, which is not allowed here because it {reason}.")
}

/// Explanation of a failure for lack of something: more input, a module, a network. None if the program's error messages do not
/// indicate one of these.
pub fn explain_failure(run: &Outcome) -> Option<String> {
    if run.is_success() || !matches!(run.ending, Ending::Exited(_) | Ending::Signalled(_)) {
        return None;
    }
    if run.ran_out_of_input() {
        return Some("The program wanted to read more input than it was given.".to_owned());
    }
    let errors = run.transcript.of(Stream::Stderr);
    network::explain(&errors).map(str::to_owned).or_else(|| missing::explain(&errors))
}

/// Explanation of a compiler that was stopped, or that lacked a module. None if it was successful, or if its own messages are
/// sufficient.
pub fn explain_compiler(compile: &Outcome) -> Option<String> {
    let reason = match compile.ending {
        Ending::CpuLimit => "used up its CPU time",
        Ending::WallLimit => "took too long",
        Ending::MemoryLimit => "used up its memory",
        Ending::OutputLimit => "wrote too many messages",
        Ending::ProcessLimit => "wanted too many processes",
        Ending::DiskLimit => "wrote files larger than the limit, or too many",
        Ending::ForbiddenCall => match &compile.forbidden_call {
            Some(SystemCall(name)) => {
                return Some(format!(
                    "The compiler was stopped, for it called `{name}`, which is not allowed here. The program was not run."
                ));
            }
            None => "asked the system for something that no program may do here",
        },
        Ending::Signalled(_) => "crashed",
        Ending::Exited(1..) => return missing::explain(compile.transcript.all_output()),
        // Compilers have no session and cannot be idle.
        Ending::Exited(_) | Ending::Cancelled | Ending::IdleLimit | Ending::InputLimit => return None,
    };
    Some(format!("The compiler was stopped, for it {reason}. The program was not run."))
}

/// All explanations of a plain run, each of one or more sentences; `explain_omitted` explains its omitted files.
pub fn explain_report(
    report: &Report,
    limits: &Limits,
    session: Option<SessionOptions>,
    explain_omitted: impl Fn(&Artifacts) -> Option<String>,
) -> Vec<String> {
    // A program that was not compiled did not run and has no files.
    if let Some(compiler) = report.compile.as_ref().and_then(explain_compiler) {
        return vec![compiler];
    }
    let run = report.run.as_ref();
    let ending = run.and_then(|run| explain_session_ending(session, run, limits));
    let failure = run.and_then(explain_failure);
    [ending, failure, explain_omitted(&report.artifacts)].into_iter().flatten().collect()
}

/// Explanation of the signal that ended a program.
fn explain_signal(number: i32) -> String {
    let name = signal_name(number);
    match signal_meaning(number) {
        Some(meaning) => format!("The program crashed ({name}): it {meaning}."),
        None => format!("The signal {name} ended the program."),
    }
}

/// A duration as text, in milliseconds below one second.
fn format_duration(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        return format!("{} ms", time.as_millis());
    }
    format!("{} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Transcript, Usage};

    fn outcome(ending: Ending, errors: &str) -> Outcome {
        let mut transcript = Transcript::default();
        transcript.push(Stream::Stderr, errors.as_bytes());
        let usage = Usage::default();
        Outcome {
            ending,
            forbidden_call: None,
            usage,
            transcript,
            stdout_truncated: false,
            stderr_truncated: false,
        }
    }

    #[track_caller]
    fn check(ending: Ending, said: &str) {
        let explained =
            explain_ending(ending, None, &Limits::STUDENT).expect("there is something to explain");
        assert!(explained.contains(said), "{explained:?} does not say {said:?}");
    }

    #[test]
    fn each_limit_is_explained_with_its_value() {
        check(Ending::CpuLimit, "it used more than 10 s of CPU time");
        check(Ending::WallLimit, "it was not done after 30 s on the clock");
        check(Ending::MemoryLimit, "it used more than 128 MiB of memory");
        check(Ending::OutputLimit, "it wrote more than 1 MiB");
        check(Ending::ProcessLimit, "more than 50 processes and threads");
        check(Ending::DiskLimit, "its files may have 50 MiB together, and there may be 1024 of them");
    }

    #[test]
    fn other_endings_are_explained_and_an_exit_is_not() {
        check(Ending::ForbiddenCall, "asked the system for something that no program may do here");
        check(Ending::IdleLimit, "nothing was typed");
        check(Ending::InputLimit, "more was typed");
        check(Ending::Cancelled, "The program was stopped before it was done.");
        for code in [0, 1, 255] {
            assert_eq!(explain_ending(Ending::Exited(code), None, &Limits::STUDENT), None);
        }
    }

    #[test]
    fn a_forbidden_call_is_reported_by_name_with_the_reason() {
        for (name, said) in [
            ("ptrace", "it called `ptrace`, which is not allowed here because it looks into other programs."),
            ("mount", "it called `mount`, which is not allowed here because it changes the system."),
            ("open_by_handle_at", "because it opens files by other ways than their names."),
            ("setns", "because it enters the surroundings of other programs."),
            (
                "ptrace (32-bit)",
                "it called `ptrace (32-bit)`, which is not allowed here because it is a system call of 32-bit programs.",
            ),
        ] {
            let call = Some(SystemCall(name.to_owned()));
            let run = Outcome { forbidden_call: call.clone(), ..outcome(Ending::ForbiddenCall, "") };
            let explained = explain_ending(Ending::ForbiddenCall, call.as_ref(), &Limits::STUDENT);
            assert!(explained.as_ref().is_some_and(|text| text.ends_with(said)), "{explained:?}");
            assert_eq!(explain_session_ending(None, &run, &Limits::STUDENT), explained);
            let compiler = explain_compiler(&run);
            assert!(compiler.is_some_and(|text| text.contains(&format!("it called `{name}`"))));
        }
    }

    #[test]
    fn a_signal_is_explained_with_its_name_and_usual_cause() {
        for (number, said) in [
            (11, "The program crashed (SIGSEGV): it used memory that is not its own"),
            (6, "(SIGABRT): it gave up"),
            (8, "(SIGFPE): it divided a whole number by zero."),
            (9, "The signal SIGKILL ended the program."),
            (40, "The signal SIG40 ended the program."),
        ] {
            check(Ending::Signalled(number), said);
        }
    }

    #[test]
    fn a_limit_of_less_than_a_second_is_in_milliseconds() {
        let limits = Limits { cpu: Duration::from_millis(500), ..Limits::STUDENT };
        let explained = explain_ending(Ending::CpuLimit, None, &limits).expect("explained");
        assert!(explained.contains("more than 500 ms of CPU time"), "{explained}");
        assert_eq!(format_duration(Duration::from_millis(1500)), "1.5 s");
    }

    #[test]
    fn a_session_says_how_long_nothing_happened() {
        let session = Some(SessionOptions { terminal: None, idle_timeout: Duration::from_millis(1500) });
        let run = outcome(Ending::IdleLimit, "");
        let explained = explain_session_ending(session, &run, &Limits::STUDENT).expect("explained");
        assert!(explained.contains("nothing was typed and nothing written for 1.5 s"), "{explained}");
    }

    #[test]
    fn a_missing_module_is_explained_only_if_the_program_failed_by_itself() {
        let errors = "ModuleNotFoundError: No module named 'numpy'\n";
        let explained = |ending| explain_failure(&outcome(ending, errors));
        assert!(explained(Ending::Exited(1)).is_some_and(|said| said.contains("\"numpy\"")));
        assert_eq!((explained(Ending::Exited(0)), explained(Ending::CpuLimit)), (None, None));
        let hungry = explain_failure(&outcome(Ending::Exited(1), "EOFError: EOF when reading a line"));
        assert_eq!(hungry.as_deref(), Some("The program wanted to read more input than it was given."));
    }

    #[test]
    fn a_stopped_compiler_is_explained_and_its_own_error_messages_are_not() {
        for ending in [Ending::CpuLimit, Ending::WallLimit, Ending::ForbiddenCall, Ending::Signalled(11)] {
            let explained = explain_compiler(&outcome(ending, "")).expect("explained");
            assert!(explained.ends_with("The program was not run."), "{explained}");
        }
        assert_eq!(explain_compiler(&outcome(Ending::Exited(1), "main.c:1: error: expected ';'")), None);
        let header =
            outcome(Ending::Exited(1), "main.c:1:10: fatal error: ncurses.h: No such file or directory");
        assert!(explain_compiler(&header).is_some_and(|said| said.contains("The header \"ncurses.h\"")));
        let warned = outcome(Ending::Exited(0), "fatal error: x.h: No such file or directory");
        assert_eq!(explain_compiler(&warned), None);
    }
}
