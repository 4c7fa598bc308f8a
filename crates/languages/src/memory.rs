//! The memory of a run, shared out between a runtime and its program, and how a runtime says that it has run out of it.

use model::Bytes;

/// What a language file says of memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    /// What the runtime needs beside the heap of its program.
    pub(crate) runtime: Bytes,
    /// What the runtime writes to standard error when it ends for want of memory; any of these.
    pub(crate) exhausted: Vec<String>,
}

/// An amount of memory that a command line may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    /// Of the heap.
    Heap,
    /// Of each stack.
    Stack,
}

impl Amount {
    /// The heap, in mebibytes.
    pub(crate) const HEAP: &str = "{heap_mib}";
    /// A stack, in mebibytes.
    pub(crate) const STACK: &str = "{stack_mib}";

    /// What comes before the first placeholder of an amount, the amount, and what follows it.
    pub(crate) fn split(text: &str) -> Option<(&str, Self, &str)> {
        let with =
            |placeholder, amount| text.split_once(placeholder).map(|(before, after)| (before, amount, after));
        with(Self::HEAP, Self::Heap).or_else(|| with(Self::STACK, Self::Stack))
    }
}

/// How the memory of a run is shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    heap: Bytes,
    stack: Bytes,
}

/// The least that is tried for a stack, where a quarter of the memory is as much.
const USUAL_STACK: Bytes = Bytes::mib(32);

impl Share {
    /// Of `limit`, the runtime keeps what it needs for itself, but no more than half. A stack gets a sixteenth, at least
    /// [`USUAL_STACK`] and no more than a quarter: it takes memory only as deep as it is used.
    pub(crate) fn of(limit: Bytes, runtime: Bytes) -> Self {
        let limit = limit.get();
        let heap = limit.saturating_sub(runtime.get()).max(limit / 2);
        let stack = (limit / 16).max(USUAL_STACK.get().min(limit / 4));
        Self { heap: Bytes(heap), stack: Bytes(stack) }
    }

    /// The amount in mebibytes, at least one.
    pub(crate) fn mebibytes(self, amount: Amount) -> u64 {
        let bytes = match amount {
            Amount::Heap => self.heap,
            Amount::Stack => self.stack,
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
            let share = Share::of(Bytes::mib(limit), Bytes::mib(128));
            let found = (share.mebibytes(Amount::Heap), share.mebibytes(Amount::Stack));
            assert_eq!(found, (heap, stack), "{limit} MiB");
        }
    }

    #[test]
    fn an_amount_is_found_within_a_text() {
        assert_eq!(Amount::split("-Xss{stack_mib}m"), Some(("-Xss", Amount::Stack, "m")));
        assert_eq!(Amount::split("-Xss32m"), None);
    }
}
