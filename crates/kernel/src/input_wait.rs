//! Input wait: detection of programs whose threads all wait for standard input, from `/proc` of the host.
//!
//! It reads `children`, `status`, `syscall`, `timers` and the links in `fd` and `ns`, from outside of the sandbox. If the kernel lacks one
//! of these files, or hides it from this process, the result is unknown.
//!
//! Each thread must be in one of these calls:
//! - `read` of a pipe, which returns when somebody writes to it or closes it: another thread looked at here, or whoever holds the
//!   other end of standard input; or of the terminal, if that is standard input;
//! - `futex` without a time limit, or a wait for a child, which only another thread or process of the same sandbox ends.
//!
//! No process may catch SIGALRM or have a POSIX timer: it would go on by itself. The kernel does not show timers of `setitimer`, but
//! without a handler their signal only kills. Threads that a Java virtual machine keeps for itself wake up now and then and run no code
//! of the program's: whether they count is up to the caller.

use std::{
    collections::BTreeMap,
    fs,
    os::{
        fd::{AsFd, BorrowedFd},
        unix::fs::MetadataExt as _,
    },
};

use rustix::fs::fstat;

/// A pipe, by the number that both of its ends have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PipeId(u64);

impl PipeId {
    /// The pipe that this is an end of; meaningless for anything else.
    pub fn of(end: BorrowedFd<'_>) -> Option<Self> {
        fstat(end.as_fd()).ok().map(|stat| Self(stat.st_ino))
    }

    /// As links in `/proc/PID/fd` have it.
    fn link(self) -> String {
        format!("pipe:[{}]", self.0)
    }
}

/// Standard input of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputSource {
    /// A pipe.
    Pipe(PipeId),
    /// The terminal of the sandbox, which has only one.
    Terminal,
}

impl InputSource {
    /// Whether this descriptor of a process is an end of it.
    fn is_open_as(self, pid: u32, descriptor: u64) -> bool {
        match self {
            Self::Pipe(pipe) => link(pid, &format!("fd/{descriptor}")).as_deref() == Some(&pipe.link()),
            Self::Terminal => is_pseudo_terminal(pid, descriptor),
        }
    }
}

/// Whether this descriptor is a pseudo-terminal, by the major number of the device.
fn is_pseudo_terminal(pid: u32, descriptor: u64) -> bool {
    const UNIX98_PTY: std::ops::RangeInclusive<u32> = 136..=143;
    let device = fs::metadata(format!("/proc/{pid}/fd/{descriptor}")).map(|of| rustix::fs::major(of.rdev()));
    device.is_ok_and(|major| UNIX98_PTY.contains(&major))
}

/// Threads that all wait, with how often each has given up a processor. If a later look returns an equal value, none of them ran in
/// between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputWait(BTreeMap<u32, u64>);

/// Treatment of threads with the names of those that a Java virtual machine keeps for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuntimeThreads {
    /// They do not count. A program can give itself such names, and so seem to wait while it runs: that must harm nobody but itself.
    Ignored,
    /// They count like all others.
    Counted,
}

/// Looks at the programs of one sandbox that are below this process, which is their launcher. Returns their threads if at least one
/// reads this source as standard input and all wait as described above.
pub fn input_wait(launcher: u32, input: InputSource, runtime_threads: RuntimeThreads) -> Option<InputWait> {
    let below = descendants(launcher);
    let is_reader = |pid: &&u32| input.is_open_as(**pid, 0);
    let sandbox = link(*below.iter().find(is_reader)?, "ns/pid")?;
    let mut look = ThreadScan { input, runtime_threads, reads_input: false, switches: BTreeMap::new() };
    for pid in below {
        let status = text(&pid.to_string(), "status")?;
        // The main thread of a process may have ended before the others.
        if field(&status, "State")?.starts_with('Z') && numbers(&format!("/proc/{pid}/task"))?.len() == 1 {
            continue;
        }
        // Templates and zygotes are in other namespaces of processes.
        if link(pid, "ns/pid")? == sandbox && !is_first_of_namespace(&status) {
            look.process(pid, &status)?;
        }
    }
    look.reads_input.then_some(InputWait(look.switches))
}

struct ThreadScan {
    input: InputSource,
    runtime_threads: RuntimeThreads,
    reads_input: bool,
    switches: BTreeMap<u32, u64>,
}

impl ThreadScan {
    /// Nothing as soon as one of its threads does not wait.
    fn process(&mut self, pid: u32, status: &str) -> Option<()> {
        const SIGALRM: u32 = 14;
        let caught = u64::from_str_radix(field(status, "SigCgt")?, 16).ok()?;
        let has_timers = !fs::read_to_string(format!("/proc/{pid}/timers")).ok()?.is_empty();
        if caught & 1 << (SIGALRM - 1) != 0 || has_timers {
            return None;
        }
        for thread in numbers(&format!("/proc/{pid}/task"))? {
            self.thread(pid, thread)?;
        }
        Some(())
    }

    fn thread(&mut self, pid: u32, thread: u32) -> Option<()> {
        let folder = format!("{pid}/task/{thread}");
        let is_runtime = || Some(is_of_java(text(&folder, "comm")?.trim_end()));
        if self.runtime_threads == RuntimeThreads::Ignored && is_runtime()? {
            return Some(());
        }
        match Call::parse(&text(&folder, "syscall")?)? {
            Call::Read(descriptor) => {
                let is_input = self.input.is_open_as(pid, descriptor);
                self.reads_input |= is_input;
                let is_pipe =
                    || link(pid, &format!("fd/{descriptor}")).is_some_and(|to| to.starts_with("pipe:"));
                if !is_input && !is_pipe() {
                    return None;
                }
            }
            Call::WaitForOwn => {}
        }
        // After the call: a thread that waits at both of two looks, and was not switched away from in between, waited all the time.
        let status = text(&folder, "status")?;
        let count = |name| field(&status, name)?.parse::<u64>().ok();
        let switches = count("voluntary_ctxt_switches")? + count("nonvoluntary_ctxt_switches")?;
        self.switches.insert(thread, switches);
        Some(())
    }
}

