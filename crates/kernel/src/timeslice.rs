//! Timeslice: length of a thread's slice of CPU time under contention. A thread with a short slice is scheduled sooner; see
//! `sched_setattr(2)`.
//!
//! Supported since Linux 6.12. Older kernels ignore it.

use std::time::Duration;

/// The shortest slice that the kernel allows, for threads that do little and must react fast.
const SHORT_TIMESLICE: Duration = Duration::from_micros(100);

/// Requests short slices for this thread and all processes that it starts, until they become guests. Best effort; priorities do not
/// change.
pub fn request_short_timeslice() {
    // SAFETY: touches no memory but its own and the errno of this thread.
    let _older_kernel = unsafe { set_timeslice(SHORT_TIMESLICE.subsec_nanos().into()) };
}

/// Requests slices of the default length. For use between clone and exec.
///
/// # Safety
/// As for any system call; it touches no memory but its own and the errno of this thread.
pub(crate) unsafe fn reset_timeslice() -> libc::c_long {
    // SAFETY: the caller's promise.
    unsafe { set_timeslice(0) }
}

/// Sets the slice in nanoseconds; 0 for the default.
unsafe fn set_timeslice(nanoseconds: u64) -> libc::c_long {
    // SAFETY: touches no memory but the errno of this thread. It returns 20 minus the niceness: getpriority(2).
    let told = unsafe { libc::syscall(libc::SYS_getpriority, libc::PRIO_PROCESS, 0) };
    let attributes = SchedAttributes {
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
struct SchedAttributes {
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

    /// Slice and nice value of this thread.
    fn current_attributes() -> (u64, i32) {
        let mut told = SchedAttributes {
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
    fn timeslices_are_short_until_reset_and_priorities_stay() {
        // In a thread of its own.
        std::thread::spawn(|| {
            // SAFETY: touches no memory.
            assert_eq!(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 3) }, 0);
            let (usual, _) = current_attributes();
            request_short_timeslice();
            let (short, nice) = current_attributes();
            assert_eq!(nice, 3);
            // Before Linux 6.12 nothing changes.
            assert!(short == 100_000 || short == usual, "{short} after {usual}");
            // SAFETY: accesses no memory.
            assert_eq!(unsafe { reset_timeslice() }, 0);
            assert_eq!(current_attributes(), (usual, 3));
        })
        .join()
        .expect("no panic");
    }
}
