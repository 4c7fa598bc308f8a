//! `Execution`: the shared state of the service.

use std::sync::Arc;

use broker::Broker;
use languages::Fleet;
use model::Catalogue;
use store::{Objects, Store};

use crate::{AdmissionControl, Settings, Shutdown};

/// The execution service.
///
/// It holds handles to the three backends (records, objects, queue) and to what decides about submissions: the fleet of toolchains,
/// the catalogue of problems, settings and admission control. It has no state of its own about jobs. Every route reads and writes
/// the backends, so any number of processes can serve the same jobs, and a restart loses nothing.
///
/// A submission passes through it in a fixed order: validation (pure), admission control, objects for large content, record, ticket.
/// A failure before the record rejects the submission without a trace; after the record the job is accepted, and the
/// [`Reconciler`](crate::Reconciler) enqueues it if the ticket was lost. Results travel the other way: workers complete the record
/// and publish an event, and waiting requests read the record when the event arrives, or when polling finds the end.
///
/// Cloning is cheap and happens several times for each request: all clones share one `Arc`.
#[derive(Clone)]
pub struct Execution(Arc<ExecutionParts>);

/// The parts of the service, as the process creates them.
#[derive(Clone)]
pub struct ExecutionParts {
    /// The records of jobs.
    pub store: Store,
    /// Artifacts, and large code and input.
    pub objects: Objects,
    /// The queue.
    pub broker: Arc<dyn Broker>,
    /// The toolchains of the live workers.
    pub fleet: Arc<Fleet>,
    /// The problems that submissions can be judged by.
    pub catalogue: Arc<Catalogue>,
    /// The settings.
    pub settings: Arc<Settings>,
    /// Admission control of this process.
    pub admission: Arc<AdmissionControl>,
    /// Graceful shutdown.
    pub shutdown: Shutdown,
}

impl From<ExecutionParts> for Execution {
    fn from(parts: ExecutionParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Execution {
    /// The records of jobs.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Artifacts, and large code and input.
    pub fn objects(&self) -> &Objects {
        &self.0.objects
    }

    /// The queue.
    pub fn broker(&self) -> &Arc<dyn Broker> {
        &self.0.broker
    }

    /// The toolchains of the live workers.
    pub fn fleet(&self) -> &Fleet {
        &self.0.fleet
    }

    /// The problems that submissions can be judged by.
    pub fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Admission control of this process.
    pub fn admission(&self) -> &AdmissionControl {
        &self.0.admission
    }

    /// Graceful shutdown.
    pub fn shutdown(&self) -> &Shutdown {
        &self.0.shutdown
    }

    /// A copy of the parts, to change some of them.
    pub fn parts(&self) -> ExecutionParts {
        (*self.0).clone()
    }
}
