//! Submitting: from a request body to a recorded and enqueued job.

mod admission;
pub(crate) mod batch;
pub(crate) mod body;
pub(crate) mod grade;
mod large_content;
mod pool_routing;
pub(crate) mod run;
pub(crate) mod validation;

pub use admission::AdmissionControl;
pub use pool_routing::{MissingPoolPolicy, Pools};
