//! System call table: a guest in a sandbox tries every row.
//!
//! A refused call must fail with the errno of the table, a lethal call must end the process, and an allowed call must reach
//! the kernel. A failure lists each wrong call by name.

#[path = "../common/mod.rs"]
mod common;

use std::{collections::BTreeMap, fs, process::Command, time::Duration};

use kernel::seccomp::{
    Architecture,
    policy::rules,
    probes::PROBES,
    rule::{Action, DEFAULT_ACTION, Rule},
};
use model::{Bytes, Ending, Limits, Network, Stream};
use sandbox::{DiskQuota, Program, SandboxFile};
use tokio_util::sync::CancellationToken;

/// Flag of the calls of x32, in numbers above those of 64-bit calls.
const X32: u32 = 0x4000_0000;

/// A call for the guest, and its expected result.
struct CallCase {
    name: String,
    entry: char,
    number: u32,
    arguments: [u64; 6],
    expected: Expected,
}

/// Expected result of a call, in the guest's format.
enum Expected {
    /// This.
    Just(String),
    /// Anything but these: the kernel has seen it.
    AnythingBut(Vec<String>),
}

/// `SIGSYS`: the filter killed it.
const KILLED: &str = "signal 31";

impl Expected {
    fn of(answer: Action, refusal: i32) -> Self {
        match answer {
            Action::Allow => Self::AnythingBut(vec![KILLED.to_owned(), format!("errno {refusal}")]),
            Action::Refuse(errno) => Self::Just(format!("errno {errno}")),
            Action::Kill => Self::Just(KILLED.to_owned()),
        }
    }

    fn matches_output(&self, told: &str) -> bool {
        match self {
            Self::Just(text) => text == told,
            Self::AnythingBut(texts) => texts.iter().all(|text| text != told),
        }
    }
}

fn guest() -> SandboxFile {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("guest");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/calls/guest.c");
    let compiled = Command::new("cc").args(["-O1", "-o"]).arg(&program).arg(source).status();
    assert!(compiled.expect("a C compiler").success(), "{source} does not compile");
    SandboxFile { name: "guest".into(), executable: true, content: fs::read(program).expect("a program") }
}

/// Results of these calls in the guest, in their order.
async fn run_calls(rows: &[CallCase], network: Network) -> Vec<String> {
    let limits = Limits {
        cpu: Duration::from_secs(30),
        wall: Duration::from_mins(1),
        output: Bytes(1 << 20),
        ..Limits::STUDENT
    };
    let line = |row: &CallCase| {
        let arguments = row.arguments.map(|argument| argument.to_string()).join(" ");
        format!("{} {} {arguments}\n", row.entry, row.number)
    };
    let stdin = rows.iter().map(line).collect::<String>().into_bytes().into();
    let program = Program { stdin, network, ..Program::new(vec!["/box/guest".into()], vec![], limits) };
    let pool = common::pool(None).await;
    let mut sandbox = pool
        .lease(None, common::MEMORY)
        .await
        .expect("a lease")
        .open(&[guest()], DiskQuota::for_limits(&limits))
        .expect("a sandbox");
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    pool.take_back(sandbox.finish());
    assert_eq!(outcome.ending, Ending::Exited(0), "{outcome:?}");
    let text = String::from_utf8(outcome.transcript.of(Stream::Stdout)).expect("text");
    text.lines().map(str::to_owned).collect()
}

async fn check(rows: Vec<CallCase>) {
    // With a network, which adds to what may be called.
    check_with(Network::Loopback, rows).await;
}

async fn check_with(network: Network, rows: Vec<CallCase>) {
    let told = run_calls(&rows, network).await;
    assert_eq!(told.len(), rows.len(), "the guest has said something of each");
    let broken: Vec<_> = rows
        .iter()
        .zip(&told)
        .filter_map(|(row, told)| {
            let came = told.strip_prefix(&format!("{} {} ", row.entry, row.number)).expect("in their order");
            let wanted = match &row.expected {
                Expected::Just(text) => text.clone(),
                Expected::AnythingBut(texts) => format!("anything but {}", texts.join(" and ")),
            };
            (!row.expected.matches_output(came))
                .then(|| format!("{} ({}): {came}, not {wanted}", row.name, row.number))
        })
        .collect();
    assert!(broken.is_empty(), "{} of {} calls:\n{}", broken.len(), rows.len(), broken.join("\n"));
}

