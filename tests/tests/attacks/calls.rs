//! Refused system calls: every call that the seccomp table refuses, made by a program over HTTP.
//!
//! `crates/sandbox/tests/calls` makes every system call in a guest; here the same guest is submitted as a program, and each
//! call to refuse must be refused.

use std::fmt::Write as _;

use kernel::seccomp::{
    Architecture,
    policy::rules,
    probes::PROBES,
    rule::{Action, Rule},
};
use testkit::{Client, program, with_limits};
use wire::{LimitsBody, SubmitBody};

const GUEST: &str = include_str!("../../../crates/sandbox/tests/calls/guest.c");
/// Calls that newer kernels refuse before they run a filter.
const KERNELS_OWN: [&str; 2] = ["uprobe", "uretprobe"];

/// A call for the guest, and the expected result in the guest's format.
struct CallCase {
    name: &'static str,
    number: u32,
    arguments: [u64; 6],
    expected: String,
}

impl CallCase {
    fn new(name: &'static str, number: u32, arguments: [u64; 6], answer: Action) -> Option<Self> {
        let expected = match answer {
            Action::Allow => return None,
            Action::Refuse(errno) => format!("errno {errno}"),
            Action::Kill => "signal 31".to_owned(),
        };
        Some(Self { name, number, arguments, expected })
    }

    fn fault(&self, told: &str) -> Option<String> {
        let wanted = format!("s {} {}", self.number, self.expected);
        (wanted != told).then(|| format!("{}: {told:?} instead of {wanted:?}", self.name))
    }
}

fn rows() -> Vec<CallCase> {
    let always = rules(Architecture::THIS).into_iter().filter_map(|(number, rule)| {
        let Rule::Always(answer) = rule else { return None };
        let name = Architecture::THIS.name(number).filter(|name| !KERNELS_OWN.contains(name))?;
        CallCase::new(name, number, [u64::MAX; 6], answer)
    });
    let by_arguments = PROBES.iter().filter_map(|probe| {
        let mut arguments = [0; 6];
        arguments[..probe.arguments.len()].copy_from_slice(probe.arguments);
        CallCase::new(probe.name, Architecture::THIS.number(probe.call)?, arguments, probe.expected)
    });
    always.chain(by_arguments).collect()
}

fn guest(rows: &[CallCase]) -> SubmitBody {
    let mut stdin = String::new();
    for row in rows {
        let arguments = row.arguments.map(|argument| argument.to_string()).join(" ");
        writeln!(stdin, "s {} {arguments}", row.number).expect("a string grows");
    }
    let limits = LimitsBody { output_bytes: Some(1 << 20), ..LimitsBody::default() };
    SubmitBody { stdin: Some(stdin), ..with_limits(limits, program("c", GUEST)) }
}

/// Each row that got another answer than the table's.
pub(crate) async fn faults(client: &Client) -> Vec<String> {
    let rows = rows();
    assert!(rows.len() > 100, "{} rows", rows.len());
    let job = client.run(&guest(&rows)).await;
    let told: Vec<&str> = job.output.lines().collect();
    if told.len() != rows.len() {
        return vec![format!("{} of {} calls were made: {job:.2000?}", told.len(), rows.len())];
    }
    rows.iter().zip(told).filter_map(|(row, told)| row.fault(told)).collect()
}
