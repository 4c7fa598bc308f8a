//! Kernel probes: read-only checks for features and settings.

use std::{fs, fs::OpenOptions};

/// The version of Landlock's interface, where the kernel has it enabled; see `landlock_create_ruleset(2)`.
pub fn landlock_version() -> Option<u32> {
    const VERSION: libc::c_uint = 1;
    // SAFETY: with this flag and no attributes the call only returns a number.
    let version =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0, VERSION) };
    u32::try_from(version).ok().filter(|version| *version > 0)
}

/// Whether filters of system calls can be installed, with the two answers that ours give.
pub fn has_seccomp_filters() -> bool {
    [libc::SECCOMP_RET_KILL_PROCESS, libc::SECCOMP_RET_ERRNO].into_iter().all(|action| {
        // SAFETY: the call reads the action and changes nothing.
        let result =
            unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_ACTION_AVAIL, 0, &raw const action) };
        result == 0
    })
}

/// Whether virtual machines with hardware support could be made by this process.
pub fn has_kvm() -> bool {
    OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok()
}

/// The kernel's name and version: `Linux 6.1.0`.
pub fn kernel_version() -> String {
    let name = rustix::system::uname();
    format!("{} {}", name.sysname().to_string_lossy(), name.release().to_string_lossy())
}

/// Number of processors that this process may use, and memory of the machine in bytes.
pub fn machine_size() -> (usize, u64) {
    let info = rustix::system::sysinfo();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    #[allow(clippy::useless_conversion, reason = "the field's type differs between architectures")]
    (cores, u64::from(info.totalram) * u64::from(info.mem_unit))
}

/// Whether the machine has swap in use.
pub fn has_swap() -> bool {
    fs::read_to_string("/proc/swaps").is_ok_and(|swaps| swaps.lines().count() > 1)
}

/// The value of a setting below `/proc/sys`, such as `user/max_user_namespaces`; `None` where the kernel lacks it.
pub fn sysctl(name: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/sys/{name}")).ok().map(|value| value.trim().to_owned())
}
