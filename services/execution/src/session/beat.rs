//! Telling the worker that somebody still holds a session.

use std::sync::Arc;

use broker::{Broker, Control, Delivery};
use model::JobId;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;

/// Says so for as long as it lives: on a task of its own, since whoever holds a session may be busy sending to a slow
/// client for longer than a worker waits.
pub(crate) struct Beat {
    _task: AbortOnDropHandle<()>,
}

impl Beat {
    pub(crate) fn start(broker: Arc<dyn Broker>, job: JobId) -> Self {
        Self { _task: AbortOnDropHandle::new(tokio::spawn(beat(broker, job))) }
    }
}

async fn beat(broker: Arc<dyn Broker>, job: JobId) {
    let mut beats = interval(Control::HEARTBEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        match broker.control(job, Control::KeepAlive).await {
            Ok(Delivery::Delivered | Delivery::NotRunning) => {}
            // Should the queue not recover, the worker ends the session.
            Err(error) => tracing::warn!(%job, %error, "a session's worker cannot be told that it is held"),
        }
    }
}
