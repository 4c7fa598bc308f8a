//! Share of a slot in the limits that the kernel counts per user of the host, and not per sandbox.
//!
//! A user who has reached such a limit gets errors in all processes. Sandboxes with ids of their own count for the user who
//! made their namespaces (since Linux 5.14); without such ids, they are that user. So all slots together get half of the
//! limits, and the other half is left for the server and for other processes of the user.

use std::fmt;

use kernel::{KernelError, UserLimits};
use serde::{Deserialize, Serialize};

/// Limits of all processes of one slot together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotUserLimits {
    /// Pending signals, and timers of `timer_create`: `RLIMIT_SIGPENDING`.
    pub signals: u64,
    /// Bytes of POSIX message queues: `RLIMIT_MSGQUEUE`.
    pub queue_bytes: u64,
    /// Bytes of memory that is locked: `RLIMIT_MEMLOCK`.
    pub locked_memory: u64,
    /// Processes and threads: `RLIMIT_NPROC`.
    pub processes: u64,
}

/// Maximum of a slot, which is what programs need.
const MAX: SlotUserLimits =
    SlotUserLimits { signals: 256, queue_bytes: 64 * 1024, locked_memory: 64 * 1024, processes: u64::MAX };

/// Minimum of a slot: with less, usual programs fail. [`Shortage`] reports when all minimums exceed the user's limits.
const MIN: SlotUserLimits = SlotUserLimits { signals: 16, queue_bytes: 0, locked_memory: 0, processes: 0 };

/// A limit of the user that the slots can exhaust together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// Name of the limit in unit files: `LimitSIGPENDING`.
    pub name: &'static str,
    /// The user's limit.
    pub limit: u64,
    /// The required limit.
    pub needed: u64,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, limit, needed } = self;
        write!(f, "{name} is {limit}, and should be {needed} at least")
    }
}

impl SlotUserLimits {
    /// The share of one of `slots` slots of this process's user.
    pub(crate) fn of_this_user(slots: u32) -> Result<Self, KernelError> {
        Ok(Self::of(&UserLimits::of_this_process()?, slots))
    }

    /// The share of one of `slots` slots of a user with these limits.
    pub fn of(user: &UserLimits, slots: u32) -> Self {
        let share = |limit: u64, min: u64, max: u64| (limit / (2 * u64::from(slots.max(1)))).clamp(min, max);
        Self {
            signals: share(user.signals, MIN.signals, MAX.signals),
            queue_bytes: share(user.queue_bytes, MIN.queue_bytes, MAX.queue_bytes),
            locked_memory: share(user.locked_memory, MIN.locked_memory, MAX.locked_memory),
            processes: share(user.processes, MIN.processes, MAX.processes),
        }
    }

    /// The limits of a user that are too low for this number of slots, whose programs have this number of processes each.
    pub fn find_shortages(user: &UserLimits, slots: u32, processes: u32) -> Vec<Shortage> {
        let twice_for_all = |each: u64| each.saturating_mul(2 * u64::from(slots.max(1)));
        [
            Shortage { name: "LimitSIGPENDING", limit: user.signals, needed: twice_for_all(MIN.signals) },
            Shortage { name: "LimitNPROC", limit: user.processes, needed: twice_for_all(processes.into()) },
        ]
        .into_iter()
        .filter(|shortage| shortage.limit < shortage.needed)
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: UserLimits =
        UserLimits { signals: 31_000, queue_bytes: 819_200, locked_memory: 8 << 20, processes: 31_000 };

    #[test]
    fn all_slots_together_have_at_most_half_of_the_users_limits() {
        for slots in [1, 2, 7, 8, 64, 200] {
            let share = SlotUserLimits::of(&USUAL, slots);
            let all = |each: u64| each * u64::from(slots) * 2;
            assert!(all(share.signals) <= USUAL.signals, "{slots}: {share:?}");
            assert!(all(share.queue_bytes) <= USUAL.queue_bytes, "{slots}: {share:?}");
            assert!(all(share.locked_memory) <= USUAL.locked_memory, "{slots}: {share:?}");
            assert!(all(share.processes) <= USUAL.processes, "{slots}: {share:?}");
        }
    }

    #[test]
    fn a_slot_gets_no_more_than_programs_need_however_much_there_is() {
        let without_limits = UserLimits {
            signals: u64::MAX,
            queue_bytes: u64::MAX,
            locked_memory: u64::MAX,
            processes: u64::MAX,
        };
        let share = SlotUserLimits::of(&without_limits, 1);
        assert_eq!((share.signals, share.queue_bytes, share.locked_memory), (256, 65_536, 65_536));
        assert_eq!(SlotUserLimits::find_shortages(&without_limits, 1000, 1000), []);
    }

    #[test]
    fn the_doctor_names_user_limits_that_are_too_low_for_the_slots() {
        let poor = UserLimits { signals: 100, processes: 300, ..USUAL };
        assert_eq!(SlotUserLimits::of(&poor, 8).signals, 16);
        let said: Vec<_> =
            SlotUserLimits::find_shortages(&poor, 8, 50).iter().map(ToString::to_string).collect();
        let expected = [
            "LimitSIGPENDING is 100, and should be 256 at least",
            "LimitNPROC is 300, and should be 800 at least",
        ];
        assert_eq!(said, expected);
        assert_eq!(SlotUserLimits::find_shortages(&USUAL, 8, 50), []);
    }
}
