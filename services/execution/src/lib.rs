//! Takes programs to run or to judge, and tells what came of them: submit, grade, result, artifacts, stream, cancel, live
//! sessions, queue statistics, languages.
//!
//! A submission is checked, recorded, and then enqueued; the answer 202 means that its record is durable. Nothing runs
//! here, and nothing here knows who people are: whoever stands in front puts a `model::Principal` and a
//! `model::RequestId` into a request's extensions. The service works without them too.
//!
//! Invariant: the record is the truth and the queue an index over it. Whatever is recorded and not finished is brought
//! back into the queue by the [`Reconciler`]; whatever was refused is not left unfinished.

mod answer;
mod body;
mod caller;
mod check;
mod counts;
mod document;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod gauges;
mod intake;
mod large;
mod leaving;
mod parameters;
mod pool;
mod reconcile;
mod refusal;
mod routes;
mod session;
mod settings;
mod sweep;
mod watch;

use std::{ops::Deref, sync::Arc};

use broker::Broker;
use languages::Fleet;
use model::Catalogue;
use store::{Objects, Store};

pub use intake::Intake;
pub use leaving::Leaving;
pub use pool::{Pools, WhenMissing};
pub use reconcile::Reconciler;
pub(crate) use refusal::Refusal;
pub use routes::{forwarded, operators, router};
pub use settings::{Ceilings, PlainHttp, SessionSettings, Settings, SubmissionLimits, WebhookRules};

/// The execution service. A handle: cloning it is cheap, which happens several times for each request, and gives the same
/// service.
#[derive(Clone)]
pub struct Execution(Arc<Parts>);

impl From<Parts> for Execution {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Execution {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What the service is made of.
#[derive(Clone)]
pub struct Parts {
    /// The records.
    pub store: Store,
    /// The files that programs left behind.
    pub objects: Objects,
    /// The queue.
    pub broker: Arc<dyn Broker>,
    /// What can be run by some worker of this installation.
    pub fleet: Arc<Fleet>,
    /// The problems that submissions may be judged by.
    pub catalogue: Arc<Catalogue>,
    /// What it allows.
    pub settings: Arc<Settings>,
    /// How much more is taken in.
    pub intake: Arc<Intake>,
    /// How it comes to its end.
    pub leaving: Leaving,
}
