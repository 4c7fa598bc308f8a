//! Session heartbeat: a task that sends keep-alive messages to the worker of a session.

use std::sync::Arc;

use broker::{Broker, Control, Delivery};
use model::JobId;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;

/// Sends heartbeats until it is dropped, on a task of its own: the session's task may be blocked by a slow client for longer than
/// the worker's timeout.
pub(crate) struct Heartbeat {
    _task: AbortOnDropHandle<()>,
}

impl Heartbeat {
    pub(crate) fn start(broker: Arc<dyn Broker>, job: JobId) -> Self {
        Self { _task: AbortOnDropHandle::new(tokio::spawn(send_heartbeats(broker, job))) }
    }
}

async fn send_heartbeats(broker: Arc<dyn Broker>, job: JobId) {
    let mut beats = interval(Control::HEARTBEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        match broker.control(job, Control::KeepAlive).await {
            Ok(Delivery::Delivered | Delivery::NotRunning) => {}
            // If the queue does not recover, the worker ends the session.
            Err(error) => tracing::warn!(%job, %error, "a session's worker cannot be told that it is held"),
        }
    }
}
