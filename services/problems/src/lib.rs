//! The problems of an installation: packages in a folder, read when it starts, and what their solvers may see of them.
//!
//! [`load`] makes of each package a suite, which is stored under its digest with whatever is too large to be in it, and a
//! [`model::Problem`] for the catalogue. Whoever takes submissions has the catalogue, and workers read suites by their digests,
//! so neither needs this crate. A package that cannot be used keeps no other from being served.
//!
//! Nothing of a hidden test leaves this crate but into the object store. Who may see which problem, drafts and import
//! over HTTP come with accounts; until then every problem that is loaded is everybody's.

mod find;
mod load;
mod read;
mod routes;
mod settings;

use std::sync::Arc;

use languages::Fleet;
use model::Catalogue;

pub use load::{Loaded, load};
pub use routes::{forwarded, router};
pub use settings::Settings;

/// The problems service. A handle: cloning it is cheap and gives the same service.
#[derive(Debug, Clone)]
pub struct Problems {
    /// The problems.
    pub catalogue: Arc<Catalogue>,
    /// What can be run by some worker of this installation.
    pub fleet: Arc<Fleet>,
}
