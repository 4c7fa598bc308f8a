//! CPU architectures: system call numbers and audit constants.
//!
//! All are known on each, so that the filter of one can be made, and looked at, on another. The numbers come from the
//! crate `syscalls`, which takes them from the kernel's own tables.

use std::str::FromStr as _;

/// A CPU architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit Intel and AMD.
    X86_64,
    /// 64-bit ARM.
    Aarch64,
}

impl Architecture {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::X86_64, Self::Aarch64];

    /// The one that this program is built for.
    #[cfg(target_arch = "x86_64")]
    pub const THIS: Self = Self::X86_64;
    /// The one that this program is built for.
    #[cfg(target_arch = "aarch64")]
    pub const THIS: Self = Self::Aarch64;

    /// The number of a call by its name in the kernel's tables; none where this machine has no such call.
    pub fn number(self, call: &str) -> Option<u32> {
        let number = match self {
            Self::X86_64 => syscalls::x86_64::Sysno::from_str(call).ok()?.id(),
            Self::Aarch64 => syscalls::aarch64::Sysno::from_str(call).ok()?.id(),
        };
        u32::try_from(number).ok()
    }

    /// The name of the call with this number.
    pub fn name(self, number: u32) -> Option<&'static str> {
        let number = usize::try_from(number).ok()?;
        match self {
            Self::X86_64 => syscalls::x86_64::Sysno::new(number).map(|call| call.name()),
            Self::Aarch64 => syscalls::aarch64::Sysno::new(number).map(|call| call.name()),
        }
    }

    /// The name of the call that 32-bit programs make by this number; none for a kind of machine that runs none here.
    pub(super) fn name_32_bit(architecture: u32, number: u32) -> Option<&'static str> {
        let number = usize::try_from(number).ok()?;
        match architecture {
            0x4000_0003 => syscalls::x86::Sysno::new(number).map(|call| call.name()),
            0x4000_0028 => syscalls::arm::Sysno::new(number).map(|call| call.name()),
            _ => None,
        }
    }

    /// The architecture's number in a filter: `AUDIT_ARCH_…` of `linux/audit.h`.
    pub(super) const fn audit_arch(self) -> u32 {
        match self {
            Self::X86_64 => 0xC000_003E,
            Self::Aarch64 => 0xC000_00B7,
        }
    }
}
