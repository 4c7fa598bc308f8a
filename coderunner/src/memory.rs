//! How much memory programs may use together. Pure but for one look at the machine.
//!
//! Their limits, added up, never exceed what there is without a reserve for the server itself; so no program is killed for
//! what another one uses, and the server never (ADR 0019).

use model::{Bytes, Limits};

use crate::config::Config;

/// What the kernel gives this process, and what of that is for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// What the machine has, or the least limit of the groups that the server is in.
    pub(crate) total: Bytes,
    /// What all programs that run at once may use, by their limits.
    pub(crate) programs: Bytes,
}

impl Memory {
    /// On this machine, for this server.
    pub(crate) fn here(config: &Config) -> Self {
        let (_, machine) = kernel::probe::size();
        let group = kernel::cgroup::memory_limit().unwrap_or(u64::MAX);
        Self::of(Bytes(machine.min(group)), config)
    }

    fn of(total: Bytes, config: &Config) -> Self {
        let programs = match config.sandbox.memory_mib {
            0 => Bytes(total.get() - reserve(config).get().min(total.get() / 2)),
            mebibytes => Bytes::mib(mebibytes),
        };
        Self { total, programs }
    }

    /// What works less well for it than it could, with this many slots.
    pub(crate) fn note(self, slots: u32) -> Option<String> {
        let Self { total, programs } = self;
        let at_once = programs.get() / Limits::STUDENT.memory.get();
        if programs > total {
            return Some(format!(
                "Programs may use {programs} of memory together, by sandbox.memory_mib, and there are {total}: when they do, some \
                 are killed for what others use."
            ));
        }
        (at_once < u64::from(slots)).then(|| {
            format!(
                "Programs may use {programs} of memory together, so that {at_once} with the usual limit of {} run at once, and \
                 not {slots}.",
                Limits::STUDENT.memory
            )
        })
    }
}

/// For the server, its records, and the system around it.
const OWN: Bytes = Bytes::mib(256);

/// For the launcher and init of a slot.
const SLOT: Bytes = Bytes::mib(4);

/// What the server takes besides: for itself, its cache, what waits in free slots, and what programs leave behind, which is
/// there twice on its way out.
fn reserve(config: &Config) -> Bytes {
    let slot = SLOT.get().saturating_add(config.artifacts.most_bytes.saturating_mul(2));
    let slots = slot.saturating_mul(u64::from(config.worker.slots));
    let ahead = Bytes::mib(u64::from(config.sandbox.warm_memory_mib));
    let parts = [OWN.get(), ahead.get(), config.compile_cache.bytes, slots];
    Bytes(parts.into_iter().fold(0, u64::saturating_add))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(total: Bytes, change: impl FnOnce(&mut Config)) -> Bytes {
        let mut config = Config::default();
        change(&mut config);
        Memory::of(total, &config).programs
    }

    #[test]
    fn programs_have_what_the_server_does_not_need() {
        // 256 of its own, 256 of what is made ahead, 256 of its cache, and eight times 36.
        assert_eq!(programs(Bytes::mib(8192), |_| {}), Bytes::mib(8192 - 3 * 256 - 8 * 36));
        assert_eq!(
            programs(Bytes::mib(8192), |config| config.compile_cache.bytes = 0),
            Bytes::mib(8192 - 2 * 256 - 8 * 36)
        );
    }

    #[test]
    fn on_a_small_machine_programs_have_half() {
        assert_eq!(programs(Bytes::mib(1024), |_| {}), Bytes::mib(512));
        assert_eq!(
            programs(Bytes::mib(1024), |config| config.compile_cache.bytes = u64::MAX),
            Bytes::mib(512)
        );
    }

    #[test]
    fn fewer_programs_at_once_than_slots_are_told() {
        let memory = |programs| Memory { total: Bytes::mib(4096), programs };
        assert_eq!(memory(Bytes::mib(1024)).note(8), None);
        let note = memory(Bytes::mib(1023)).note(8).expect("seven are fewer than eight");
        assert!(note.contains("so that 7 with the usual limit of 128 MiB run at once"), "{note}");
    }

    #[test]
    fn what_is_configured_holds_even_if_it_is_more_than_there_is() {
        let mut config = Config::default();
        config.sandbox.memory_mib = 2000;
        let memory = Memory::of(Bytes::mib(1024), &config);
        assert_eq!(memory.programs, Bytes::mib(2000));
        assert!(memory.note(8).is_some_and(|note| note.contains("sandbox.memory_mib")));
    }
}
