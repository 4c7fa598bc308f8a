//! Linux signals: names, and explanations of the ones that mean a crash.

/// The names of signals 1 to 31, the same on x86-64 and aarch64.
const NAMES: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

/// The signal's name: `SIGSEGV` for 11, `SIG40` for one that has none.
pub fn signal_name(number: i32) -> String {
    usize::try_from(number)
        .ok()
        .and_then(|number| NAMES.get(number.checked_sub(1)?))
        .map_or_else(|| format!("SIG{number}"), |name| (*name).to_owned())
}

/// Explanation of the signal that ended a program, as the end of a sentence that begins with the program. `None` for signals whose
/// meaning depends on the sender.
pub const fn signal_meaning(number: i32) -> Option<&'static str> {
    match number {
        4 => Some("ran what is no instruction: perhaps a function that should return something does not"),
        6 => Some("gave up: an exception was not caught, an assertion failed, or it called abort"),
        8 => Some("divided a whole number by zero"),
        7 | 11 => Some(
            "used memory that is not its own: perhaps an index is too large, a pointer leads nowhere, or a function calls itself \
             without end",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_their_usual_names() {
        for (number, name) in [
            (1, "SIGHUP"),
            (6, "SIGABRT"),
            (9, "SIGKILL"),
            (11, "SIGSEGV"),
            (31, "SIGSYS"),
            (40, "SIG40"),
            (0, "SIG0"),
            (-3, "SIG-3"),
        ] {
            assert_eq!(signal_name(number), name);
        }
    }

    #[test]
    fn a_crash_is_explained_and_a_kill_is_not() {
        assert!(signal_meaning(11).is_some_and(|words| words.contains("memory")));
        assert!(signal_meaning(8).is_some_and(|words| words.contains("zero")));
        assert_eq!([9, 15, 40].map(signal_meaning), [None; 3]);
    }
}
