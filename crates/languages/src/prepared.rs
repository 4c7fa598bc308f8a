//! Preparation state of a toolchain: shared by all copies of a registry, since preparation runs beside
//! programs.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

/// State of the preparation.
#[derive(Debug, Default)]
enum State {
    /// Nothing is prepared; commands omit the arguments.
    #[default]
    None,
    /// Preparation is running.
    Running,
    /// Done; the files are in this host folder.
    Done(PathBuf),
}

/// Shared handle of the state.
#[derive(Debug, Clone, Default)]
pub(crate) struct PreparationState(Arc<RwLock<State>>);

impl PreparationState {
    /// The host folder, once preparation is done.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        // Always one of three values, so a panic elsewhere leaves it usable.
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            State::Done(folder) => Some(folder.clone()),
            State::None | State::Running => None,
        }
    }

    /// Whether preparation is running.
    pub(crate) fn is_running(&self) -> bool {
        matches!(&*self.0.read().unwrap_or_else(PoisonError::into_inner), State::Running)
    }

    /// Marks the start of preparation.
    pub(crate) fn begin(&self) {
        self.set(State::Running);
    }

    /// Marks the end of preparation: the host folder, or `None` if it failed.
    pub(crate) fn end(&self, folder: Option<PathBuf>) {
        self.set(folder.map_or(State::None, State::Done));
    }

    fn set(&self, state: State) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = state;
    }
}
