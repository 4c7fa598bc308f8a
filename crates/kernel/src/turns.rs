//! How long a thread runs when it has its turn at a processor, while others wait: its slice. Whoever asks for a short one is let
//! in sooner, for it will soon be gone again; see `sched_setattr(2)`.
//!
//! Slices are asked for since Linux 6.12. Older kernels take no notice.

use std::time::Duration;

/// What those ask for who do little and should do it at once: what the kernel allows at the least.
const SHORT: Duration = Duration::from_micros(100);

/// Asks for short turns, for this thread and all that it starts from now on, until they are guests. Best effort: what was said
/// to the kernel about priorities stays.
pub fn take_short_turns() {
    // SAFETY: touches no memory but its own and the errno of this thread.
    let _older_kernel = unsafe { take_turns_of(SHORT.subsec_nanos().into()) };
}

/// Asks for turns of the usual length again. For between clone and exec.
///
/// # Safety
/// As for any system call; it touches no memory but its own and the errno of this thread.
pub(crate) unsafe fn take_usual_turns() -> libc::c_long {
    // SAFETY: the caller's promise.
    unsafe { take_turns_of(0) }
}

/// Turns of so many nanoseconds; of none, the usual ones.
unsafe fn take_turns_of(nanoseconds: u64) -> libc::c_long {
    // SAFETY: touches no memory but the errno of this thread. It tells 20 less the niceness: getpriority(2).
    let told = unsafe { libc::syscall(libc::SYS_getpriority, libc::PRIO_PROCESS, 0) };
    let attributes = Attributes {
        size: SIZE,
        policy: 0,
        flags: 0,
        nice: i32::try_from(20 - told).unwrap_or(0),
        priority: 0,
        runtime: nanoseconds,
        deadline: 0,
        period: 0,
    };
    // SAFETY: the attributes have the layout that sched_setattr(2) documents for this size, and outlive the call.
    unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) }
}

/// The first version of `struct sched_attr`.
#[repr(C)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
}

const SIZE: u32 = 48;

#[cfg(test)]
mod tests {
    use super::*;

    /// What this thread asked for, and how nice it is.
    fn asked() -> (u64, i32) {
        let mut told = Attributes {
            size: 0,
            policy: 0,
            flags: 0,
            nice: 0,
            priority: 0,
            runtime: 0,
            deadline: 0,
            period: 0,
        };
        // SAFETY: there is room for `SIZE` bytes.
        let result = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut told, SIZE, 0) };
        assert_eq!(result, 0, "the call is older than all kernels that we run on");
        (told.runtime, told.nice)
    }

    #[test]
    fn turns_are_short_until_they_are_usual_again_and_priorities_stay() {
        // In a thread of its own, which nobody else uses.
        std::thread::spawn(|| {
            // SAFETY: touches no memory.
            assert_eq!(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 3) }, 0);
            let (usual, _) = asked();
            take_short_turns();
            let (short, nice) = asked();
            assert_eq!(nice, 3);
            // Before Linux 6.12 nothing changes.
            assert!(short == 100_000 || short == usual, "{short} after {usual}");
            // SAFETY: touches no memory of anybody's.
            assert_eq!(unsafe { take_usual_turns() }, 0);
            assert_eq!(asked(), (usual, 3));
        })
        .join()
        .expect("no panic");
    }
}
