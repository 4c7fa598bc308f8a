//! Memory admission: the limits of all leases together never exceed the memory of the pool.
//!
//! Requests are served in order of arrival. A small request waits behind a large one; otherwise a stream of small requests
//! could keep the large one waiting for ever. A request that is dropped leaves the queue.

use std::sync::Arc;

use model::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::SandboxError;

const MIB: u64 = Bytes::mib(1).get();

const ADMITTED_BYTES: &str = "coderunner_memory_admitted_bytes";
const WAITING_BYTES: &str = "coderunner_memory_waiting_sessions_bytes";

/// Memory of all leases of a pool.
#[derive(Debug)]
pub(super) struct MemoryAdmission {
    total: Bytes,
    /// Free memory in mebibytes. The semaphore is fair.
    free: Arc<Semaphore>,
    /// The gauge of what is reserved.
    admitted: &'static str,
}

/// A reservation, which is released when dropped.
#[derive(Debug)]
pub(super) struct MemoryReservation {
    memory: Bytes,
    _share: OwnedSemaphorePermit,
    _gauge: GaugeIncrement,
}

impl MemoryAdmission {
    pub(super) fn of(whole: Bytes) -> Self {
        describe_metrics();
        // Reservations are whole mebibytes.
        let mebibytes = (whole.get() / MIB).min(Semaphore::MAX_PERMITS as u64);
        #[allow(clippy::cast_precision_loss, reason = "no machine has that much")]
        metrics::gauge!("coderunner_memory_admissible_bytes").set(Bytes::mib(mebibytes).get() as f64);
        let free = Semaphore::new(usize::try_from(mebibytes).unwrap_or(Semaphore::MAX_PERMITS));
        Self { total: Bytes::mib(mebibytes), free: Arc::new(free), admitted: ADMITTED_BYTES }
    }

    /// Memory of sessions that wait, which has gauges of its own.
    pub(super) fn of_waiting(whole: Bytes) -> Self {
        let mebibytes = (whole.get() / MIB).min(Semaphore::MAX_PERMITS as u64);
        let free = Semaphore::new(usize::try_from(mebibytes).unwrap_or(Semaphore::MAX_PERMITS));
        Self { total: Bytes::mib(mebibytes), free: Arc::new(free), admitted: WAITING_BYTES }
    }

    /// This amount, if it is available now.
    pub(super) fn try_reserve(&self, memory: Bytes) -> Option<MemoryReservation> {
        let share = self.free.clone().try_acquire_many_owned(mebibytes(memory)).ok()?;
        Some(self.reservation(memory, share))
    }

    fn reservation(&self, memory: Bytes, share: OwnedSemaphorePermit) -> MemoryReservation {
        #[allow(clippy::cast_precision_loss, reason = "no machine has that much")]
        let counted = GaugeIncrement::of(self.admitted, memory.get() as f64);
        MemoryReservation { memory, _share: share, _gauge: counted }
    }

    /// The total.
    pub(super) const fn total(&self) -> Bytes {
        self.total
    }

    /// Whether this much is available now.
    pub(super) fn is_available(&self, memory: Bytes) -> bool {
        self.free.available_permits() >= mebibytes(memory) as usize
    }

    /// Waits until all of these amounts are available at once. Cancel-safe.
    pub(super) async fn reserve<const N: usize>(
        &self,
        each: [Bytes; N],
    ) -> Result<Vec<MemoryReservation>, SandboxError> {
        let wanted = Bytes(each.iter().map(|memory| memory.get()).fold(0, u64::saturating_add));
        let needed = each.iter().map(|memory| mebibytes(*memory)).fold(0, u32::saturating_add);
        if u64::from(needed) > self.total.get() / MIB {
            return Err(SandboxError::TooMuchMemory { wanted, whole: self.total });
        }
        let waiting = GaugeIncrement::of("coderunner_memory_waiting", 1.0);
        let all = self.free.clone().acquire_many_owned(needed).await;
        drop(waiting);
        let mut all = all.map_err(|_| SandboxError::Closed)?;
        let share = |memory: Bytes| {
            let share = all.split(mebibytes(memory) as usize).ok_or(SandboxError::Closed)?;
            Ok(self.reservation(memory, share))
        };
        each.into_iter().map(share).collect()
    }
}

