//! Preparation of a toolchain: whether it goes on, and what came of it. All copies of a registry share it, for it may be made
//! while programs run.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

/// How far it is.
#[derive(Debug, Default)]
enum State {
    /// There is nothing, and commands do without.
    #[default]
    None,
    /// It is being made.
    Making,
    /// It is in this folder of the host.
    Made(PathBuf),
}

/// The state, shared by all copies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prepared(Arc<RwLock<State>>);

impl Prepared {
    /// The folder with it, once it is made.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        // One of three values at any time, so a panic elsewhere leaves it usable.
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            State::Made(folder) => Some(folder.clone()),
            State::None | State::Making => None,
        }
    }

    /// Whether it is being made.
    pub(crate) fn is_being_made(&self) -> bool {
        matches!(&*self.0.read().unwrap_or_else(PoisonError::into_inner), State::Making)
    }

    /// It is being made from now on.
    pub(crate) fn begin(&self) {
        self.set(State::Making);
    }

    /// It is in this folder, or could not be made.
    pub(crate) fn end(&self, folder: Option<PathBuf>) {
        self.set(folder.map_or(State::None, State::Made));
    }

    fn set(&self, state: State) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = state;
    }
}
