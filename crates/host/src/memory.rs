//! Memory budget: the memory of all running programs together, without overcommit. Pure but for one look at the machine.
//!
//! The sum of the programs' limits never exceeds the machine's memory less a reserve for the server itself and a part for sessions
//! that wait for input, which are counted by what they use (ADR 0084). So no program is killed for the memory of another, and the
//! server never is (ADR 0019).

use model::{Bytes, Limits};
use sandbox::WaitingLimits;

use crate::{Settings, ids::MOST_SLOTS};

/// The memory of this machine, and the part of it that programs may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryBudget {
    /// The memory of the machine, or the least limit of the cgroups above this process.
    pub total: Bytes,
    /// The sum of the limits of all programs that run at once.
    pub programs: Bytes,
    /// The memory of sessions whose programs wait for input, by what they use.
    pub waiting: Bytes,
}

/// The memory of a small Python program that waits, with its sandbox and its launcher.
const WAITING_SESSION: Bytes = Bytes::mib(16);

/// The most sessions that wait unless more are configured: two school classes.
const MAX_DEFAULT_WAITING: u32 = 64;

impl MemoryBudget {
    /// The budget of this machine with these settings.
    pub fn of_this_host(settings: &Settings) -> Self {
        let (_, machine) = kernel::probe::machine_size();
        let group = kernel::cgroup::own_memory_limit().unwrap_or(u64::MAX);
        Self::within(Bytes(machine.min(group)), settings)
    }

    fn within(total: Bytes, settings: &Settings) -> Self {
        let available = total.get() - reserve(settings).get().min(total.get() / 2);
        let waiting = settings.waiting_memory.unwrap_or(Bytes(available / 4));
        let computed = || Bytes(available.saturating_sub(waiting.get()).max(available / 2));
        Self { total, programs: settings.memory.unwrap_or_else(computed), waiting }
    }

    /// How many live sessions there may be: as many as find memory while they wait for input, and those that run.
    pub fn sessions(self, settings: &Settings) -> u32 {
        let fitting = u32::try_from(self.waiting.get() / WAITING_SESSION.get()).unwrap_or(u32::MAX);
        let computed = || fitting.min(MAX_DEFAULT_WAITING) + settings.slots.div_ceil(2);
        settings.sessions.unwrap_or_else(computed)
    }

    /// The limits of sessions that wait for input, with ids for each.
    pub fn waiting_limits(self, settings: &Settings) -> WaitingLimits {
        let sessions = self.sessions(settings).min(MOST_SLOTS.saturating_sub(settings.slots));
        WaitingLimits { sessions, memory: self.waiting }
    }

    /// The sentence about a budget that is too small for this many slots, or larger than the machine's memory.
    pub fn shortage(self, slots: u32) -> Option<String> {
        let Self { total, programs, waiting } = self;
        let concurrent = programs.get() / Limits::STUDENT.memory.get();
        if programs > total {
            return Some(format!(
                "Programs may use {programs} of memory together, by sandbox.memory_mib, and there are {total}: when they do, some \
                 are killed for what others use."
            ));
        }
        if Bytes(programs.get().saturating_add(waiting.get())) > total {
            return Some(format!(
                "Programs may use {programs} of memory together, and sessions that wait {waiting}, and there are {total}: when they \
                 do, some are killed for what others use. Set sandbox.memory_mib or session.waiting_memory_mib to less."
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
    fn programs_have_what_the_server_does_not_need() {
        // 256 of its own, 256 of what is made ahead, 256 of its cache, and eight times 36; a quarter of the rest is for sessions.
        assert_eq!(
            programs(Bytes::mib(8192), Bytes::mib(256)),
            Bytes::mib((8192 - 3 * 256 - 8 * 36) / 4 * 3)
        );
        assert_eq!(programs(Bytes::mib(8192), Bytes(0)), Bytes::mib((8192 - 2 * 256 - 8 * 36) / 4 * 3));
    }

    #[test]
    fn on_a_small_machine_programs_and_sessions_have_half() {
        assert_eq!(programs(Bytes::mib(1024), Bytes::mib(256)), Bytes::mib(384));
        assert_eq!(programs(Bytes::mib(1024), Bytes(u64::MAX)), Bytes::mib(384));
    }

    #[test]
    fn sessions_are_as_many_as_find_memory_while_they_wait() {
        let sessions = |mebibytes, settings: &Settings| {
            MemoryBudget::within(Bytes::mib(mebibytes), settings).sessions(settings)
        };
        let usual = Settings::default();
        // 128 MiB for eight that wait, and four that run.
        assert_eq!(sessions(1024, &usual), 12);
        assert_eq!(sessions(4096, &usual), 4 + 47);
        assert_eq!(sessions(1 << 20, &usual), 4 + MAX_DEFAULT_WAITING);
        assert_eq!(sessions(4096, &Settings { waiting_memory: Some(Bytes(0)), ..Settings::default() }), 4);
        assert_eq!(sessions(4096, &Settings { sessions: Some(7), ..Settings::default() }), 7);
    }

    #[test]
    fn there_are_ids_for_every_session_that_waits() {
        let settings = Settings { sessions: Some(u32::MAX), ..Settings::default() };
        let limits = MemoryBudget::within(Bytes::mib(4096), &settings).waiting_limits(&settings);
        assert_eq!(limits.sessions, MOST_SLOTS - settings.slots);
    }

    #[test]
    fn fewer_concurrent_programs_than_slots_are_a_shortage() {
        let memory = |programs| MemoryBudget { total: Bytes::mib(4096), programs, waiting: Bytes(0) };
        assert_eq!(memory(Bytes::mib(1024)).shortage(8), None);
        let note = memory(Bytes::mib(1023)).shortage(8).expect("seven are fewer than eight");
        assert!(note.contains("so that 7 with the usual limit of 128 MiB run at once"), "{note}");
        let waiting = MemoryBudget { waiting: Bytes::mib(3073), ..memory(Bytes::mib(1024)) };
        assert!(waiting.shortage(8).is_some_and(|note| note.contains("session.waiting_memory_mib")));
    }

    #[test]
    fn configured_memory_holds_even_beyond_the_memory_of_the_machine() {
        let settings = Settings { memory: Some(Bytes::mib(2000)), ..Settings::default() };
        let memory = MemoryBudget::within(Bytes::mib(1024), &settings);
        assert_eq!(memory.programs, Bytes::mib(2000));
        assert!(memory.shortage(8).is_some_and(|note| note.contains("sandbox.memory_mib")));
    }
}
