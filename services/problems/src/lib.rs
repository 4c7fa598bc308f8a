//! Problems service: loads packages from a folder at the start and serves the public part of each problem.
//!
//! [`load`] converts each package to a suite, which is stored under its digest together with large test data, and to a
//! [`model::Problem`] for the catalogue. The execution service uses the catalogue, and workers read suites by digest, so neither
//! depends on this crate. A package that cannot be loaded is logged and does not affect the others.
//!
//! Invariant: nothing of a hidden test leaves this crate except into the object store. There are no access rules yet: every
//! loaded problem is public.

mod discovery;
mod loader;
mod package_reader;
mod routes;
mod settings;

use std::sync::Arc;

use languages::Fleet;
use model::Catalogue;

pub use loader::{LoadedProblems, load};
pub use routes::{forwarding_routes, router};
pub use settings::Settings;

/// The problems service. A handle: cloning it is cheap and gives the same service.
#[derive(Debug, Clone)]
pub struct Problems {
    /// All loaded problems.
    pub catalogue: Arc<Catalogue>,
    /// The toolchains of the live workers.
    pub fleet: Arc<Fleet>,
}
