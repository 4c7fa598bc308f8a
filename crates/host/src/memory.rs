//! Memory budget: the memory of all running programs together, without overcommit. Pure but for one look at the machine.
//!
//! The sum of the programs' limits never exceeds the machine's memory less a reserve for the server itself. So no program is
//! killed for the memory of another, and the server never is (ADR 0019).

use model::{Bytes, Limits};

use crate::Settings;

/// The memory of this machine, and the part of it that programs may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryBudget {
    /// The memory of the machine, or the least limit of the cgroups above this process.
    pub total: Bytes,
    /// The sum of the limits of all programs that run at once.
    pub programs: Bytes,
}

impl MemoryBudget {
    /// The budget of this machine with these settings.
    pub fn of_this_host(settings: &Settings) -> Self {
        let (_, machine) = kernel::probe::machine_size();
        let group = kernel::cgroup::own_memory_limit().unwrap_or(u64::MAX);
        Self::within(Bytes(machine.min(group)), settings)
    }

    fn within(total: Bytes, settings: &Settings) -> Self {
        let computed = || Bytes(total.get() - reserve(settings).get().min(total.get() / 2));
        Self { total, programs: settings.memory.unwrap_or_else(computed) }
    }

    /// The sentence about a budget that is too small for this many slots, or larger than the machine's memory.
    pub fn shortage(self, slots: u32) -> Option<String> {
        let Self { total, programs } = self;
        let concurrent = programs.get() / Limits::STUDENT.memory.get();
        if programs > total {
            return Some(format!(
                "Programs may use {programs} of memory together, by sandbox.memory_mib, and there are {total}: when they do, some \
                 are killed for what others use."
            ));
        }
        (concurrent < u64::from(slots)).then(|| {
            format!(
                "Programs may use {programs} of memory together, so that {concurrent} with the usual limit of {} run at once, and \
                 not {slots}.",
                Limits::STUDENT.memory
            )
        })
    }
}

/// The reserve of the server, its records, and the system around it.
const SERVER: Bytes = Bytes::mib(256);

/// The memory of a slot's launcher and init.
const SLOT: Bytes = Bytes::mib(4);

/// The memory of the server itself: its own, its compile cache, the sandboxes made ahead, and the files that programs leave
/// behind, which are in memory twice on their way out.
fn reserve(settings: &Settings) -> Bytes {
    let slot = SLOT.get().saturating_add(settings.artifacts.get().saturating_mul(2));
    let slots = slot.saturating_mul(u64::from(settings.slots));
    let parts = [SERVER.get(), settings.warm_memory.get(), settings.compile_cache.get(), slots];
    Bytes(parts.into_iter().fold(0, u64::saturating_add))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(total: Bytes, compile_cache: Bytes) -> Bytes {
        MemoryBudget::within(total, &Settings { compile_cache, ..Settings::default() }).programs
    }

    #[test]
    fn programs_get_the_memory_that_the_server_does_not_need() {
        // 256 of its own, 256 of what is made ahead, 256 of its cache, and eight times 36.
        assert_eq!(programs(Bytes::mib(8192), Bytes::mib(256)), Bytes::mib(8192 - 3 * 256 - 8 * 36));
        assert_eq!(programs(Bytes::mib(8192), Bytes(0)), Bytes::mib(8192 - 2 * 256 - 8 * 36));
    }

    #[test]
    fn on_a_small_machine_programs_have_half() {
        assert_eq!(programs(Bytes::mib(1024), Bytes::mib(256)), Bytes::mib(512));
        assert_eq!(programs(Bytes::mib(1024), Bytes(u64::MAX)), Bytes::mib(512));
    }

    #[test]
    fn fewer_concurrent_programs_than_slots_are_a_shortage() {
        let memory = |programs| MemoryBudget { total: Bytes::mib(4096), programs };
        assert_eq!(memory(Bytes::mib(1024)).shortage(8), None);
        let note = memory(Bytes::mib(1023)).shortage(8).expect("seven are fewer than eight");
        assert!(note.contains("so that 7 with the usual limit of 128 MiB run at once"), "{note}");
    }

    #[test]
    fn configured_memory_holds_even_beyond_the_memory_of_the_machine() {
        let settings = Settings { memory: Some(Bytes::mib(2000)), ..Settings::default() };
        let memory = MemoryBudget::within(Bytes::mib(1024), &settings);
        assert_eq!(memory.programs, Bytes::mib(2000));
        assert!(memory.shortage(8).is_some_and(|note| note.contains("sandbox.memory_mib")));
    }
}
