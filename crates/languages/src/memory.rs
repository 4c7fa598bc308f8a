//! Memory of a run: split between runtime, heap and stack, and the texts of a runtime that runs out of it.

use model::Bytes;

/// Memory settings of a language file.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemorySettings {
    /// Memory of the runtime beside the program's heap.
    pub(crate) runtime: Bytes,
    /// Texts on standard error when the runtime ends for lack of memory; any of these.
    pub(crate) exhausted: Vec<String>,
}

/// A memory size that a command line may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemorySize {
    /// Heap size.
    Heap,
    /// Size of each stack.
    Stack,
}

impl MemorySize {
    /// The heap, in mebibytes.
    pub(crate) const HEAP: &str = "{heap_mib}";
    /// A stack, in mebibytes.
    pub(crate) const STACK: &str = "{stack_mib}";

    /// Splits at the first placeholder of a memory size: the text before, the kind, the text after.
    pub(crate) fn split(text: &str) -> Option<(&str, Self, &str)> {
        let with =
            |placeholder, amount| text.split_once(placeholder).map(|(before, after)| (before, amount, after));
        with(Self::HEAP, Self::Heap).or_else(|| with(Self::STACK, Self::Stack))
    }
}

/// Split of a run's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemorySplit {
    heap: Bytes,
    stack: Bytes,
}

/// Preferred minimum of a stack, if a quarter of the memory is as much.
const USUAL_STACK: Bytes = Bytes::mib(32);

impl MemorySplit {
    /// Splits `limit`: the runtime keeps its own memory, but at most half. A stack gets a sixteenth, at least
    /// [`USUAL_STACK`] and at most a quarter, since it uses memory only as deep as it grows.
    pub(crate) fn of(limit: Bytes, runtime: Bytes) -> Self {
        let limit = limit.get();
        let heap = limit.saturating_sub(runtime.get()).max(limit / 2);
        let stack = (limit / 16).max(USUAL_STACK.get().min(limit / 4));
        Self { heap: Bytes(heap), stack: Bytes(stack) }
    }

    /// The size in mebibytes, at least 1.
    pub(crate) fn mebibytes(self, amount: MemorySize) -> u64 {
        let bytes = match amount {
            MemorySize::Heap => self.heap,
            MemorySize::Stack => self.stack,
        };
        (bytes.get() / Bytes::mib(1).get()).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heap_and_stack_follow_the_limit() {
        for (limit, heap, stack) in
            [(1, 1, 1), (64, 32, 16), (128, 64, 32), (384, 256, 32), (1024, 896, 64), (2048, 1920, 128)]
        {
            let share = MemorySplit::of(Bytes::mib(limit), Bytes::mib(128));
            let found = (share.mebibytes(MemorySize::Heap), share.mebibytes(MemorySize::Stack));
            assert_eq!(found, (heap, stack), "{limit} MiB");
        }
    }

    #[test]
    fn an_amount_is_found_within_a_text() {
        assert_eq!(MemorySize::split("-Xss{stack_mib}m"), Some(("-Xss", MemorySize::Stack, "m")));
        assert_eq!(MemorySize::split("-Xss32m"), None);
    }
}