/// A blocking call that nothing but input, or a thread of the same sandbox, ends.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    /// Reads from this descriptor.
    Read(u64),
    /// Waits for another thread or for a child, without a time limit.
    WaitForOwn,
}

impl Call {
    /// From `proc_pid_syscall(5)`: the call's number and its arguments; `running` of a thread that does not wait.
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split_whitespace();
        let number = fields.next()?.parse::<i64>().ok()?;
        let arguments: Vec<u64> = fields
            .map(|field| u64::from_str_radix(field.trim_start_matches("0x"), 16))
            .collect::<Result<_, _>>()
            .ok()?;
        match number {
            libc::SYS_read => Some(Self::Read(*arguments.first()?)),
            libc::SYS_futex if is_untimed(&arguments) => Some(Self::WaitForOwn),
            libc::SYS_wait4 | libc::SYS_waitid => Some(Self::WaitForOwn),
            _ => None,
        }
    }
}

/// Whether the arguments of `futex` are a wait without a timeout.
fn is_untimed(arguments: &[u64]) -> bool {
    const COMMAND: u64 = 0x7f;
    const WAIT: u64 = 0;
    const WAIT_BITSET: u64 = 9;
    let &[_, operation, _, timeout, ..] = arguments else { return false };
    [WAIT, WAIT_BITSET].contains(&(operation & COMMAND)) && timeout == 0
}

/// Whether a thread with this name is one that the `HotSpot` machine wakes up now and then for itself. A program can take such a name; it only makes
/// itself seem to wait.
fn is_of_java(name: &str) -> bool {
    // Names are cut at 15 bytes.
    const NAMES: [&str; 8] = [
        "VM Thread",
        "VM Periodic Tas",
        "Monitor Deflati",
        "C1 CompilerThre",
        "C2 CompilerThre",
        "Sweeper thread",
        "Common-Cleaner",
        "G1 Service",
    ];
    NAMES.contains(&name)
}

/// All processes below this one that are there.
fn descendants(ancestor: u32) -> Vec<u32> {
    let mut all = Vec::new();
    let mut open = vec![ancestor];
    while let Some(pid) = open.pop() {
        for thread in numbers(&format!("/proc/{pid}/task")).unwrap_or_default() {
            let children = text(&format!("{pid}/task/{thread}"), "children").unwrap_or_default();
            open.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
        all.push(pid);
    }
    // The first is the ancestor itself.
    all.split_off(1)
}

/// Whether a process is number 1 of its namespace, by its `status`: ours.
fn is_first_of_namespace(status: &str) -> bool {
    field(status, "NSpid").and_then(|numbers| numbers.split_whitespace().next_back()) == Some("1")
}

fn link(pid: u32, name: &str) -> Option<String> {
    fs::read_link(format!("/proc/{pid}/{name}")).ok()?.into_os_string().into_string().ok()
}

fn text(process: &str, name: &str) -> Option<String> {
    let bytes = fs::read(format!("/proc/{process}/{name}")).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The entries of a folder that are numbers.
fn numbers(folder: &str) -> Option<Vec<u32>> {
    let entries = fs::read_dir(folder).ok()?;
    Some(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

/// The value in a line of `name: value`.
fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_that_end_by_input_or_by_own_threads_are_waits() {
        let check = |number: i64, arguments: &str, expected| {
            let line = format!("{number} {arguments} 0x0 0x0 0x7ffd0 0x7f00\n");
            assert_eq!(Call::parse(&line), expected, "{line}");
        };
        check(libc::SYS_read, "0x0 0x55 0x1000 0x0", Some(Call::Read(0)));
        check(libc::SYS_read, "0x1f 0x55 0x1000 0x0", Some(Call::Read(31)));
        check(libc::SYS_futex, "0x7f10 0x80 0x0 0x0", Some(Call::WaitForOwn));
        check(libc::SYS_futex, "0x7f10 0x189 0x0 0x0", Some(Call::WaitForOwn));
        check(libc::SYS_futex, "0x7f10 0x189 0x0 0x7ffd", None);
        check(libc::SYS_futex, "0x7f10 0x81 0x0 0x0", None);
        check(libc::SYS_wait4, "0xffffffff 0x7ffd 0x0 0x0", Some(Call::WaitForOwn));
        check(libc::SYS_clock_nanosleep, "0x0 0x0 0x7ffd 0x0", None);
        check(libc::SYS_ppoll, "0x7ffd 0x1 0x0 0x0", None);
        assert_eq!(Call::parse("running\n"), None);
        assert_eq!(Call::parse("-1 0x7ffd 0x7f00\n"), None);
    }

    #[test]
    fn fields_are_found_by_their_whole_names() {
        let status = "Name:\tState: S\nState:\tS (sleeping)\nNSpid:\t812\t1\nvoluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t2\n";
        assert_eq!(field(status, "State"), Some("S (sleeping)"));
        assert_eq!(field(status, "voluntary_ctxt_switches"), Some("5"));
        assert!(is_first_of_namespace(status));
        assert!(!is_first_of_namespace("NSpid:\t812\t11\n"));
    }
}