const ENOSYS: i32 = rustix::io::Errno::NOSYS.raw_os_error();
const EAFNOSUPPORT: i32 = rustix::io::Errno::AFNOSUPPORT.raw_os_error();

/// With arguments that are no file, no process, no address and no flags.
const NONSENSE: [u64; 6] = [u64::MAX; 6];

const FUTEX_WAKE: u64 = 1;

/// A row for a number, unless its arguments decide.
fn row(number: u32, rules: &BTreeMap<u32, Rule>) -> Option<CallCase> {
    let name = Architecture::THIS.name(number).unwrap_or("a call that nobody knows");
    let answer = match rules.get(&number) {
        None => DEFAULT_ACTION,
        Some(Rule::Always(answer)) => *answer,
        Some(Rule::When(_)) => return None,
    };
    let expected = match name {
        // Newer kernels answer these before any filter is asked, with a signal or an error of their own.
        "uretprobe" | "uprobe" => Expected::AnythingBut(vec!["done".to_owned()]),
        _ => Expected::of(answer, ENOSYS),
    };
    // An operation that nobody knows is answered by the kernel as a call that it does not have.
    let arguments = if name == "futex" { [0, FUTEX_WAKE, 0, 0, 0, 0] } else { NONSENSE };
    Some(CallCase { name: name.to_owned(), entry: 's', number, arguments, expected })
}

#[tokio::test]
async fn each_call_that_a_kernel_can_have_gets_the_answer_of_the_table() {
    let rules = rules(Architecture::THIS);
    check((0..=600).filter_map(|number| row(number, &rules)).collect()).await;
}

#[tokio::test]
async fn what_arguments_decide_is_decided_as_the_table_says() {
    let rules = rules(Architecture::THIS);
    let rows = PROBES.iter().filter_map(|probe| {
        let number = Architecture::THIS.number(probe.call)?;
        let Some(Rule::When(condition)) = rules.get(&number) else { panic!("{}: no row", probe.call) };
        let mut arguments = [0; 6];
        arguments[..probe.arguments.len()].copy_from_slice(probe.arguments);
        let expected = Expected::of(probe.expected, condition.errno);
        Some(CallCase {
            name: format!("{} by {}", probe.name, probe.call),
            entry: 's',
            number,
            arguments,
            expected,
        })
    });
    check(rows.collect()).await;
}

#[tokio::test]
async fn a_program_without_a_network_makes_no_socket_of_the_internet() {
    let number = Architecture::THIS.number("socket").expect("all machines have it");
    let families = [(1, true), (2, false), (10, false), (16, false), (17, false), (40, false)];
    let rows =
        families.into_iter().flat_map(|(family, is_local)| [1, 2].map(|kind| (family, kind, is_local)));
    let rows = rows.map(|(family, kind, is_local)| CallCase {
        name: format!("socket of family {family} and type {kind}"),
        entry: 's',
        number,
        arguments: [family, kind, 0, 0, 0, 0],
        expected: Expected::of(
            if is_local { Action::Allow } else { Action::Refuse(EAFNOSUPPORT) },
            EAFNOSUPPORT,
        ),
    });
    check_with(Network::None, rows.collect()).await;
}

#[cfg(target_arch = "x86_64")]
#[tokio::test]
async fn calls_of_x32_are_refused() {
    let rows = (X32..X32 + 600).map(|number| {
        let expected = Expected::of(DEFAULT_ACTION, ENOSYS);
        CallCase {
            name: format!("x32 call {}", number - X32),
            entry: 's',
            number,
            arguments: NONSENSE,
            expected,
        }
    });
    check(rows.collect()).await;
}

#[cfg(target_arch = "x86_64")]
#[tokio::test]
async fn calls_of_32_bit_programs_are_lethal() {
    // exit, fork, read, getpid, mount, ptrace, socketcall, clone.
    let rows = [1, 2, 3, 20, 21, 26, 102, 120].map(|number| CallCase {
        name: format!("32-bit call {number}"),
        entry: 'i',
        number,
        arguments: [0; 6],
        expected: Expected::of(Action::Kill, 0),
    });
    check(rows.into()).await;
}
