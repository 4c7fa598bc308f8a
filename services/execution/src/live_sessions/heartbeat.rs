//! Session heartbeat: a task that sends keep-alive messages to the worker of a session.

use std::sync::Arc;

use broker::{Broker, Control, Delivery};
use model::JobId;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::AbortOnDropHandle,
};

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

/// Sends heartbeats until it is dropped, and a last one an interval later. The worker ends a session after three intervals without
/// one, so a client that lost its stream has 20 s to open another one, at this process or at any other.
pub(crate) struct LingeringHeartbeat {
    _stop: DropGuard,
}

impl LingeringHeartbeat {
    pub(crate) fn start(broker: Arc<dyn Broker>, job: JobId) -> Self {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move {
            stopped.run_until_cancelled(send_heartbeats(broker.clone(), job)).await;
            sleep(Control::HEARTBEAT).await;
            send_heartbeat(broker.as_ref(), job).await;
        });
        Self { _stop: stop.drop_guard() }
    }
}

async fn send_heartbeats(broker: Arc<dyn Broker>, job: JobId) {
    let mut beats = interval(Control::HEARTBEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        send_heartbeat(broker.as_ref(), job).await;
    }
}

async fn send_heartbeat(broker: &dyn Broker, job: JobId) {
    match broker.control(job, Control::KeepAlive).await {
        Ok(Delivery::Delivered | Delivery::NotRunning) => {}
        // If the queue does not recover, the worker ends the session.
        Err(error) => tracing::warn!(%job, %error, "a session's worker cannot be told that it is held"),
    }
}
