//! The system calls that a guest may make.
//!
//! Everything is refused with `ENOSYS` unless [`table`] allows it, so that a C library falls back to older calls; what
//! only an attack would call ends the process, and the outcome says `forbiddenCall`. This module turns the table into
//! filters and decides nothing itself.

pub mod table;

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

use crate::{KernelError, Step};
use table::{Argument, Test};

/// Compiled filters, in the order in which to install them.
#[derive(Debug)]
pub struct Filter {
    stages: Vec<BpfProgram>,
}

impl Filter {
    /// The guest's filter, from the table.
    pub fn guest() -> Result<Self, KernelError> {
        let lethal = table::LETHAL.iter().map(|call| (*call, Vec::new())).collect();
        let allowed = table::allowed()?;
        // The last one installed is asked first, but the strictest answer counts, whatever the order. The lethal list goes
        // first because the allow-list would refuse the call that installs it.
        Ok(Self {
            stages: vec![
                compile(lethal, SeccompAction::Allow, SeccompAction::KillProcess)?,
                compile(allowed, SeccompAction::Errno(libc::ENOSYS.cast_unsigned()), SeccompAction::Allow)?,
            ],
        })
    }

    /// The filters as seccomp(2) takes them. They point into `self`.
    pub(crate) fn programs(&self) -> Vec<libc::sock_fprog> {
        self.stages
            .iter()
            .map(|stage| libc::sock_fprog {
                len: u16::try_from(stage.len())
                    .expect("the kernel's 4096-instruction cap is checked when compiling"),
                filter: stage.as_ptr().cast_mut().cast(),
            })
            .collect()
    }
}

fn compile(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<BpfProgram, KernelError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|_| invalid())?;
    SeccompFilter::new(rules, otherwise, matched, arch)
        .and_then(BpfProgram::try_from)
        .map_err(|_| invalid())
        .and_then(|program| if program.len() <= 4096 { Ok(program) } else { Err(invalid()) })
}

fn invalid() -> KernelError {
    KernelError { step: Step::BuildFilter, errno: libc::EINVAL }
}

/// All of these tests must hold for the rule to match.
fn rule(tests: &[Argument]) -> Result<SeccompRule, KernelError> {
    let conditions = tests.iter().map(condition).collect::<Result<_, _>>()?;
    SeccompRule::new(conditions).map_err(|_| invalid())
}

fn condition(argument: &Argument) -> Result<SeccompCondition, KernelError> {
    let (operator, value) = match argument.test {
        Test::Is(value) => (SeccompCmpOp::Eq, value),
        Test::IsNot(value) => (SeccompCmpOp::Ne, value),
        Test::HasNone(bits) => (SeccompCmpOp::MaskedEq(bits), 0),
    };
    // The kernel takes these arguments as 32-bit ints and ignores the upper half; so must the filter, or setting a high bit
    // would get past it.
    SeccompCondition::new(argument.index, SeccompCmpArgLen::Dword, operator, value).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guest_filter_compiles() {
        let filter = Filter::guest().expect("compiles");
        assert_eq!(filter.programs().len(), 2);
    }

    #[test]
    fn nothing_is_both_allowed_and_lethal() {
        let allowed = table::allowed().expect("valid");
        for call in table::LETHAL {
            assert!(!allowed.contains_key(call), "system call {call} is in both lists");
        }
    }
}
