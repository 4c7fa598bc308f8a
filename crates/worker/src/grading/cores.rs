//! Processors for timed runs: one processor for each run, and never more timed runs than processors.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All processors that this process may use. A handle: cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Cores {
    count: u32,
    free: Arc<Mutex<Vec<u32>>>,
    permits: Arc<Semaphore>,
}

/// The right to use a processor, and perhaps to know the others idle.
#[derive(Debug)]
pub(crate) struct Core {
    /// None where the kernel does not tell which there are: then a run is kept to none.
    number: Option<u32>,
    free: Arc<Mutex<Vec<u32>>>,
    _permits: OwnedSemaphorePermit,
}

impl Cores {
    /// Over these processors.
    pub(crate) fn new(numbers: Vec<u32>) -> Self {
        let count = u32::try_from(numbers.len()).unwrap_or(u32::MAX).max(1);
        let permits = Arc::new(Semaphore::new(count as usize));
        Self { count, free: Arc::new(Mutex::new(numbers)), permits }
    }

    /// Waits for a free processor, first come, first served.
    pub(crate) async fn acquire(&self) -> Option<Core> {
        self.acquire_many(1).await
    }

    /// Waits until no timed run is left but the one that this is for.
    pub(crate) async fn acquire_exclusive(&self) -> Option<Core> {
        self.acquire_many(self.count).await
    }

    /// Nothing only if the semaphore is closed, which nobody does.
    async fn acquire_many(&self, many: u32) -> Option<Core> {
        let permits = self.permits.clone().acquire_many_owned(many).await.ok()?;
        let number = lock(&self.free).pop();
        Some(Core { number, free: self.free.clone(), _permits: permits })
    }
}

impl Core {
    /// Processors for the program.
    pub(crate) fn processors(&self) -> Vec<u32> {
        self.number.into_iter().collect()
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        // Before the permit, so that whoever gets that finds a number.
        lock(&self.free).extend(self.number);
    }
}

fn lock(free: &Mutex<Vec<u32>>) -> MutexGuard<'_, Vec<u32>> {
    // The list is whole after every statement, so a panic elsewhere leaves it usable.
    free.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn timed_runs_have_different_processors_and_are_never_more_than_there_are() {
        let cores = Cores::new(vec![4, 7]);
        let first = cores.acquire().await.expect("one");
        let second = cores.acquire().await.expect("another");
        assert_eq!((first.processors(), second.processors()), (vec![7], vec![4]));
        assert!(cores.acquire().now_or_never().is_none());
        drop(first);
        assert_eq!(cores.acquire().await.expect("free again").processors(), [7]);
    }

    #[tokio::test]
    async fn whoever_is_to_be_alone_waits_for_all_others_and_is_not_overtaken() {
        let cores = Cores::new(vec![0, 1]);
        let other = cores.acquire().await.expect("one");
        let mut alone = Box::pin(cores.acquire_exclusive());
        assert!((&mut alone).now_or_never().is_none());
        assert!(cores.acquire().now_or_never().is_none(), "one is free, but somebody has waited longer");
        drop(other);
        let alone = alone.await.expect("alone");
        assert_eq!(alone.processors().len(), 1);
        assert!(cores.acquire().now_or_never().is_none());
    }

    #[tokio::test]
    async fn without_knowing_processors_one_run_is_timed_at_a_time() {
        let cores = Cores::new(Vec::new());
        let only = cores.acquire().await.expect("one");
        assert_eq!(only.processors(), Vec::<u32>::new());
        assert!(cores.acquire().now_or_never().is_none());
    }
}