impl MemoryReservation {
    pub(super) const fn memory(&self) -> Bytes {
        self.memory
    }
}

fn mebibytes(memory: Bytes) -> u32 {
    u32::try_from(memory.get().div_ceil(MIB)).unwrap_or(u32::MAX)
}

/// An increment of a gauge, undone when dropped.
#[derive(Debug)]
struct GaugeIncrement {
    gauge: &'static str,
    amount: f64,
}

impl GaugeIncrement {
    fn of(gauge: &'static str, amount: f64) -> Self {
        metrics::gauge!(gauge).increment(amount);
        Self { gauge, amount }
    }
}

impl Drop for GaugeIncrement {
    fn drop(&mut self) {
        metrics::gauge!(self.gauge).decrement(self.amount);
    }
}

fn describe_metrics() {
    metrics::describe_gauge!("coderunner_memory_waiting", "Submissions that wait for memory to become free.");
    metrics::describe_gauge!(
        "coderunner_memory_admissible_bytes",
        metrics::Unit::Bytes,
        "What all programs may use together."
    );
    metrics::describe_gauge!(
        ADMITTED_BYTES,
        metrics::Unit::Bytes,
        "What the programs that run now may use together."
    );
    metrics::describe_gauge!(
        WAITING_BYTES,
        metrics::Unit::Bytes,
        "What the programs use that wait for their users."
    );
    metrics::gauge!(WAITING_BYTES).increment(0.0);
}

#[cfg(test)]
mod tests {
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    impl MemoryAdmission {
        async fn admit(&self, memory: Bytes) -> Result<Vec<MemoryReservation>, SandboxError> {
            self.reserve([memory]).await
        }
    }

    fn poll_once<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn whoever_comes_first_is_served_first_however_much_it_wants() {
        let admission = MemoryAdmission::of(Bytes::mib(10));
        let mut first = Box::pin(admission.admit(Bytes::mib(6)));
        let Poll::Ready(Ok(first)) = poll_once(first.as_mut()) else { panic!("there is room") };
        let mut big = pin!(admission.admit(Bytes::mib(8)));
        assert!(poll_once(big.as_mut()).is_pending());
        let mut small = pin!(admission.admit(Bytes::mib(1)));
        assert!(poll_once(small.as_mut()).is_pending(), "there is room for it, but it is not its turn");
        drop(first);
        assert!(poll_once(big.as_mut()).is_ready());
        assert!(poll_once(small.as_mut()).is_ready());
    }

    #[test]
    fn whoever_stops_waiting_is_in_nobodys_way() {
        let admission = MemoryAdmission::of(Bytes::mib(10));
        let mut first = pin!(admission.admit(Bytes::mib(6)));
        let Poll::Ready(Ok(_first)) = poll_once(first.as_mut()) else { panic!("there is room") };
        let mut big = Box::pin(admission.admit(Bytes::mib(8)));
        assert!(poll_once(big.as_mut()).is_pending());
        let mut small = pin!(admission.admit(Bytes::mib(4)));
        assert!(poll_once(small.as_mut()).is_pending());
        drop(big);
        assert!(poll_once(small.as_mut()).is_ready());
    }

    #[test]
    fn what_can_never_be_had_is_refused_at_once() {
        let admission = MemoryAdmission::of(Bytes::mib(10));
        let mut all = Box::pin(admission.admit(Bytes::mib(10)));
        assert!(poll_once(all.as_mut()).is_ready());
        let mut more = pin!(admission.admit(Bytes(Bytes::mib(10).get() + 1)));
        let Poll::Ready(Err(error)) = poll_once(more.as_mut()) else { panic!("it waits for ever") };
        assert!(matches!(error, SandboxError::TooMuchMemory { .. }), "{error}");
    }
}
