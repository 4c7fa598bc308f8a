//! This machine, for commands that run programs on it: toolchains, sandbox pools, memory and ids, the canary, and the diagnosis
//! that `coderunner doctor` prints.
//!
//! Every function takes [`Settings`], which the binary makes of its configuration. The crate parses no command line and no
//! configuration, prints nothing, and knows no queue: `worker` claims jobs, and services never use this crate.

mod canary;
pub mod diagnosis;
mod error;
mod ids;
mod languages;
mod limitations;
mod memory;
mod pool;
mod prepared;
pub mod process;
mod settings;
mod warm;

pub use self::{
    canary::{Canary, CanarySettings, CanaryStatus},
    error::{HostError, is_launcher_stuck},
    ids::{IdClaim, first_id_beside_server, first_id_of_many_slots},
    languages::{hello_world, language_definitions, languages, languages_with_libraries, quickest_language},
    limitations::limitations,
    memory::MemoryBudget,
    pool::{PoolBudget, start_pool},
    prepared::PendingPreparations,
    settings::Settings,
    warm::{warm_runtime, warm_sandboxes},
};
/// The pool that [`start_pool`] makes, and its settings, of which some are the defaults of the configuration.
pub use sandbox::{Pool, PoolSettings, PreparedKind};
