//! Mutual exclusion of programs that are given hidden inputs and programs whose output is shown.
//!
//! Two programs that run at once on one kernel can tell each other something: by locks on descriptors that have no file of
//! their own, for one. With an exclusion in force a program has the machine for itself while it has the input of a hidden test.
//! Waiting runs proceed in order of arrival, so neither kind starves the other.
//!
//! A turn is taken by whoever has a sandbox and a processor already, and never kept while waiting for one.

use std::sync::Arc;

use model::Visibility;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// State of the mutual exclusion. A handle: cheap to clone; clones exclude each other. The default excludes no run.
#[derive(Debug, Clone, Default)]
pub struct Exclusion(Option<Arc<RwLock<()>>>);

/// The right to run a program, for as long as it is held.
#[derive(Debug)]
pub(crate) enum ExclusionGuard {
    /// Beside everybody: nobody is excluded.
    Free,
    /// Beside others whose output is shown.
    Shown { _guard: OwnedRwLockReadGuard<()> },
    /// Beside nobody.
    Hidden { _guard: OwnedRwLockWriteGuard<()> },
}

impl Exclusion {
    /// One in force.
    pub fn in_force() -> Self {
        Self(Some(Arc::default()))
    }

    /// Waits for the turn of a program that is given an input of this kind.
    pub(crate) async fn enter(&self, input: Visibility) -> ExclusionGuard {
        let Some(lock) = self.0.clone() else { return ExclusionGuard::Free };
        match input {
            Visibility::Public => ExclusionGuard::Shown { _guard: lock.read_owned().await },
            Visibility::Hidden => ExclusionGuard::Hidden { _guard: lock.write_owned().await },
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use model::Visibility::{Hidden, Public};

    use super::*;

    #[tokio::test]
    async fn a_hidden_test_runs_alone() {
        let exclusion = Exclusion::in_force();
        for (first, second, beside) in [
            (Public, Public, true),
            (Public, Hidden, false),
            (Hidden, Public, false),
            (Hidden, Hidden, false),
        ] {
            let held = exclusion.enter(first).await;
            assert_eq!(exclusion.enter(second).now_or_never().is_some(), beside, "{first:?} {second:?}");
            drop(held);
            assert!(exclusion.enter(second).now_or_never().is_some(), "{second:?} alone");
        }
    }

    #[tokio::test]
    async fn neither_kind_keeps_the_other_out() {
        let exclusion = Exclusion::in_force();
        let shown = exclusion.enter(Public).await;
        let mut hidden = Box::pin(exclusion.enter(Hidden));
        assert!((&mut hidden).now_or_never().is_none());
        let mut later = Box::pin(exclusion.enter(Public));
        assert!((&mut later).now_or_never().is_none(), "it overtakes the hidden test");
        drop(shown);
        drop(hidden.now_or_never().expect("its turn"));
        assert!(later.now_or_never().is_some(), "and its own after that");
    }

    #[tokio::test]
    async fn by_default_no_run_is_excluded() {
        let exclusion = Exclusion::default();
        let _held = (exclusion.enter(Hidden).await, exclusion.enter(Hidden).await);
        assert!(exclusion.enter(Public).now_or_never().is_some());
    }
}
